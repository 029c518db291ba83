// SPDX-License-Identifier: GPL-2.0
#include <klp.h>
#include <linux/seq_file.h>

int kinds_show(struct seq_file *m, void *v);

long uptime_proc_show(struct seq_file *m, void *v);
KLP_SYMBOL(vmlinux, uptime_proc_show);

extern int loadavg_proc_show;
KLP_SYMBOL(vmlinux, loadavg_proc_show);

int tainted_mask(void);
KLP_SYMBOL(vmlinux, tainted_mask);

extern unsigned long process_counts;
KLP_SYMBOL(vmlinux, process_counts);

KLP_PER_CPU(vmlinux, unsigned long, file_systems_gen);

/* The kernel has several of that name. */
int type_show(void);
KLP_SYMBOL(vmlinux, type_show);

int other(void);
KLP_SYMBOL_NAMED(vmlinux, "type_show", 99, other);

int right(struct seq_file *m, void *v);
KLP_SYMBOL_NAMED(vmlinux, "cmdline_proc_show", 1, right);

int kinds_show(struct seq_file *m, void *v)
{
	KLP_UNFINISHED();
	seq_put_decimal_ull(m, "", this_cpu_read(file_systems_gen));
	return uptime_proc_show(m, v) + loadavg_proc_show + tainted_mask() + process_counts + type_show() + other() + right(m, v);
}
