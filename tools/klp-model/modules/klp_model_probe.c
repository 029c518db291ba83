// SPDX-License-Identifier: GPL-2.0
/*
 * A livepatch that only looks: it reports the states in force, each with its version and what its data remember, and fails
 * to be enabled.
 */
#include <linux/livepatch.h>
#include <linux/module.h>

#include "system.h"

static void tell(unsigned long id, struct klp_state *state)
{
	struct klp_test_data *data = state->data; /* All layouts begin with what is saved. */
	char what[64];

	scnprintf(what, sizeof(what), "%lu %u %d", id, state->version, data ? data->saved : -1);
	klp_test_event(KBUILD_MODNAME, what);
}

static int pre_patch(struct klp_object *obj)
{
	unsigned long id;

	for (id = 1; id <= KLP_TEST_VALUES; id++) {
		struct klp_state *state = klp_get_prev_state(id);

		if (state)
			tell(id, state);
	}
	return -ECANCELED;
}

static struct klp_func no_funcs[] = { {} };
static struct klp_object objects[] = { { .funcs = no_funcs, .callbacks = { .pre_patch = pre_patch } }, {} };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int __init probe_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit probe_exit(void)
{
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_DESCRIPTION("A look at the states in force");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
