// SPDX-License-Identifier: GPL-2.0
/* A patch that takes the machine down as soon as it is loaded. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/seq_file.h>

static int boot_panics_show(struct seq_file *m, void *v)
{
	return 0;
}

static int boot_panics_pre_patch(struct klp_object *obj)
{
	panic("as the test wants it");
}

static struct klp_func funcs[] = {
	{ .old_name = "version_proc_show", .new_func = boot_panics_show },
	{}
};

static struct klp_object objects[] = {
	{ .funcs = funcs, .callbacks = { .pre_patch = boot_panics_pre_patch } },
	{}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init boot_panics_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit boot_panics_exit(void)
{
}

module_init(boot_panics_init);
module_exit(boot_panics_exit);
MODULE_DESCRIPTION("A patch that takes the machine down");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
