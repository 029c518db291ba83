// SPDX-License-Identifier: GPL-2.0
/* A patch that has states and nothing else. Their table is written into the file by pairs.sh. */
#include <linux/livepatch.h>
#include <linux/module.h>

#define UNWRITTEN 0x6b6c705f70616972 /* "riap_plk", in the file */

static struct klp_func funcs[] = { {} };

static struct klp_object objects[] = { { .funcs = funcs }, {} };

static struct klp_state states[] = { { .id = UNWRITTEN }, { .id = UNWRITTEN }, { .id = UNWRITTEN }, {} };

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
	.states = states,
#ifdef REPLACE
	.replace = true,
#endif
};

static int __init pair_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit pair_exit(void)
{
}

module_init(pair_init);
module_exit(pair_exit);
MODULE_DESCRIPTION("States that are written into the file");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
