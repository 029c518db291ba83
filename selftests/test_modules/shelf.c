// SPDX-License-Identifier: GPL-2.0
/*
 * What fixes have to do with: lists, locks, errors, user memory. What the functions return is shown when the files in
 * /sys/kernel/debug/klp_test_shelf/ are read. Without a livepatch that is -1, and they do nothing.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "shelf.h"
#include "target.h"

static struct shelf_item items[] = { { 1 }, { 2 }, { 3 }, { 4 } };
static struct shelf shelf;

#define DOES_NOTHING(type, name, ...) \
	type name(__VA_ARGS__); \
	PATCHABLE type name(__VA_ARGS__) \
	{ \
		barrier(); \
		return (type)-1; \
	}

DOES_NOTHING(int, klp_test_sum, struct shelf *shelf)
DOES_NOTHING(int, klp_test_hashed, struct shelf *shelf)
DOES_NOTHING(int, klp_test_drop_odd, struct shelf *shelf)
DOES_NOTHING(long, klp_test_half, long value)
DOES_NOTHING(int, klp_test_check, int value)
DOES_NOTHING(struct shelf_item *, klp_test_find, struct shelf *shelf, int value)
DOES_NOTHING(long, klp_test_set, struct shelf *shelf, const char __user *from, size_t size)

static int shelf_show(struct seq_file *m, void *v)
{
	struct shelf_item *found = klp_test_find(&shelf, 2), *missing = klp_test_find(&shelf, 9);

	seq_printf(m, "sum %d hashed %d\n", klp_test_sum(&shelf), klp_test_hashed(&shelf));
	seq_printf(m, "half %ld %ld check %d %d\n", klp_test_half(8), klp_test_half(7), klp_test_check(0), klp_test_check(5));
	seq_printf(m, "found %d missing %ld\n", IS_ERR(found) ? -1 : found->value, PTR_ERR(missing));
	seq_printf(m, "dropped %d", klp_test_drop_odd(&shelf));
	seq_printf(m, " irqs %s lock %s\n", irqs_disabled() ? "off" : "on", spin_is_locked(&shelf.lock) ? "held" : "free");
	seq_printf(m, "sum %d hashed %d mutex %s\n", klp_test_sum(&shelf), klp_test_hashed(&shelf),
		   mutex_is_locked(&shelf.mutex) ? "held" : "free");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(shelf);

static int level_show(struct seq_file *m, void *v)
{
	seq_printf(m, "level %ld seen %ld\n", shelf.level, shelf.seen);
	return 0;
}

static int level_open(struct inode *inode, struct file *file)
{
	return single_open(file, level_show, NULL);
}

static ssize_t level_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	return klp_test_set(&shelf, from, size);
}

static const struct file_operations level_fops = {
	.owner = THIS_MODULE,
	.open = level_open,
	.read = seq_read,
	.write = level_write,
	.release = single_release,
};

static struct dentry *dir;

static int __init shelf_init(void)
{
	int i;

	spin_lock_init(&shelf.lock);
	mutex_init(&shelf.mutex);
	INIT_LIST_HEAD(&shelf.items);
	INIT_HLIST_HEAD(&shelf.hashed);
	for (i = 0; i < ARRAY_SIZE(items); i++) {
		list_add_tail(&items[i].link, &shelf.items);
		hlist_add_head(&items[i].hash, &shelf.hashed);
	}
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("shelf", 0444, dir, NULL, &shelf_fops);
	debugfs_create_file("level", 0644, dir, NULL, &level_fops);
	return 0;
}

static void __exit shelf_exit(void)
{
	debugfs_remove(dir);
}

module_init(shelf_init);
module_exit(shelf_exit);
MODULE_DESCRIPTION("Lists, locks, errors and user memory");
MODULE_LICENSE("GPL");
