#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A replacement that sleeps; and that the test sees the fault where the replacement has no frame of its own.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

guarded() {
	in_guest sleep.sh klp_test_sleep
}

fault_is_seen() {
	local says
	says=$(fails in_guest sleep.sh klp_test_unguarded 2>&1)
	expect_in 'the same test' 'ok 1 - a task falls asleep in the replacement' "$says"
	expect_in 'the same test' 'not ok 2 - the transition stays pending' "$says"
}

build_modules
case_is 'a task asleep in a replacement keeps the transition pending' guarded
case_is 'without the frame, the same test sees the fault' fault_is_seen
done_testing
