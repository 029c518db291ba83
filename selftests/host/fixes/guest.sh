#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# In the guest of fixes.sh: what eight fixes are about, without them, with all of them, and without them again.
set -e
patches='fspick set_mounted clear_inode seq_port rfcomm_shutdown flow_offload checksum team_broadcast'

# Directories that are mounted on, and removed in another namespace while they are; files with pages.
mounted_and_removed() {
	mkdir -p /tmp/directory/of/mounts
	mount -t tmpfs none /tmp/directory/of/mounts
	unshare --mount --propagation private rmdir /tmp/directory/of/mounts 2>/dev/null || umount /tmp/directory/of/mounts
	rm -rf /tmp/directory
	head -c 300000 /dev/zero >/tmp/file
	rm /tmp/file
	[ ! -e /tmp/directory ] && ! grep -q /tmp/directory /proc/self/mountinfo && echo 'mounted and removed'
}

seen() {
	./internal 2>&1
	mounted_and_removed
	./ports
	./broadcast
}

patched() {
	echo "$(cat /sys/kernel/livepatch/fix_*/*/patched | grep -c 1) objects are patched"
}

in_force() {
	local name
	for name in $patches; do
		insmod "fix-$(echo "$name" | tr _ -).ko"
		until grep -qx 0 "/sys/kernel/livepatch/fix_$name/transition"; do sleep 1; done
	done
	patched
}

gone() {
	local name
	for name in $patches; do
		echo 0 >"/sys/kernel/livepatch/fix_$name/enabled"
		while [ -d "/sys/kernel/livepatch/fix_$name" ]; do sleep 1; done
		rmmod "fix_$name"
	done
}

for module in team_mode_broadcast snd_seq nft_flow_offload dummy; do modprobe "$module"; done
seen
in_force
for module in rfcomm xt_CHECKSUM; do modprobe "$module"; done # these come after their fix
patched
seen
gone
seen
