#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: guest.sh: loads each /pairs/new-*.ko over each /pairs/old-*.ko, each rust-*.ko over each other, and prints what
# the kernel says.
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
# try OLD NEW...: each NEW over OLD
try() {
	local old=$1 new
	shift
	loaded "$old"
	for new; do
		[ "$new" != "$old" ] || continue
		if loaded "$new"; then
			echo "$new $old accepted"
			unloaded "$new"
			[ -e "/sys/kernel/livepatch/${names[$old]}" ] || { unloaded "$old"; loaded "$old"; }
		else
			echo "$new $old refused"
		fi
	done
	unloaded "$old"
}

for old in old-*.ko; do try "$old" new-*.ko; done
for old in rust-*.ko; do try "$old" rust-*.ko; done
