// SPDX-License-Identifier: GPL-2.0
/*
 * The system that the tests' patches modify. In /sys/kernel/debug/klp_test_system/ are:
 *
 * values       what the states modify; 1 2 3 as long as no patch is in force
 * events       what the patches were called for, in order; cleared when written
 * allocations  how many data of states are allocated
 * hold         sleeps until "release" is set, in a function that all of these patches replace
 * waiting      how many tasks do so
 * release      see above
 * touch        calls klp_test_touch() for each of three objects
 * start        calls klp_test_start() for each of them
 * forget       calls klp_test_forget() for each of them
 * shadow       what C finds in their shadow variables 9: an int, or "none"
 * attach       gives each of them one, from C
 * dropped      how many of those have been dropped by Rust
 * reset        forgets what transitions that were forced have left: values, allocations, and that they were forced
 */
#include <linux/debugfs.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/wait.h>
#include <trace/events/kmem.h>

#include "system.h"
#include "target.h"

int klp_test_values[KLP_TEST_VALUES] = { 1, 2, 3 };
EXPORT_SYMBOL_GPL(klp_test_values);

static int values_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d %d %d\n", klp_test_values[0], klp_test_values[1], klp_test_values[2]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(values);

static char events[8192];
static size_t events_len;
static DEFINE_MUTEX(events_mutex);

/* Rust modules give the path inside of the module, too. */
void klp_test_event(const char *module, const char *what)
{
	mutex_lock(&events_mutex);
	events_len += scnprintf(events + events_len, sizeof(events) - events_len, "%.*s: %s\n",
				(int)strcspn(module, ":"), module, what);
	mutex_unlock(&events_mutex);
}
EXPORT_SYMBOL_GPL(klp_test_event);

static int events_show(struct seq_file *m, void *v)
{
	mutex_lock(&events_mutex);
	seq_write(m, events, events_len);
	mutex_unlock(&events_mutex);
	return 0;
}

static int events_open(struct inode *inode, struct file *file)
{
	return single_open(file, events_show, NULL);
}

static ssize_t events_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	mutex_lock(&events_mutex);
	events_len = 0;
	mutex_unlock(&events_mutex);
	return count;
}

