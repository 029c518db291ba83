// SPDX-License-Identifier: GPL-2.0
/* A patch in C with state 1, as the kernel's documentation of states describes it. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "system.h"

static uint version = 1;
module_param(version, uint, 0444);
static bool replace;
module_param(replace, bool, 0444);
static char *odd = "";
module_param(odd, charp, 0444);
MODULE_PARM_DESC(odd, "What state 2 has for data: none, small, or static (default: there is no state 2)");

static struct klp_state states[] = { { .id = 1 }, {}, {} };
static struct klp_test_data static_data;
#define DATA ((struct klp_test_data *)states[0].data)

static int pre_patch(struct klp_object *obj)
{
	if (klp_get_prev_state(1))
		return 0;
	states[0].data = kzalloc(sizeof(*DATA), GFP_KERNEL);
	if (!states[0].data)
		return -ENOMEM;
	klp_test_event(KBUILD_MODNAME, "setup 1");
	return 0;
}

static void post_patch(struct klp_object *obj)
{
	struct klp_state *prev = klp_get_prev_state(1);

	if (prev) {
		states[0].data = prev->data;
		klp_test_event(KBUILD_MODNAME, "adopt 1");
		return;
	}
	DATA->saved = klp_test_values[0];
	klp_test_values[0] = 70 + version;
	klp_test_event(KBUILD_MODNAME, "enable 1");
}

static void pre_unpatch(struct klp_object *obj)
{
	if (klp_get_prev_state(1))
		return;
	klp_test_values[0] = DATA->saved;
	klp_test_event(KBUILD_MODNAME, "disable 1");
}

static void post_unpatch(struct klp_object *obj)
{
	if (klp_get_prev_state(1))
		return;
	kfree(states[0].data);
	klp_test_event(KBUILD_MODNAME, "release 1");
}

static struct klp_func no_funcs[] = { {} };

static struct klp_object objects[] = {
	{
		.funcs = no_funcs,
		.callbacks = {
			.pre_patch = pre_patch,
			.post_patch = post_patch,
			.pre_unpatch = pre_unpatch,
			.post_unpatch = post_unpatch,
		},
	},
	{}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
	.states = states,
};

static int __init patch_init(void)
{
	states[0].version = version;
	patch.replace = replace;
	if (*odd) {
		states[1].id = 2;
		states[1].version = version;
	}
	if (!strcmp(odd, "small"))
		states[1].data = kzalloc(512, GFP_KERNEL);
	else if (!strcmp(odd, "static"))
		states[1].data = &static_data;
	return klp_enable_patch(&patch);
}

static void __exit patch_exit(void)
{
	if (!strcmp(odd, "small"))
		kfree(states[1].data);
}

module_init(patch_init);
module_exit(patch_exit);
MODULE_DESCRIPTION("A patch in C with a state");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
