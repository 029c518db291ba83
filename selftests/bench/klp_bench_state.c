// SPDX-License-Identifier: GPL-2.0
/* What klp_bench_state.rs is in Rust, as the kernel's documentation of states has it. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "klp_bench.h"

#define STATE 77

static long value = 1;
static struct klp_patch patch;

static int pre_patch(struct klp_object *object)
{
	struct klp_state *state;

	if (klp_get_prev_state(STATE))
		return 0;
	state = klp_get_state(&patch, STATE);
	if (!state)
		return -EINVAL;
	state->data = kzalloc(sizeof(long), GFP_KERNEL);
	return state->data ? 0 : -ENOMEM;
}

static void post_patch(struct klp_object *object)
{
	struct klp_state *state = klp_get_state(&patch, STATE), *prev = klp_get_prev_state(STATE);

	if (!state)
		return;
	if (prev) {
		state->data = prev->data;
		return;
	}
	*(long *)state->data = READ_ONCE(value);
	WRITE_ONCE(value, 2);
}

static void pre_unpatch(struct klp_object *object)
{
	struct klp_state *state;

	if (klp_get_prev_state(STATE))
		return;
	state = klp_get_state(&patch, STATE);
	if (state)
		WRITE_ONCE(value, *(long *)state->data);
}

static void post_unpatch(struct klp_object *object)
{
	struct klp_state *state;

	if (klp_get_prev_state(STATE))
		return;
	state = klp_get_state(&patch, STATE);
	if (!state)
		return;
	kfree(state->data);
	state->data = NULL;
}

static void module_post_patch(struct klp_object *object)
{
	struct klp_state *state;

	klp_bench_begin();
	state = klp_get_state(&patch, STATE);
	if (state && state->data)
		WRITE_ONCE(value, *(long *)state->data);
	klp_bench_end();
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
	{ .name = "klp_bench", .funcs = no_funcs, .callbacks = { .post_patch = module_post_patch } },
	{}
};

static struct klp_state states[] = { { .id = STATE, .version = 1 }, {} };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects, .states = states };

static int __init klp_bench_state_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit klp_bench_state_exit(void)
{
}

module_init(klp_bench_state_init);
module_exit(klp_bench_state_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("A state whose callbacks the bench counts");