static const struct file_operations events_fops = {
	.owner = THIS_MODULE,
	.open = events_open,
	.read = seq_read,
	.write = events_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static const void *allocated[64];
static DEFINE_SPINLOCK(allocated_lock);

static bool exchange_allocated(const void *old, const void *new)
{
	unsigned long flags;
	size_t i;

	spin_lock_irqsave(&allocated_lock, flags);
	for (i = 0; i < ARRAY_SIZE(allocated) && allocated[i] != old; i++)
		;
	if (i < ARRAY_SIZE(allocated))
		allocated[i] = new;
	spin_unlock_irqrestore(&allocated_lock, flags);
	return i < ARRAY_SIZE(allocated);
}

static void on_kmalloc(void *data, unsigned long call_site, const void *ptr, size_t requested, size_t got,
		       gfp_t flags, int node)
{
	if (requested == sizeof(struct klp_test_data) || requested == sizeof(struct klp_test_data_v3))
		WARN_ON(!exchange_allocated(NULL, ptr));
}

static void on_kfree(void *data, unsigned long call_site, const void *ptr)
{
	if (ptr)
		exchange_allocated(ptr, NULL);
}

static int allocations_show(struct seq_file *m, void *v)
{
	size_t count = 0, i;

	for (i = 0; i < ARRAY_SIZE(allocated); i++)
		count += !!READ_ONCE(allocated[i]);
	seq_printf(m, "%zu\n", count);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(allocations);

static DECLARE_WAIT_QUEUE_HEAD(queue);
static bool released;
static u32 waiting;

void klp_test_wait(void)
{
	waiting++;
	wait_event(queue, READ_ONCE(released));
	waiting--;
}
EXPORT_SYMBOL_GPL(klp_test_wait);

static int set_release(void *data, u64 value)
{
	WRITE_ONCE(released, value);
	wake_up_all(&queue);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(release_fops, NULL, set_release, "%llu\n");

PATCHABLE int klp_test_hold(void)
{
	klp_test_wait();
	barrier();
	return 0;
}

static int hold_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d\n", klp_test_hold());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hold);

static struct klp_test_owner owners[] = { { 0 }, { 1 }, { 2 } };

PATCHABLE int klp_test_touch(struct klp_test_owner *owner)
{
	barrier();
	return owner->number;
}

PATCHABLE int klp_test_start(struct klp_test_owner *owner)
{
	barrier();
	return owner->number;
}

PATCHABLE int klp_test_forget(struct klp_test_owner *owner)
{
	barrier();
	return owner->number;
}

#define SHOW_EACH(name, function) \
	static int name##_show(struct seq_file *m, void *v) \
	{ \
		seq_printf(m, "%d %d %d\n", function(&owners[0]), function(&owners[1]), function(&owners[2])); \
		return 0; \
	} \
	DEFINE_SHOW_ATTRIBUTE(name)

SHOW_EACH(touch, klp_test_touch);
SHOW_EACH(start, klp_test_start);
SHOW_EACH(forget, klp_test_forget);

static int shadow_show(struct seq_file *m, void *v)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		int *variable = klp_shadow_get(&owners[i], 9);

		if (variable)
			seq_printf(m, "%d\n", *variable);
		else
			seq_puts(m, "none\n");
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(shadow);

static int attach(void *data, u64 value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		int *variable = klp_shadow_get_or_alloc(&owners[i], 9, sizeof(*variable), GFP_KERNEL, NULL, NULL);

		if (!variable)
			return -ENOMEM;
		*variable = value;
	}
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(attach_fops, NULL, attach, "%llu\n");

static atomic_t dropped;

void klp_test_dropped(void)
{
	atomic_inc(&dropped);
}
EXPORT_SYMBOL_GPL(klp_test_dropped);

#define FORCED 0x6b6c702d7273 /* the shadow variable of src/forced.rs */

static int reset(void *data, u64 value)
{
	unsigned long flags;
	size_t i;

	for (i = 0; i < KLP_TEST_VALUES; i++)
		klp_test_values[i] = i + 1;
	spin_lock_irqsave(&allocated_lock, flags);
	memset(allocated, 0, sizeof(allocated));
	spin_unlock_irqrestore(&allocated_lock, flags);
	klp_shadow_free_all(FORCED, NULL);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(reset_fops, NULL, reset, "%llu\n");

static struct dentry *dir;

static int __init system_init(void)
{
	int err;

	err = register_trace_kmalloc(on_kmalloc, NULL);
	if (err)
		return err;
	err = register_trace_kfree(on_kfree, NULL);
	if (err) {
		unregister_trace_kmalloc(on_kmalloc, NULL);
		return err;
	}
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("values", 0444, dir, NULL, &values_fops);
	debugfs_create_file("events", 0644, dir, NULL, &events_fops);
	debugfs_create_file("allocations", 0444, dir, NULL, &allocations_fops);
	debugfs_create_file("hold", 0444, dir, NULL, &hold_fops);
	debugfs_create_u32("waiting", 0444, dir, &waiting);
	debugfs_create_file("release", 0200, dir, NULL, &release_fops);
	debugfs_create_file("touch", 0444, dir, NULL, &touch_fops);
	debugfs_create_file("start", 0444, dir, NULL, &start_fops);
	debugfs_create_file("forget", 0444, dir, NULL, &forget_fops);
	debugfs_create_file("shadow", 0444, dir, NULL, &shadow_fops);
	debugfs_create_file("attach", 0200, dir, NULL, &attach_fops);
	debugfs_create_atomic_t("dropped", 0444, dir, &dropped);
	debugfs_create_file("reset", 0200, dir, NULL, &reset_fops);
	return 0;
}

static void __exit system_exit(void)
{
	debugfs_remove(dir);
	unregister_trace_kfree(on_kfree, NULL);
	unregister_trace_kmalloc(on_kmalloc, NULL);
	tracepoint_synchronize_unregister();
}

module_init(system_init);
module_exit(system_exit);
MODULE_DESCRIPTION("A system for the tests to modify");
MODULE_LICENSE("GPL");
