#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs in a guest that counts instructions, in a directory with the modules; prints lines "KIND WHO WHAT NUMBER…".
# usage: guest.sh TIMES LOAD…: how often each callback and each load is counted, and what is loaded, as functions-10.
set -eu
counts=/sys/kernel/debug/klp_bench times=$1
shift

wait_for() {
	until [ "$(<"/sys/kernel/livepatch/$1/transition")" = 0 ]; do sleep 0.01; done
}

remove() {
	echo 0 >"/sys/kernel/livepatch/$1/enabled"
	while [ -d "/sys/kernel/livepatch/$1" ]; do sleep 0.1; done
	rmmod "$1"
}

told() {
	sed "s/^/$1 $2 /" "$counts/$1"
}

# calls WHO MODULE…: with these modules loaded, twice: the page says so if the second time tells something else.
calls() {
	local who=$1 module
	shift
	for module; do
		insmod "$who/$module.ko"
		wait_for "$module"
	done
	told calls "$who"
	told calls "$who"
	for module; do remove "$module"; done
}

callbacks() {
	insmod "$1/klp_bench_state.ko"
	wait_for klp_bench_state
	remove klp_bench_state
	told callbacks "$1"
}

# load WHO LOAD: microseconds of the guest, in which a processor executes 1,000 instructions each.
load() {
	local module=klp_bench_load_${2/-/_} start
	start=${EPOCHREALTIME/./}
	insmod "$1/$module.ko"
	wait_for "$module"
	echo "load $1 ${2/-/ } $((${EPOCHREALTIME/./} - start))"
	remove "$module"
}

read -r address _ < <(grep ' cmdline_proc_show$' /proc/kallsyms)
insmod klp_bench.ko cmdline="0x$address"
insmod klp_bench_many.ko
sed 's/^/mitigation /' /sys/devices/system/cpu/vulnerabilities/spectre_v2
calls unpatched
calls c livepatch_sample klp_bench_calls
calls rust livepatch_sample klp_bench_calls
calls patch cmdline_fix
for ((i = 0; i < times; i++)); do
	callbacks c
	callbacks rust
	for load; do
		# A thousand take two minutes, and the same to a thousandth.
		[[ $load != *-1000 ]] || [ $i = 0 ] || continue
		load c "$load"
		load rust "$load"
	done
done
