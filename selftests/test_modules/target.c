// SPDX-License-Identifier: GPL-2.0
/*
 * The module that the tests patch. Its functions are called, and what they return is shown, when the files in
 * /sys/kernel/debug/klp_test_target/ are read.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "target.h"

#define SHOW(name, format, ...) \
	static int name##_show(struct seq_file *m, void *v) \
	{ \
		seq_printf(m, format "\n", __VA_ARGS__); \
		return 0; \
	} \
	DEFINE_SHOW_ATTRIBUTE(name)

/* Not exported, and not the only one of the name. */
static __used int klp_test_tag = 10;

/* Arguments and results that the compiler cannot fold into functions and callers. */
static volatile long one = 1, two = 2;

PATCHABLE long klp_test_add(long a, long b)
{
	barrier();
	return a + b;
}
SHOW(add, "%ld", klp_test_add(one, two));

PATCHABLE long klp_test_six(s8 a, u16 b, int c, unsigned long d, void *e, bool f)
{
	barrier();
	return a + b + c + d + (long)e + f;
}
SHOW(six, "%ld", klp_test_six(-one, 65535, -two, 1UL << 40, (void *)4, one));

PATCHABLE struct klp_test_pair klp_test_pair(unsigned long first, unsigned long second)
{
	barrier();
	return (struct klp_test_pair){ first, second };
}

static int pair_show(struct seq_file *m, void *v)
{
	struct klp_test_pair pair = klp_test_pair(one, two);

	seq_printf(m, "%lu %lu\n", pair.first, pair.second);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pair);

STATIC_PATCHABLE int klp_test_twin(void)
{
	barrier();
	return one;
}
SHOW(twins, "%d %d", klp_test_twin(), klp_test_other_twin());

PATCHABLE int klp_test_nap(void)
{
	barrier();
	return one - 1;
}
SHOW(nap, "%d", klp_test_nap());

static bool fail;
module_param(fail, bool, 0);
MODULE_PARM_DESC(fail, "The module's init fails");

static struct dentry *dir;

static int __init target_init(void)
{
	if (fail)
		return -ENODEV;
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("add", 0444, dir, NULL, &add_fops);
	debugfs_create_file("six", 0444, dir, NULL, &six_fops);
	debugfs_create_file("pair", 0444, dir, NULL, &pair_fops);
	debugfs_create_file("twins", 0444, dir, NULL, &twins_fops);
	debugfs_create_file("nap", 0444, dir, NULL, &nap_fops);
	return 0;
}

static void __exit target_exit(void)
{
	debugfs_remove(dir);
}

module_init(target_init);
module_exit(target_exit);
MODULE_DESCRIPTION("Functions for the tests to patch");
MODULE_LICENSE("GPL");
