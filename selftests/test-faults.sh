#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each allocation of a load fails once; not those of a patch that is disabled, for klp_unpatch_func() has a WARN_ON() where ftrace
# has no memory to let a function go (7.3).
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

[ -e /proc/self/fail-nth ] || skip_all 'the kernel has CONFIG_FAULT_INJECTION off; scripts/lab-kernel makes one that has it'

all_allocations_may_fail() {
	local faults
	for faults in /sys/kernel/debug/{failslab,fail_page_alloc}; do
		echo N >"$faults/ignore-gfp-wait"
		echo 0 >"$faults/verbose"
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
}

is_untouched() {
	expect "fault $n: modules" "$modules_before" "$(cut -d' ' -f1 /proc/modules)"
	expect "fault $n: livepatches" "$patches_before" "$(ls "$livepatches")"
	expect "fault $n: values" "$values_before" "$(<"$system/values")"
	expect "fault $n: data in memory" "$allocated_before" "$(<"$system/allocations")"
}

# each_fault DONE FILE [PARAMETERS]: loading the FILE fails, and then nothing has changed, or does not, and then DONE undoes
# it, until there is no allocation left to fail.
each_fault() {
	local undo=$1 n=0 how left=0 modules_before patches_before values_before allocated_before
	shift
	modules_before=$(cut -d' ' -f1 /proc/modules) patches_before=$(ls "$livepatches")
	values_before=$(<"$system/values") allocated_before=$(<"$system/allocations")
	failed=0 borne=0
	while [ "$left" = 0 ]; do
		n=$((n + 1))
		read -r how left < <("$(dirname "$0")/fail_nth" $n "$@")
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

load_of_a_patch() {
	begin
	each_fault v1_is_removed "$modules/$v1.ko"
	all_is_restored
}

takeover() {
	follower=$1
	begin
	patched "$v1"
	each_fault v1_takes_over_from_none "$modules/$follower.ko" replace=1
	unpatched "$v1"
	all_is_restored
}

module_that_comes() {
	begin
	patched "$v1"
	each_fault target_is_removed "$modules/klp_test_target.ko"
	unpatched "$v1"
	all_is_restored
}

# each_allocation_fails NAME COMMAND...: a case; another says how many there were.
each_allocation_fails() {
	rm -f "$tmp/faults"
	case_is "$1: each allocation fails once" "${@:2}"
	case_is "$1: $(cat "$tmp/faults" 2>/dev/null || true)" test -s "$tmp/faults"
}

all_allocations_may_fail
choose three
each_allocation_fails 'load of three states' load_of_a_patch
each_allocation_fails 'takeover by version 2' takeover "$v2"
each_allocation_fails 'takeover by version 3, which migrates' takeover "$v3"
each_allocation_fails 'a module to be patched comes' module_that_comes
done_testing
