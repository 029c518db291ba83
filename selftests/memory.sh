# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# Sourced by the tests in which memory is short.

mkdir "$tmp/memory"

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

# times_of EVENT: how often /proc/vmstat has counted it.
times_of() {
	awk -v event="$1" '$1 ~ "^" event { times += $2 } END { print times + 0 }' /proc/vmstat
}

# From now on a task takes all that is left of 32 MiB, until the kernel kills it, and again: whoever allocates meanwhile has to
# reclaim memory first. Nobody else is killed.
memory_is_short() {
	fill_memory 32
	echo 0 >/proc/sys/vm/oom_dump_tasks
	echo -1000 >/proc/self/oom_score_adj
	killed_before=$(times_of oom_kill) stalled_before=$(times_of allocstall)
	touch "$tmp/short"
	while [ -e "$tmp/short" ]; do
		(echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero) || true
	done >/dev/null 2>&1 &
}

memory_was_short() {
	local stalled killed
	stalled=$(($(times_of allocstall) - stalled_before)) killed=$(($(times_of oom_kill) - killed_before))
	echo "# figure: while memory was short, $stalled allocations had to reclaim some themselves, and $killed tasks were killed" >&3
	[ "$stalled" -gt 0 ]
	[ "$killed" -gt 0 ]
}

memory_is_back() {
	rm -f "$tmp/short"
	wait
	! mountpoint -q "$tmp/memory" || free_memory
}
