// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>

int REPLACEMENT(struct seq_file *m, void *v);

static __cold noinline void rare(const char *what)
{
	pr_info("a task %s\n", what);
}

/* What is rare, and sleeps, the compiler puts elsewhere, unless it is told not to. */
int REPLACEMENT(struct seq_file *m, void *v)
{
	seq_puts(m, "replaced\n");
	if (unlikely(!strcmp(current->comm, "sleeper"))) {
		rare("sleeps");
		ssleep(10);
		rare("is awake");
	}
	return 0;
}
