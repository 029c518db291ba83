// SPDX-License-Identifier: GPL-2.0
/* Does what each of the lab kernel's instruments is there for, one of them at a time. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *fault = "";
module_param(fault, charp, 0);

static volatile int one = 1;
static int numbers[4];

static void read_of_freed_memory(void)
{
	volatile char *freed = kmalloc(32, GFP_KERNEL);

	kfree((void *)freed);
	(void)*freed;
}

static void leak(void)
{
	void *volatile lost;
	int i;

	for (i = 0; i < 100; i++)
		lost = kmalloc(1000, GFP_KERNEL);
	lost = NULL;
}

static void sleep_in_atomic_context(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void locks_in_both_orders(void)
{
	static DEFINE_MUTEX(first);
	static DEFINE_MUTEX(second);

	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void rcu_without_lock(void)
{
	static int __rcu *pointer;

	(void)rcu_dereference(pointer);
}

static void list_entry_twice(void)
{
	static LIST_HEAD(list);
	static struct list_head entry;

	list_add(&entry, &list);
	list_add(&entry, &list);
}

static void index_out_of_bounds(void)
{
	((volatile int *)numbers)[0] = numbers[one + 3];
}

static int raced;

static int count(void *unused)
{
	while (!kthread_should_stop()) {
		raced++;
		cond_resched();
	}
	return 0;
}

static void two_write_at_once(void)
{
	struct task_struct *first = kthread_run(count, NULL, "first");
	struct task_struct *second = kthread_run(count, NULL, "second");

	msleep(5000);
	if (!IS_ERR(first))
		kthread_stop(first);
	if (!IS_ERR(second))
		kthread_stop(second);
}

static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "kasan", read_of_freed_memory },
	{ "kmemleak", leak },
	{ "atomic-sleep", sleep_in_atomic_context },
	{ "lockdep", locks_in_both_orders },
	{ "rcu", rcu_without_lock },
	{ "list", list_entry_twice },
	{ "ubsan", index_out_of_bounds },
	{ "kcsan", two_write_at_once },
};

static int __init faults_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (!strcmp(fault, faults[i].name))
			faults[i].make();
	return 0;
}

static void __exit faults_exit(void)
{
}

module_init(faults_init);
module_exit(faults_exit);
MODULE_DESCRIPTION("Faults for the lab kernel to see");
MODULE_LICENSE("GPL");
