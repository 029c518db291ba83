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

# KASAN has a shadow of all memory, and keeps what is freed for a while, and modules of such kernels are large: with less, the test
# itself is killed.
least=8
! grep -qE ' (kasan_report|__tsan_read1)$' /proc/kallsyms || least=32
for left in 64 32 16 8; do
	name="patches come and go with $left MiB of memory left"
	if [ $left -ge $least ]; then case_is "$name" works_with_little_memory $left; else skip_case "$name" 'the kernel has KASAN or KCSAN, which take more'; fi
done
done_testing
