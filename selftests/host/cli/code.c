// SPDX-License-Identifier: GPL-2.0
/* code.rs in C; its helper is called within a section, which the assembler resolves. */
#include <linux/module.h>
#include <linux/livepatch.h>
#include <linux/seq_file.h>

static noinline int more(int value)
{
	return value;
}

static noinline int scramble(int value)
{
	return rol32(value * 3, 7) ^ 0x1234;
}

static int klp_test_show(struct seq_file *m, void *v)
{
	seq_puts(m, "this has been live patched\n");
	return scramble(more((long)v));
}

static struct klp_func funcs[] = {
	{ .old_name = "cmdline_proc_show", .new_func = klp_test_show }, {}
};

static int pre_patch(struct klp_object *obj)
{
	return 0;
}

static struct klp_object objs[] = {
	{ .funcs = funcs, .callbacks = { .pre_patch = pre_patch } }, {}
};

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs };

static int init(void)
{
	return klp_enable_patch(&patch);
}

static void done(void)
{
}

static bool loud;
module_param(loud, bool, 0444);
MODULE_PARM_DESC(loud, "says more");
module_init(init);
module_exit(done);
MODULE_AUTHOR("Somebody");
MODULE_DESCRIPTION("code.rs in C");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
