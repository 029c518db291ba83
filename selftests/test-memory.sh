#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Patches that come and go while memory is short.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"
# shellcheck source=memory.sh
. "$(dirname "$0")/memory.sh"

works_with_little_memory() {
	local round
	fill_memory "$1"
	for round in {1..10}; do
		patched klp_test_two
		expect "/proc/cmdline, round $round" 'cmdline by two' "$(</proc/cmdline)"
		unpatched klp_test_two
	done
	free_memory
	nothing_is_left
}

for left in 64 32 16 8; do
	case_is "patches come and go with $left MiB of memory left" works_with_little_memory $left
done
done_testing
