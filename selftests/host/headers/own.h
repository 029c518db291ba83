/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/netdevice.h>

#define OWN_CARRIERS 2

enum own_size {
	OWN_SMALL = (1 << 1),
	OWN_LARGE = 7,
};

/* What only a macro gives. */
static inline unsigned int own_mtu(const struct net_device *dev)
{
	return READ_ONCE(dev->mtu);
}
