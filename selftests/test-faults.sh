#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Allocations fail, and then all is as before: each once, of what a task does itself, and all of what the kernel's worker does when it
# completes a transition. But none below __klp_unpatch_object(), which has a WARN_ON() where ftrace has no memory to let a function
# go (7.3).
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

[ -e /proc/self/fail-nth ] || skip_all 'the kernel has CONFIG_FAULT_INJECTION off; scripts/lab-kernel makes one that has it'

all_attributes=$(echo /sys/kernel/debug/{failslab,fail_page_alloc})

# attribute NAME VALUE: of both kinds of allocations.
attribute() {
	local faults
	for faults in $all_attributes; do echo "$2" >"$faults/$1"; done
}

# Where the code of a function of the kernel begins, and where the next one's does.
range_of() {
	sort /proc/kallsyms | awk -v name="$1" '
		start != "" && $1 != start && end == "" { end = $1 }
		$3 == name && NF == 3 { start = $1 }
		END { if (end == "") exit 1; print "0x" start, "0x" end }' || {
		echo "the kernel has no function $1" >&2
		return 1
	}
}

# stacks require|reject START END
stacks() {
	attribute "$1-start" "$2"
	attribute "$1-end" "$3"
}

all_allocations_may_fail() {
	attribute ignore-gfp-wait N
	attribute verbose 0
	attribute stacktrace-depth 32
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	# shellcheck disable=SC2046
	stacks reject $(range_of __klp_unpatch_object)
}

is_untouched() {
	expect "fault $n: modules" "$modules_before" "$(cut -d' ' -f1 /proc/modules)"
	expect "fault $n: livepatches" "$patches_before" "$(ls "$livepatches")"
	expect "fault $n: values" "$values_before" "$(<"$system/values")"
	expect "fault $n: data in memory" "$allocated_before" "$(<"$system/allocations")"
}

# each_fault DONE ACTION FILE [VALUE]: the ACTION, of fail_nth.c, fails, and then nothing has changed, or does not, and then DONE undoes
# it, until there is no allocation left to fail.
each_fault() {
	local undo=$1 n=0 how left=0 said modules_before patches_before values_before allocated_before
	shift
	modules_before=$(cut -d' ' -f1 /proc/modules) patches_before=$(ls "$livepatches")
	values_before=$(<"$system/values") allocated_before=$(<"$system/allocations")
	failed=0 borne=0
	while [ "$left" = 0 ]; do
		n=$((n + 1))
		read -r how left said < <("$(dirname "$0")/fail_nth" $n "$@")
		if [ "$how" = failed ]; then
			[ "$left" = 0 ] || { echo "it failed without a fault"; return 1; }
			failed=$((failed + 1))
		else
			$undo
			[ "$left" != 0 ] || borne=$((borne + 1))
		fi
		is_untouched
	done
	echo "$((n - 1)) of $((n - 1)), $failed refused, $borne borne" >"$tmp/faults"
}

v1_is_removed() {
	completes "$v1"
	unpatched "$v1"
}

v1_takes_over_from_none() {
	completes "$follower"
	rmmod "$v1"
	unpatched "$follower"
	patched "$v1"
}

target_is_removed() {
	rmmod klp_test_target
}

v1_is_loaded_again() {
	completes "$v1"
	rmmod "$v1"
	"$@"
}

load_of_a_patch() {
	begin
	each_fault v1_is_removed load "$modules/$v1.ko"
	all_is_restored
}

takeover() {
	follower=$1
	begin
	patched "$v1"
	each_fault v1_takes_over_from_none load "$modules/$follower.ko" replace=1
	unpatched "$v1"
	all_is_restored
}

module_that_comes() {
	begin
	patched "$v1"
	each_fault target_is_removed load "$modules/klp_test_target.ko"
	unpatched "$v1"
	all_is_restored
}

disable() {
	begin
	patched "$v1"
	each_fault "v1_is_loaded_again patched $v1" write "$livepatches/$v1/enabled" 0
	unpatched "$v1"
	all_is_restored
}

