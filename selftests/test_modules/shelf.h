/* SPDX-License-Identifier: GPL-2.0 */
/* What klp_test_shelf has, and klp_test_bodies is given by klp-headers. */
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

struct shelf_item {
	int value;
	struct list_head link;
	struct hlist_node hash;
};

struct shelf {
	spinlock_t lock;
	struct mutex mutex;
	struct list_head items;
	struct hlist_head hashed;
	long level;
	long seen;
};

/* As what only macros do is given. */
static inline bool shelf_irqs_are_off(void)
{
	return irqs_disabled();
}
