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

# From now on a task takes and gives back more than is left: whoever allocates meanwhile gets what the kernel has just reclaimed.
memory_is_short() {
	fill_memory 32
	reclaimed_before=$(times_of pglazyfreed) stalled_before=$(times_of allocstall)
	nice "$(dirname "$0")/klp_hog" 256 &
	hog=$!
}

memory_was_short() {
	local reclaimed=$(($(times_of pglazyfreed) - reclaimed_before)) stalled=$(($(times_of allocstall) - stalled_before))
	echo "# figure: while memory was short, the kernel reclaimed $((reclaimed / 256)) MiB; $stalled times somebody had to wait for it" >&3
	[ $reclaimed -gt 2560 ]
}

memory_is_back() {
	[ ! "${hog-}" ] || kill "$hog" 2>/dev/null || true
	wait
	! mountpoint -q "$tmp/memory" || free_memory
}
