#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# That test-sleep.sh sees the fault where a replacement has no frame of its own.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

fault_is_seen() {
	local says
	says=$(fails env KSELFTEST_TEST_SLEEP_SH_ARGS=klp_test_unguarded "$top/scripts/kselftest" test-sleep.sh 2>&1)
	expect_in 'the test' 'ok 1 - test-sleep.sh: a task falls asleep in the replacement' "$says"
	expect_in 'the test' 'not ok 2 - test-sleep.sh: the transition stays pending' "$says"
}

case_is 'without the frame, the test of a task asleep fails' fault_is_seen
done_testing
