// SPDX-License-Identifier: GPL-2.0
/*
 * Counts the instructions of patched calls and of a patch's callbacks, in a guest whose TSC counts instructions.
 * /sys/kernel/debug/klp_bench/calls makes the calls when it is read; callbacks has those of the patch that was loaded last.
 */
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <asm/tsc.h>

#include "klp_bench.h"

#define PATCHABLE __attribute__((__noipa__))
#define CALLS 1000

static unsigned long cmdline;
module_param(cmdline, ulong, 0);
MODULE_PARM_DESC(cmdline, "Where cmdline_proc_show() is");

static struct klp_bench_owner owner;
static volatile long one = 1;
static char page[PAGE_SIZE];
static struct seq_file into = { .buf = page, .size = sizeof(page) };

PATCHABLE long klp_bench_pass(long value)
{
	barrier();
	return value;
}

PATCHABLE long klp_bench_shadow(struct klp_bench_owner *from)
{
	barrier();
	return 0;
}

PATCHABLE long klp_bench_original(long value)
{
	barrier();
	return value * 3;
}
EXPORT_SYMBOL_GPL(klp_bench_original);

static void nothing(void) { barrier(); }
static void pass(void) { klp_bench_pass(one); }
static void shadow(void) { klp_bench_shadow(&owner); }
static void original(void) { klp_bench_original(one); }
static void show(void)
{
	into.count = 0;
	((int (*)(struct seq_file *, void *))cmdline)(&into, NULL);
}

static noinline u64 count(void (*call)(void))
{
	u64 start = rdtsc();

	call();
	return rdtsc() - start;
}

static void count_calls(struct seq_file *m, const char *name, void (*call)(void))
{
	u64 least = U64_MAX, most = 0, base;
	unsigned long flags;
	int i;

	call();
	local_irq_save(flags);
	base = count(nothing);
	for (i = 0; i < CALLS; i++) {
		u64 taken = count(call) - base;

		least = min(least, taken);
		most = max(most, taken);
	}
	local_irq_restore(flags);
	seq_printf(m, "%s %llu %llu\n", name, least, most);
}

static int calls_show(struct seq_file *m, void *v)
{
	count_calls(m, "pass", pass);
	count_calls(m, "show", show);
	count_calls(m, "shadow", shadow);
	count_calls(m, "original", original);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(calls);

enum { PRE_PATCH, POST_PATCH, PRE_UNPATCH, POST_UNPATCH, GET, KINDS };
static const char *const kinds[] = { "pre_patch", "post_patch", "pre_unpatch", "post_unpatch", "get" };
static u64 taken[KINDS], begin, base;
static struct klp_callbacks patchs;

void klp_bench_begin(void)
{
	begin = rdtsc();
}
EXPORT_SYMBOL_GPL(klp_bench_begin);

void klp_bench_end(void)
{
	taken[GET] = rdtsc() - begin - base;
}
EXPORT_SYMBOL_GPL(klp_bench_end);

static int pre_patch(struct klp_object *object)
{
	unsigned long flags;
	int result;
	u64 start;

	local_irq_save(flags);
	start = rdtsc();
	result = patchs.pre_patch(object);
	taken[PRE_PATCH] = rdtsc() - start - base;
	local_irq_restore(flags);
	return result;
}

#define COUNTED(name, kind)				\
static void name(struct klp_object *object)		\
{							\
	unsigned long flags;				\
	u64 start;					\
							\
	local_irq_save(flags);				\
	start = rdtsc();				\
	patchs.name(object);				\
	taken[kind] = rdtsc() - start - base;		\
	local_irq_restore(flags);			\
}
COUNTED(post_patch, POST_PATCH)
COUNTED(pre_unpatch, PRE_UNPATCH)
COUNTED(post_unpatch, POST_UNPATCH)

/* Puts itself between the kernel and the callbacks of a patch that has all four. */
static int before_enable(struct kprobe *probe, struct pt_regs *regs)
{
	struct klp_patch *patch = (void *)regs_get_kernel_argument(regs, 0);
	struct klp_callbacks *callbacks = &patch->objs[0].callbacks;

	memset(taken, 0, sizeof(taken));
	base = 0;
	klp_bench_begin();
	klp_bench_end();
	base = taken[GET];
	if (!callbacks->pre_patch || !callbacks->post_patch || !callbacks->pre_unpatch || !callbacks->post_unpatch)
		return 0;
	patchs = *callbacks;
	callbacks->pre_patch = pre_patch;
	callbacks->post_patch = post_patch;
	callbacks->pre_unpatch = pre_unpatch;
	callbacks->post_unpatch = post_unpatch;
	return 0;
}

static struct kprobe enable = { .symbol_name = "klp_enable_patch", .pre_handler = before_enable };

static int callbacks_show(struct seq_file *m, void *v)
{
	int kind;

	for (kind = 0; kind < KINDS; kind++)
		seq_printf(m, "%s %llu\n", kinds[kind], taken[kind]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(callbacks);

static struct dentry *dir;

static int __init klp_bench_init(void)
{
	int result;

	if (!cmdline || !klp_shadow_alloc(&owner, KLP_BENCH_SHADOW, sizeof(long), GFP_KERNEL, NULL, NULL))
		return -EINVAL;
	result = register_kprobe(&enable);
	if (result) {
		klp_shadow_free(&owner, KLP_BENCH_SHADOW, NULL);
		return result;
	}
	dir = debugfs_create_dir("klp_bench", NULL);
	debugfs_create_file("calls", 0400, dir, NULL, &calls_fops);
	debugfs_create_file("callbacks", 0400, dir, NULL, &callbacks_fops);
	return 0;
}

static void __exit klp_bench_exit(void)
{
	debugfs_remove(dir);
	unregister_kprobe(&enable);
	klp_shadow_free(&owner, KLP_BENCH_SHADOW, NULL);
}

module_init(klp_bench_init);
module_exit(klp_bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What the bench counts the instructions of");
