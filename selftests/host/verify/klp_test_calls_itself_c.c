// SPDX-License-Identifier: GPL-2.0

/* A replacement in C that calls what it replaces, which is exported. */

#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static void calls_itself(struct seq_file *m, char c)
{
	seq_putc(m, c);
	seq_puts(m, "again");
}

static struct klp_func funcs[] = {
	{ .old_name = "seq_putc", .new_func = calls_itself },
	{ }
};

static struct klp_object objs[] = {
	{ .funcs = funcs },
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init calls_itself_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit calls_itself_exit(void)
{
}

module_init(calls_itself_init);
module_exit(calls_itself_exit);
MODULE_DESCRIPTION("A replacement that calls itself by the original's name");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
