// SPDX-License-Identifier: GPL-2.0
/*
 * usage: klp_fentry FUNCTION fentry|fexit: has a BPF program called whenever a function of vmlinux is entered, or left, until standard
 * input ends; says "attached" when it is, and in the end how often it ran.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr, const char *what)
{
	int result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static char *type_information(void)
{
	size_t length = 0, size = 32 << 20;
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	char *data = malloc(size);
	ssize_t count;

	while (data && length < size && (count = read(fd, data + length, size - length)) > 0)
		length += count;
	if (!data || length < sizeof(struct btf_header) || length == size) {
		perror("/sys/kernel/btf/vmlinux");
		exit(1);
	}
	return data;
}

static size_t size_of(const struct btf_type *type)
{
	size_t count = BTF_INFO_VLEN(type->info), more = 0;

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		more = 4;
		break;
	case BTF_KIND_ARRAY:
		more = sizeof(struct btf_array);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		more = count * sizeof(struct btf_member);
		break;
	case BTF_KIND_ENUM:
		more = count * sizeof(struct btf_enum);
		break;
	case BTF_KIND_ENUM64:
		more = count * sizeof(struct btf_enum64);
		break;
	case BTF_KIND_FUNC_PROTO:
		more = count * sizeof(struct btf_param);
		break;
	case BTF_KIND_DATASEC:
		more = count * sizeof(struct btf_var_secinfo);
		break;
	}
	return sizeof(*type) + more;
}

static int id_of(const char *function)
{
	char *data = type_information();
	struct btf_header *header = (void *)data;
	char *at = data + header->hdr_len + header->type_off, *end = at + header->type_len;
	const char *names = data + header->hdr_len + header->str_off;
	int id;

	for (id = 1; at < end; id++) {
		struct btf_type *type = (void *)at;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC && !strcmp(names + type->name_off, function))
			return id;
		at += size_of(type);
	}
	fprintf(stderr, "%s: no such function in the kernel's type information\n", function);
	exit(1);
}

int main(int argc, char **argv)
{
	struct bpf_insn does_nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_info info = {};
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_TRACING }, link = {}, ask = {};
	char byte;

	if (argc != 3)
		return 2;
	load.expected_attach_type = strcmp(argv[2], "fexit") ? BPF_TRACE_FENTRY : BPF_TRACE_FEXIT;
	load.attach_btf_id = id_of(argv[1]);
	load.insns = (unsigned long)does_nothing;
	load.insn_cnt = 2;
	load.license = (unsigned long)"GPL";
	link.link_create.prog_fd = ask.info.bpf_fd = bpf(BPF_PROG_LOAD, &load, "BPF_PROG_LOAD");
	link.link_create.attach_type = load.expected_attach_type;
	bpf(BPF_LINK_CREATE, &link, "BPF_LINK_CREATE");
	printf("attached\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	ask.info.info = (unsigned long)&info;
	ask.info.info_len = sizeof(info);
	bpf(BPF_OBJ_GET_INFO_BY_FD, &ask, "BPF_OBJ_GET_INFO_BY_FD");
	printf("ran %llu times\n", info.run_cnt);
	return 0;
}
