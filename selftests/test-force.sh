#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Transitions that are forced to an end. Their modules stay for ever, so that this is the last program.
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

choose one

shadow_variables_are_kept() {
	attached
	hold
	echo 0 >"$livepatches/$a/enabled"
	is_pending $a
	echo 1 >"$livepatches/$a/force"
	completes $a
	kernel_says 'the shadow variables 9 are kept, since a transition was forced'
	system_says shadow 'none 2 2'
	system_says dropped 0
	patched $b
	system_says touch '-19 3 3'
	unpatched $b
	system_says shadow 'none 3 3'
	system_says dropped 0
	let_go
}

# The task may still use them. What replaces the forced patch goes on with data of its own.
data_are_kept() {
	patched "$v1"
	allocated_are 1
	hold
	load "$v3" replace=1
	is_pending "$v3"
	echo 1 >"$livepatches/$v3/force"
	completes "$v3"
	kernel_says "$v3: state 1: the previous data are not freed, since the transition was forced"
	allocated_are 2
	values_are "$by_v1"
	let_go
	unpatched "$v3"
	allocated_are 1
	values_are "$untouched"
}

falls_asleep() {
	load klp_test_target
	patched klp_test_sleep
	echo 0 >"$system/release"
	falls_asleep_in "$target/nap" "$tmp/result"
	echo 0 >"$livepatches/klp_test_sleep/enabled"
	stays_pending klp_test_sleep klp_test_nap
}

is_left_behind() {
	local says
	echo 1 >"$livepatches/klp_test_sleep/force"
	completes klp_test_sleep
	expect 'livepatches in sysfs' '' "$(ls "$livepatches")"
	expect 'the original' 0 "$(<"$target/nap")"
	says=$(fails rmmod klp_test_sleep 2>&1)
	expect_in 'rmmod says' 'is in use' "$says"
}

wakes_in_what_was_kept() {
	echo 1 >"$system/release"
	within 3000 test -s "$tmp/result"
	expect 'what the task got' 42 "$(<"$tmp/result")"
}

others_come_and_go() {
	patched klp_test_two
	expect /proc/cmdline 'cmdline by two' "$(</proc/cmdline)"
	unpatched klp_test_two
	expect /proc/cmdline "$cmdline" "$(</proc/cmdline)"
}

case_is 'shadow variables are kept, since a task may still use them' shadow_variables_are_kept
case_is 'the data of a state are kept, too' data_are_kept
case_is 'a task asleep in a replacement keeps the transition pending' falls_asleep
case_is 'the forced transition leaves it behind, and keeps the module' is_left_behind
case_is 'it wakes in code that was kept' wakes_in_what_was_kept
case_is 'patches can still come and go' others_come_and_go
done_testing
