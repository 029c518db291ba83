// SPDX-License-Identifier: GPL-2.0
/* The tables that klp-build's objtool leaves for its init.c. */
#include <linux/livepatch.h>
#include <linux/seq_file.h>

static int klp_test_cmdline(struct seq_file *m, void *v)
{
	seq_puts(m, "as klp-build has it\n");
	return 0;
}

static struct klp_func_ext funcs[] __used __section(".init.klp_funcs") = {
	{ .old_name = "cmdline_proc_show", .new_func = klp_test_cmdline },
	{ .old_name = "version_proc_show", .new_func = klp_test_cmdline, .sympos = 1 },
};

static struct klp_func_ext module_funcs[] __used __section(".init.klp_funcs") = {
	{ .old_name = "e1000_has_link", .new_func = klp_test_cmdline },
};

static struct klp_object_ext objects[] __used __section(".init.klp_objects") = {
	{ .funcs = funcs, .nr_funcs = ARRAY_SIZE(funcs) },
	{ .name = "e1000", .funcs = module_funcs, .nr_funcs = ARRAY_SIZE(module_funcs) },
};
