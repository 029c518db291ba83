// SPDX-License-Identifier: GPL-2.0
/* Compiled to assembly only: the C compiler's word on the layout of the livepatch structs. */
#include <linux/kbuild.h>
#include <linux/livepatch.h>

#define STRUCT(s) DEFINE(s, sizeof(struct s))
#define FIELD(s, f) FIELD_AS(s, f, f)
#define FIELD_AS(s, f, rust) \
	DEFINE(s##__##rust, offsetof(struct s, f)); \
	DEFINE(s##__##rust##__size, sizeof_field(struct s, f))

void layout(void);

void layout(void)
{
	STRUCT(klp_func);
	FIELD(klp_func, old_name);
	FIELD(klp_func, new_func);
	FIELD(klp_func, old_sympos);
	FIELD(klp_func, old_func);
	FIELD(klp_func, kobj);
	FIELD(klp_func, node);
	FIELD(klp_func, stack_node);
	FIELD(klp_func, old_size);
	FIELD(klp_func, new_size);
	FIELD(klp_func, nop);
	FIELD(klp_func, patched);
	FIELD(klp_func, transition);

	STRUCT(klp_object);
	FIELD(klp_object, name);
	FIELD(klp_object, funcs);
	FIELD(klp_object, callbacks);
	FIELD(klp_object, kobj);
	FIELD(klp_object, func_list);
	FIELD(klp_object, node);
	FIELD_AS(klp_object, mod, mod_);
	FIELD(klp_object, dynamic);
	FIELD(klp_object, patched);

	STRUCT(klp_state);
	FIELD(klp_state, id);
	FIELD(klp_state, version);
	FIELD(klp_state, data);

	STRUCT(klp_patch);
	FIELD_AS(klp_patch, mod, mod_);
	FIELD(klp_patch, objs);
	FIELD(klp_patch, states);
	FIELD(klp_patch, replace);
	FIELD(klp_patch, list);
	FIELD(klp_patch, kobj);
	FIELD(klp_patch, obj_list);
	FIELD(klp_patch, enabled);
	FIELD(klp_patch, forced);
	FIELD(klp_patch, free_work);
	FIELD(klp_patch, finish);
}
