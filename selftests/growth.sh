# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the tests that go through many cycles: what grows with them. Memory that is leaked in each cycle grows in each lot of
# cycles; whatever else grows in one, does not in all.

declare -A growing # what has grown in each lot since watch_memory, and what it is now

# Of each cache of the kernel's, the objects in use; how many areas vmalloc() has; the pages in use. What is kept for the next
# allocation is given back before, by the caches in $growing.
count_memory() {
	local cache
	echo 3 >/proc/sys/vm/drop_caches
	for cache in "${!growing[@]}"; do
		[ ! -e "/sys/kernel/slab/$cache/shrink" ] || echo 1 >"/sys/kernel/slab/$cache/shrink"
	done
	awk 'NR > 2 { print $1, $2 }' /proc/slabinfo
	awk 'END { print "vmalloc", NR }' /proc/vmallocinfo
	awk '/^MemTotal:/ { total = $2 } /^MemFree:/ { print "pages", (total - $2) / 4 }' /proc/meminfo
}

watch_memory() {
	local name count
	while read -r name count; do growing[$name]=$count; done < <(count_memory)
	while read -r name count; do growing[$name]=$count; done < <(count_memory)
}

# look_at_memory CYCLES: forgets what has not grown by one for each other cycle since the last look.
look_at_memory() {
	local name count cycles=$1
	local -A now
	while read -r name count; do now[$name]=$count; done < <(count_memory)
	for name in "${!growing[@]}"; do
		if [ $(((${now[$name]:-0} - growing[$name]) * 2)) -lt "$cycles" ]; then
			unset "growing[$name]"
		else
			growing[$name]=${now[$name]}
		fi
	done
}

slab() {
	awk '/^Slab:/ { print $2 }' /proc/meminfo
}
