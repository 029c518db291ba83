// SPDX-License-Identifier: GPL-2.0
/* A patch of one function of the kernel, or of none, that has one state, or none, and uses a symbol, or none: as Kbuild says. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#ifdef SYMBOL
#include <klp.h>

extern unsigned long SYMBOL;
KLP_SYMBOL(vmlinux, SYMBOL);
#else
#define SYMBOL 0
#endif

#ifdef FUNCTION
static RESULT replacement(ARGUMENTS)
{
	return (RESULT)(SYMBOL & 0);
}
#endif

static struct klp_func funcs[] = {
#ifdef FUNCTION
	{ .old_name = FUNCTION, .new_func = replacement, .old_sympos = POSITION },
#endif
	{}
};

static struct klp_object objects[] = { { .funcs = funcs }, {} };

#ifdef STATE_VERSION
static struct klp_state states[] = { { .id = 1, .version = STATE_VERSION }, {} };
#endif

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
#ifdef STATE_VERSION
	.states = states,
#endif
};

static int __init running_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit running_exit(void)
{
}

module_init(running_init);
module_exit(running_exit);
MODULE_DESCRIPTION("What Kbuild says");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
