#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Patches that come, go and replace each other while a task on every processor calls what they patch: $COUNT times each (default: 20),
# half of them while memory is short. In the end nothing has grown with each of them. The tasks are nice to what waits for them.
# cpus: 2
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"
# shellcheck source=memory.sh
. "$(dirname "$0")/memory.sh"
# shellcheck source=growth.sh
. "$(dirname "$0")/growth.sh"

hammers=()
half=$((${COUNT:-20} / 2))
cpus=$(getconf _NPROCESSORS_ONLN)

# hammer VALUE...: a task on every processor calls klp_test_add(), which is to return one of these.
hammer() {
	local cpu
	values=("$@")
	hammers=()
	for ((cpu = 0; cpu < cpus; cpu++)); do
		nice taskset -c $cpu "$(dirname "$0")/klp_hammer" "$target/add" "$tmp/seen.$cpu" "$@" >"$tmp/hammered.$cpu" 2>&1 &
		hammers+=($!)
	done
}

# Each has seen all of the values, and nothing else.
hammered() {
	local cpu counts
	kill "${hammers[@]}"
	wait "${hammers[@]}"
	hammers=()
	for ((cpu = 0; cpu < cpus; cpu++)); do
		read -ra counts <"$tmp/hammered.$cpu"
		echo "processor $cpu: ${counts[*]} times: ${values[*]}, else"
		[ "${counts[-1]}" = 0 ]
		[[ " ${counts[*]:0:${#values[@]}} " != *' 0 '* ]]
	done
}

all_have_seen() {
	local cpu value
	for ((cpu = 0; cpu < cpus; cpu++)); do
		value=''
		read -r value 2>/dev/null <"$tmp/seen.$cpu" || true
		[ "$value" = "$1" ] || return 1
	done
}

# in_effect VALUE WHAT ARGUMENT...: what klp_timed does puts that into effect on every processor; how long it took is kept.
in_effect() {
	local value=$1 error microseconds
	shift
	read -r error microseconds < <("$(dirname "$0")/klp_timed" "$@")
	expect "error of $*" 0 "$error"
	echo "$microseconds" >>"$tmp/$kept.$1"
	expect "after $*" "$value" "$(<"$target/add")"
	within 3000 all_have_seen "$value"
}

on_and_off() {
	in_effect 2 load "$modules/$v1.ko"
	in_effect 3 disable "$v1"
	rmmod "$v1"
	values_are "$untouched"
	allocated_are 0
	echo >"$system/events"
}

# Each has the states, the callbacks and the function of the other.
replaced_and_back() {
	in_effect 102 load "$modules/klp_test_objects_v1.ko" replace=1
	rmmod "$v1"
	in_effect 2 load "$modules/$v1.ko" replace=1
	rmmod klp_test_objects_v1
	values_are "$by_v1"
	allocated_are "$count"
	echo >"$system/events"
}

# lot CYCLE TIMES
lot() {
	local i
	for ((i = 0; i < $2; i++)); do $1; done
	look_at_memory "$2"
}

# endures CYCLE TIMES: in five lots; in more, as long as something has grown in each.
endures() {
	local lots=0 size=$((($2 + 4) / 5)) before
	watch_memory
	before=$(slab)
	while [ $lots -lt 5 ] || { [ $lots -lt 15 ] && [ ${#growing[@]} -gt 0 ]; }; do
		lot "$1" $size
		lots=$((lots + 1))
	done
	expect "what grew in each of $lots lots of $size" '' "${!growing[*]}"
	echo "# figure: nothing grew in each of $lots lots of $size; slab: $before KiB before, $(slab) KiB after" >&3
}

comes_and_goes() {
	trap stop_tasks EXIT
	begin
	load klp_test_target
	hammer 3 2
	endures on_and_off "$half"
	hammered
	all_is_restored
}

is_replaced() {
	trap stop_tasks EXIT
	begin
	load klp_test_target
	patched "$v1"
	hammer 2 102
	endures replaced_and_back $((half / 2))
	hammered
	unpatched "$v1"
	rmmod klp_test_target klp_test_system
	nothing_is_left
}

# A case that fails leaves no tasks behind.
stop_tasks() {
	[ ${#hammers[@]} -eq 0 ] || kill "${hammers[@]}" 2>/dev/null || true
	memory_is_back
}

short_of_memory() {
	memory_is_short
	"$@"
	memory_was_short
	memory_is_back
}

# percentiles FILE
percentiles() {
	sort -n "$1" | awk '
		{ all[NR] = $1 / 1000 }
		END { printf "p50 %.1f ms, p99 %.1f ms of %d", all[int((NR + 1) / 2)], all[int((NR * 99 + 99) / 100)], NR }'
}

# measured CASE COMMAND...
measured() {
	local what
	kept=$((cases + 1))
	case_is "$@" 3>&1
	for what in load disable; do
		[ ! -e "$tmp/$kept.$what" ] ||
			echo "# figure: from $what to the end of the transition: $(percentiles "$tmp/$kept.$what")"
	done
}

choose three
measured 'a patch comes and goes' comes_and_goes
measured 'a patch comes and goes, while memory is short' short_of_memory comes_and_goes
measured 'patches replace each other' is_replaced
measured 'patches replace each other, while memory is short' short_of_memory is_replaced
done_testing
