// SPDX-License-Identifier: GPL-2.0
/* The table that kpatch leaves for its own init code. */
#include <linux/module.h>
#include <linux/seq_file.h>

static int klp_test_cmdline(struct seq_file *m, void *v)
{
	seq_puts(m, "as kpatch has it\n");
	return 0;
}

static const struct {
	void *new_addr;
	unsigned long new_size, old_addr, old_size, sympos;
	const char *name, *object;
} funcs[] __used __section(".kpatch.funcs") = {
	{ .new_addr = klp_test_cmdline, .name = "cmdline_proc_show", .object = "vmlinux", .sympos = 1 },
	{ .new_addr = klp_test_cmdline, .name = "e1000_has_link", .object = "e1000" },
};

MODULE_DESCRIPTION("A module with kpatch's table");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
