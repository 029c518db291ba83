// SPDX-License-Identifier: GPL-2.0
/* A function whose debug information and BTF are small enough to be damaged at every byte. */
struct file {
	int fd;
};

enum kind { ONE, TWO };
typedef unsigned long size_type;

long replacement(struct file *file, const char *text, size_type size, enum kind kind, struct file by_value)
{
	return file->fd + by_value.fd + text[size] + kind;
}
