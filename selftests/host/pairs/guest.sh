#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: guest.sh: loads each /pairs/new-*.ko over each /pairs/old-*.ko, and prints what the kernel says.
set -eu
cd /pairs

name_of() {
	modinfo -F name "$1"
}

loaded() {
	insmod "$1" 2>/dev/null || return 1
	until grep -qx 0 "/sys/kernel/livepatch/${names[$1]}/transition"; do :; done
}

# unloaded FILE: also if it has been replaced.
unloaded() {
	local name=${names[$1]}
	[ ! -e "/sys/kernel/livepatch/$name" ] || echo 0 >"/sys/kernel/livepatch/$name/enabled"
	until rmmod "$name" 2>/dev/null; do :; done
}

declare -A names
for file in *.ko; do names[$file]=$(name_of "$file"); done
for old in old-*.ko; do
	loaded "$old"
	for new in new-*.ko; do
		if loaded "$new"; then
			echo "$new $old accepted"
			unloaded "$new"
			[ -e "/sys/kernel/livepatch/${names[$old]}" ] || { unloaded "$old"; loaded "$old"; }
		else
			echo "$new $old refused"
		fi
	done
	unloaded "$old"
done
