#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: leaks.sh, after other tests: what kmemleak has found, and whether lockdep has watched to the end.
set -eu
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

kmemleak=/sys/kernel/debug/kmemleak

# What is younger than five seconds is not looked at, what has changed since the scan before is not reported, and an address
# that is left in memory of no use hides what is there.
nothing_has_leaked() {
	sleep 6
	for _ in 1 2 3 4; do
		echo scan >$kmemleak
		sleep 2
	done
	expect 'unreferenced objects' '' "$(<$kmemleak)"
}

lockdep_is_on() {
	expect_in lockdep_stats 'debug_locks: 1' "$(tr -s ' ' </proc/lockdep_stats)"
}

# if_there FILE OPTION CASE COMMAND
if_there() {
	if [ -e "$1" ]; then case_is "$3" "$4"; else skip_case "$3" "the kernel has $2 off"; fi
}

if_there $kmemleak CONFIG_DEBUG_KMEMLEAK 'nothing has leaked' nothing_has_leaked
if_there /proc/lockdep_stats CONFIG_PROVE_LOCKING 'lockdep is still on' lockdep_is_on
done_testing
