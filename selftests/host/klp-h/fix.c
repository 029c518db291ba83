// SPDX-License-Identifier: GPL-2.0
#include <klp.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/panic.h>
#include <linux/seq_file.h>

int fix_version_proc_show(struct seq_file *m, void *v);
int fix_dummy_change_carrier(struct net_device *dev, bool new_carrier);

/* Which the kernel's header declares. */
KLP_SYMBOL(vmlinux, get_taint);

/* Static ones, also as a pointer in data. */
int uptime_proc_show(struct seq_file *m, void *v);
KLP_SYMBOL(vmlinux, uptime_proc_show);

extern unsigned long tainted_mask;
KLP_SYMBOL(vmlinux, tainted_mask);

KLP_PER_CPU(vmlinux, unsigned long, process_counts);

static int (*shows[])(struct seq_file *m, void *v) = { uptime_proc_show };

int fix_version_proc_show(struct seq_file *m, void *v)
{
	seq_printf(m, "taint %d\n", get_taint() == tainted_mask && tainted_mask);
	seq_printf(m, "address %ps %d\n", uptime_proc_show, READ_ONCE(shows[0]) == uptime_proc_show);
	seq_printf(m, "processes %d\n", per_cpu(process_counts, 0) < 1000);
	return shows[0](m, v);
}

/* A module's, which comes later. */
extern int numdummies;
KLP_SYMBOL(dummy, numdummies);

extern const struct ethtool_ops dummy_ethtool_ops;
KLP_SYMBOL(dummy, dummy_ethtool_ops);

int fix_dummy_change_carrier(struct net_device *dev, bool new_carrier)
{
	bool is_own = dev->ethtool_ops == &dummy_ethtool_ops && numdummies == 3;

	(is_own ? netif_carrier_off : netif_carrier_on)(dev);
	return 0;
}
