#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: test-sleep.sh [MODULE]: a task asleep in the replacement that MODULE brings keeps the transition pending.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"
module=${1:-klp_test_sleep}

falls_asleep() {
	load klp_test_system
	load klp_test_target
	expect 'the original' 0 "$(<"$target/nap")"
	patched "$module"
	falls_asleep_in "$target/nap" "$tmp/result"
}

disabling_stays_pending() {
	echo 0 >"$livepatches/$module/enabled"
	stays_pending "$module" klp_test_nap
}

is_not_removed() {
	local says
	says=$(fails rmmod "$module" 2>&1)
	expect_in 'rmmod says' 'is in use' "$says"
}

wakes() {
	echo 1 >"$system/release"
	completes "$module"
	wait
	expect 'what the task got' 42 "$(<"$tmp/result")"
	expect 'the original' 0 "$(<"$target/nap")"
	expect 'livepatches in sysfs' '' "$(ls "$livepatches")"
}

goes() {
	rmmod "$module"
	rmmod klp_test_target
	rmmod klp_test_system
	nothing_is_left
}

case_is 'a task falls asleep in the replacement' falls_asleep
case_is 'the transition stays pending' disabling_stays_pending
case_is 'rmmod fails' is_not_removed
case_is 'the transition ends when the task wakes' wakes
case_is 'the patch goes without a trace' goes
done_testing
