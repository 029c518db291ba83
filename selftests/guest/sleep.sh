#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: sleep.sh MODULE: a task asleep in the replacement that MODULE brings keeps the transition pending.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
module=$1

falls_asleep() {
	local tries
	load klp_test_system
	load klp_test_target
	expect 'the original' 0 "$(cat "$target/nap")"
	patched "$module"
	cat "$target/nap" >/root/result 2>/dev/null &
	for tries in {1..100}; do
		[ "$(cat "$system/waiting")" = 0 ] || return 0
		sleep 0.1
	done
	echo "nobody is asleep after $tries tries"
	return 1
}

stays_pending() {
	echo 0 >"$livepatches/$module/enabled"
	sleep 5
	expect transition 1 "$(cat "$livepatches/$module/transition" 2>&1)"
}

is_not_removed() {
	local says
	says=$(fails rmmod "$module" 2>&1)
	expect_in 'rmmod says' 'is in use' "$says"
}

wakes() {
	echo 1 >"$system/release"
	completes "$module"
	expect 'what the task got' 42 "$(cat /root/result)"
	expect 'the original' 0 "$(cat "$target/nap")"
	expect 'livepatches in sysfs' '' "$(ls "$livepatches")"
}

goes() {
	rmmod "$module"
	rmmod klp_test_target
	rmmod klp_test_system
	nothing_is_left
}

case_is 'a task falls asleep in the replacement' falls_asleep
case_is 'the transition stays pending' stays_pending
case_is 'rmmod fails' is_not_removed
case_is 'the transition ends when the task wakes' wakes
case_is 'the patch goes without a trace' goes
done_testing
