// SPDX-License-Identifier: GPL-2.0
#include <linux/printk.h>
#include <linux/seq_file.h>

int fix_tail(struct seq_file *m, void *v);
int fix_cold(struct seq_file *m, void *v);
int fix_good(struct seq_file *m, void *v);

static noinline int helper(struct seq_file *m)
{
	seq_puts(m, "helper\n");
	return seq_has_overflowed(m);
}

/* The compiler makes a jump of the call. */
int fix_tail(struct seq_file *m, void *v)
{
	seq_puts(m, "fixed\n");
	return helper(m);
}

static __cold noinline void rare(void)
{
	pr_info("rare\n");
}

/* The compiler puts what is rare elsewhere. */
int fix_cold(struct seq_file *m, void *v)
{
	if (unlikely(m->count == 12345)) {
		rare();
		pr_info("rare again\n");
		rare();
	}
	seq_puts(m, "fixed\n");
	return 0;
}

int fix_good(struct seq_file *m, void *v)
{
	seq_puts(m, "fixed\n");
	return 0;
}
