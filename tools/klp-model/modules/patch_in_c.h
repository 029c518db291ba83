/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A patch in C, with states as the kernel's documentation describes them. Whoever includes it defines NUMBER, which the
 * replacements answer with, STATES, and REPLACES_... for each function. It reports what it is called for as those in Rust do.
 */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "system.h"

#define AT_VMLINUX 10
#define AT_TARGET 11

static bool replace;
module_param(replace, bool, 0);
static int fail;
module_param(fail, int, 0);
MODULE_PARM_DESC(fail, "Which step fails: a state, by its id, or a callback");

static struct klp_state states[] = { STATES {} };
#define COUNT (ARRAY_SIZE(states) - 1)

static __printf(1, 2) void report(const char *format, ...)
{
	char what[128];
	va_list args;

	va_start(args, format);
	vscnprintf(what, sizeof(what), format, args);
	va_end(args);
	klp_test_event(KBUILD_MODNAME, what);
}

static int set_up(struct klp_state *state)
{
	if (klp_get_prev_state(state->id))
		return 0;
	if (fail == state->id)
		return -ENODEV;
	state->data = kzalloc(sizeof(struct klp_test_data), GFP_KERNEL);
	if (!state->data)
		return -ENOMEM;
	report("setup %lu", state->id);
	return 0;
}

static void enable(struct klp_state *state)
{
	struct klp_state *prev = klp_get_prev_state(state->id);
	int *value = &klp_test_values[state->id - 1];
	struct klp_test_data *data;

	if (prev) {
		state->data = prev->data;
		data = state->data;
		report("adopt %lu of version %u with %d", state->id, prev->version, data->saved);
		return;
	}
	report("enable %lu", state->id);
	data = state->data;
	data->saved = *value;
	*value = 10 * state->id + state->version;
}

static void disable(struct klp_state *state)
{
	struct klp_test_data *data = state->data;

	if (klp_get_prev_state(state->id))
		return;
	report("disable %lu", state->id);
	klp_test_values[state->id - 1] = data->saved;
}

static void release(struct klp_state *state)
{
	if (klp_get_prev_state(state->id))
		return;
	report("release %lu", state->id);
	kfree(state->data);
	state->data = NULL;
}

static void release_first(size_t count)
{
	while (count)
		release(&states[--count]);
}

static int pre_patch(struct klp_object *obj)
{
	size_t i;
	int err;

	for (i = 0; i < COUNT; i++) {
		err = set_up(&states[i]);
		if (err) {
			release_first(i);
			return err;
		}
	}
	if (fail == AT_VMLINUX) {
		release_first(COUNT);
		return -ENODEV;
	}
	report("pre_patch vmlinux");
	return 0;
}

static void post_patch(struct klp_object *obj)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		enable(&states[i]);
	report("post_patch vmlinux");
}

static void pre_unpatch(struct klp_object *obj)
{
	size_t i;

	report("pre_unpatch vmlinux");
	for (i = COUNT; i; i--)
		disable(&states[i - 1]);
}

static void post_unpatch(struct klp_object *obj)
{
	report("post_unpatch vmlinux");
	release_first(COUNT);
}

static __maybe_unused int hold(void)
{
	klp_test_wait();
	barrier();
	return NUMBER;
}

static __maybe_unused int of_owner(struct klp_test_owner *owner)
{
	return 100 * NUMBER + owner->number;
}

static __maybe_unused long add(long a, long b)
{
	return 100 * NUMBER;
}

static __maybe_unused int show(struct seq_file *m, void *v)
{
	seq_printf(m, "model %d\n", NUMBER);
	return 0;
}

static struct klp_func vmlinux_funcs[] = {
#ifdef REPLACES_VERSION
	{ .old_name = "version_proc_show", .new_func = show },
#endif
	{}
};

static struct klp_func system_funcs[] = {
#ifdef REPLACES_TOUCH
	{ .old_name = "klp_test_touch", .new_func = of_owner },
#endif
#ifdef REPLACES_START
	{ .old_name = "klp_test_start", .new_func = of_owner },
#endif
#ifdef REPLACES_HOLD
	{ .old_name = "klp_test_hold", .new_func = hold },
#endif
	{}
};

#ifdef REPLACES_ADD
static void report_target(const char *callback, struct klp_object *obj)
{
	static const char *const names[] = {
		[MODULE_STATE_COMING] = "Coming",
		[MODULE_STATE_LIVE] = "Live",
		[MODULE_STATE_GOING] = "Going",
	};

	report("%s %s %s", callback, obj->name, names[obj->mod->state]);
}

static int pre_patch_target(struct klp_object *obj)
{
	if (fail == AT_TARGET)
		return -ENODEV;
	report_target("pre_patch", obj);
	return 0;
}

static void post_patch_target(struct klp_object *obj)
{
	report_target("post_patch", obj);
}

static void pre_unpatch_target(struct klp_object *obj)
{
	report_target("pre_unpatch", obj);
}

static void post_unpatch_target(struct klp_object *obj)
{
	report_target("post_unpatch", obj);
}

static struct klp_func target_funcs[] = { { .old_name = "klp_test_add", .new_func = add }, {} };
#endif

static struct klp_object objects[] = {
	{
		.funcs = vmlinux_funcs,
		.callbacks = {
			.pre_patch = pre_patch,
			.post_patch = post_patch,
			.pre_unpatch = pre_unpatch,
			.post_unpatch = post_unpatch,
		},
	},
	{ .name = "klp_test_system", .funcs = system_funcs },
#ifdef REPLACES_ADD
	{
		.name = "klp_test_target",
		.funcs = target_funcs,
		.callbacks = {
			.pre_patch = pre_patch_target,
			.post_patch = post_patch_target,
			.pre_unpatch = pre_unpatch_target,
			.post_unpatch = post_unpatch_target,
		},
	},
#endif
	{}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
	.states = states,
};

static int __init patch_init(void)
{
	patch.replace = replace;
	return klp_enable_patch(&patch);
}

static void __exit patch_exit(void)
{
}

module_init(patch_init);
module_exit(patch_exit);
MODULE_DESCRIPTION("A patch of the model in C");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