reverse() {
	begin
	hold
	load "$v1"
	each_fault "v1_is_loaded_again load $v1" write "$livepatches/$v1/enabled" 0
	is_pending "$v1"
	let_go
	completes "$v1"
	unpatched "$v1"
	all_is_restored
}

# What a replacement says, -ENOMEM or a number, is what became of the variable; the constructor of the first fails, see klp_test_shadow_a.
variables_are_as_said() {
	said=${said#-19 }
	case $said in '1 1' | '-12 1' | '1 -12' | '-12 -12') ;; *) echo "fault $n: touched: $said"; return 1 ;; esac
	expect "fault $n: shadow variables" "none ${said//-12/none}" "$(tr '\n' ' ' <"$system/shadow" | sed 's/ $//')"
	[[ $said = '1 1' ]] || refused_variables=$((refused_variables + 1))
	: "$(<"$system/forget")"
	system_says shadow 'none none none'
}

shadow_variables() {
	local refused_variables=0
	begin
	patched $a
	each_fault variables_are_as_said read "$system/touch"
	[ $refused_variables -gt 0 ] || { echo 'no variable was refused'; return 1; }
	unpatched $a
	all_is_restored
}

# The worker completes a transition that a task holds, once the task has gone. Whatever it allocates meanwhile fails.
completes_without_memory() {
	local before=100000 left=0 faults
	# shellcheck disable=SC2046
	stacks require $(range_of klp_transition_work_fn)
	attribute times $before
	attribute probability 100
	let_go
	completes "$1"
	attribute probability 0
	stacks require 0 0xffffffffffffffff
	for faults in $all_attributes; do left=$((left + $(<"$faults/times"))); done
	echo "$((2 * before - left)) allocations" >"$tmp/faults"
}

# What the hooks tell is what is allocated there.
nothing_was_told() {
	expect 'the events' '' "$(grep -E 'enable|post_patch|release|post_unpatch' "$system/events" || true)"
}

completed_load() {
	begin
	hold
	load "$v1"
	completes_without_memory "$v1"
	nothing_was_told
	values_are "$by_v1"
	unpatched "$v1"
	all_is_restored
}

completed_takeover() {
	begin
	patched "$v1"
	hold
	load "$v3" replace=1
	completes_without_memory "$v3"
	rmmod "$v1"
	allocated_are "$count"
	unpatched "$v3"
	all_is_restored
}

completed_disable() {
	begin
	patched "$v1"
	hold
	echo 0 >"$livepatches/$v1/enabled"
	is_pending "$v1"
	echo >"$system/events"
	completes_without_memory "$v1"
	nothing_was_told
	values_are "$untouched"
	allocated_are 0
	rmmod "$v1"
	all_is_restored
}

# allocations_fail NAME WHICH COMMAND...: a case; another says how many there were.
allocations_fail() {
	rm -f "$tmp/faults"
	case_is "$1: $2" "${@:3}"
	case_is "$1: $(cat "$tmp/faults" 2>/dev/null || true)" grep -q '^[1-9]' "$tmp/faults"
}

all_allocations_fail() {
	allocations_fail "$1 by the worker" 'all allocations fail' "${@:2}"
}

each_allocation_fails() {
	allocations_fail "$1" 'each allocation fails once' "${@:2}"
}

all_allocations_may_fail
choose three
all_allocations_fail 'load completed' completed_load
all_allocations_fail 'takeover completed' completed_takeover
all_allocations_fail 'disable completed' completed_disable
each_allocation_fails 'disable' disable
each_allocation_fails 'reverse' reverse
each_allocation_fails 'shadow variables' shadow_variables
each_allocation_fails 'a module to be patched comes' module_that_comes
each_allocation_fails 'load of three states' load_of_a_patch
each_allocation_fails 'takeover by version 2' takeover "$v2"
each_allocation_fails 'takeover by version 3, which migrates' takeover "$v3"
done_testing
