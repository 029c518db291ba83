#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Patches that come and go while memory is short.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

available() {
	awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo
}

# Leaves so many MiB.
fill_memory() {
	local tries
	mount -t tmpfs -o size=100% tmpfs "$tmp/memory"
	for tries in {1..100}; do
		[ "$(available)" -gt "$1" ] || return 0
		head -c "$(($(available) - $1 + 1))M" /dev/zero >"$tmp/memory/$tries" # what is available follows with a delay
	done
	echo "$(available) MiB are left instead of $1"
	return 1
}

free_memory() {
	umount "$tmp/memory"
}

works_with_little_memory() {
	local round
	fill_memory "$1"
	for round in {1..10}; do
		patched klp_test_two
		expect "/proc/cmdline, round $round" 'cmdline by two' "$(</proc/cmdline)"
		unpatched klp_test_two
	done
	free_memory
	nothing_is_left
}

mkdir "$tmp/memory"
for left in 64 32 16 8; do
	case_is "patches come and go with $left MiB of memory left" works_with_little_memory $left
done
done_testing
