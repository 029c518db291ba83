// SPDX-License-Identifier: GPL-2.0
/* What klp_bench_calls.rs is in Rust. */
#include <linux/ftrace.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <asm/ibt.h>

#include "klp_bench.h"

static long pass(long value)
{
	return value;
}

static long shadow(struct klp_bench_owner *from)
{
	long *variable = klp_shadow_get(from, KLP_BENCH_SHADOW);

	return variable ? *variable : -1;
}

/* Behind the ftrace site. A processor with IBT would not go there, as there is no endbr64. */
static long (*original)(long value);

static long with_original(long value)
{
	return original(value) + 1;
}

static struct klp_func funcs[] = {
	{ .old_name = "klp_bench_pass", .new_func = pass },
	{ .old_name = "klp_bench_shadow", .new_func = shadow },
	{ .old_name = "klp_bench_original", .new_func = with_original },
	{}
};

static struct klp_object objects[] = { { .name = "klp_bench", .funcs = funcs }, {} };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int __init klp_bench_calls_init(void)
{
	original = (void *)klp_bench_original + ENDBR_INSN_SIZE + MCOUNT_INSN_SIZE;
	return klp_enable_patch(&patch);
}

static void __exit klp_bench_calls_exit(void)
{
}

module_init(klp_bench_calls_init);
module_exit(klp_bench_calls_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Calls that the bench counts");
