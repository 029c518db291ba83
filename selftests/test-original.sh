#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Replacements that call their originals: functions that begin in all ways, tasks asleep in an original, tracers on it.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

callee=/sys/kernel/debug/klp_test_callee
tracing=/sys/kernel/tracing
patch=klp_test_original next=klp_test_original_next

shows() {
	expect "$1" "$2" "$(<"$callee/$1")"
}

# What task_mem() prints, and what is printed by its replacement.
has_lines() {
	expect 'lines of status' "$1" "$(sed -n 's/^\(Patched\|VmPeak\):.*/\1/p' /proc/self/status)"
}

is_original() {
	shows marked 3
	shows plain 12
	has_lines 'VmPeak'
}

is_patched() {
	shows marked 1300
	shows plain 1021
	has_lines $'Patched\nVmPeak'
}

# The first bytes of a function of the kernel's, as they are in memory.
begins_with() {
	local address start size offset count i
	address=$((16#$(awk -v name="$1" '$3 == name { print $1; exit }' /proc/kallsyms)))
	count=$(od -An -tu2 -j56 -N2 /proc/kcore)
	for ((i = 0; i < count; i++)); do
		read -r _ offset start _ size _ < <(od -An -v -tx8 -w56 -j$((64 + 56 * i)) -N56 /proc/kcore)
		if ((16#$start <= address && address < 16#$start + 16#$size)); then
			dd if=/proc/kcore bs=1 skip=$((16#$offset + address - 16#$start)) count=4 status=none | od -An -tx1
			return
		fi
	done
}

# proc_pid_status() calls it directly and nobody by its address, so that the kernel takes its endbr64 away when it boots.
poison_is_known() {
	patched $patch
	has_lines $'Patched\nVmPeak'
	unpatched $patch
	has_lines VmPeak
}

originals_are_called() {
	load klp_test_system
	load klp_test_callee
	is_original
	patched $patch
	is_patched
	expect 'the description' $'vmlinux:task_mem\nklp_test_callee:klp_test_marked\nklp_test_callee:klp_test_plain,1\nklp_test_callee:klp_test_doze' \
		"$(modinfo -F klp_original "$modules/$patch.ko")"
	unpatched $patch
	is_original
}

module_comes_and_goes() {
	rmmod klp_test_callee
	patched $patch
	has_lines $'Patched\nVmPeak'
	for _ in 1 2; do
		load klp_test_callee
		is_patched
		rmmod klp_test_callee
	done
	load klp_test_callee
	unpatched $patch
	is_original
}

# refused MESSAGE COMMAND...: the command fails, and the kernel's log says why.
refused() {
	local message=$1
	shift
	dmesg -c >"$tmp/before"
	fails "$@" 2>"$tmp/says"
	expect_in "what insmod says" 'Invalid' "$(<"$tmp/says")"
	expect_in 'the log' "$message" "$(dmesg)"
}

what_begins_otherwise_is_refused() {
	shows odd 7
	refused 'klp_test_original_odd: the original of klp_test_odd cannot be called: it begins with 90' load klp_test_original_odd
	expect 'livepatches in sysfs' '' "$(ls "$livepatches")"
	shows odd 7
}

module_with_what_begins_otherwise_is_refused() {
	rmmod klp_test_callee
	patched klp_test_original_odd
	refused 'the original of klp_test_odd cannot be called' load klp_test_callee
	unpatched klp_test_original_odd
	load klp_test_callee
	shows odd 7
}

patch_below_is_not_passed_over() {
	patched $patch
	refused "the original of task_mem cannot be called: $patch replaces it too" load $next
	rmmod klp_test_callee
	refused "the original of task_mem cannot be called: $patch replaces it too" load $next
	expect 'livepatches in sysfs' $patch "$(ls "$livepatches")"
	load klp_test_callee
	is_patched
	unpatched $patch
	is_original
}

# The cumulative one calls the kernel's own functions, not what it replaces.
cumulative_patch_takes_over() {
	patched $patch
	patched $next replace=1
	expect 'livepatches in sysfs' $next "$(ls "$livepatches")"
	is_patched
	rmmod $patch
	unpatched $next
	is_original
}

dozes_off() {
	echo 0 >"$system/release"
	falls_asleep_in "$callee/doze" "$tmp/doze"
}

wakes_with() {
	echo 1 >"$system/release"
	wait
	expect 'what the task got' "$1" "$(<"$tmp/doze")"
}

asleep_when_patched() {
	dozes_off
	load $patch
	stays_pending $patch klp_test_doze
	wakes_with 1
	completes $patch
}

asleep_when_unpatched() {
	dozes_off
	echo 0 >"$livepatches/$patch/enabled"
	stays_pending $patch klp_test_doze
	fails rmmod $patch 2>/dev/null
	echo 1 >"$livepatches/$patch/enabled"
	completes $patch
	is_patched
	echo 0 >"$livepatches/$patch/enabled"
	stays_pending $patch klp_test_doze
	wakes_with 41
	completes $patch
	rmmod $patch
	is_original
}

asleep_when_replaced() {
	patched $patch
	dozes_off
	load $next replace=1
	stays_pending $next klp_test_doze
	echo 0 >"$livepatches/$next/enabled"
	completes $next
	rmmod $next
	load $next replace=1
	stays_pending $next klp_test_doze
	wakes_with 41
	completes $next
	rmmod $patch
	unpatched $next
	is_original
}

trace_with_function() {
	echo "$1:mod:klp_test_callee" >$tracing/set_ftrace_filter
	echo function >$tracing/current_tracer
}

trace_with_function_graph() {
	echo "$1:mod:klp_test_callee" >$tracing/set_ftrace_filter
	echo function_graph >$tracing/current_tracer
}

trace_with_kprobe() {
	echo "p:klp_test klp_test_callee:$1" >$tracing/kprobe_events
	echo 1 >$tracing/events/kprobes/klp_test/enable
}

trace_with_kretprobe() {
	echo "r:klp_test klp_test_callee:$1 ret=\$retval:s64" >$tracing/kprobe_events
	echo 1 >$tracing/events/kprobes/klp_test/enable
}

trace_with_nothing() {
	echo nop >$tracing/current_tracer
	[ ! -e $tracing/events/kprobes/klp_test ] || echo 0 >$tracing/events/kprobes/klp_test/enable
	echo >$tracing/kprobe_events
	echo >$tracing/set_ftrace_filter
}

# seen_once TRACER FILE VALUE: what the function returns, and that the tracer sees one call of it, not a second one of the original.
seen_once() {
	local tracer=$1 function=klp_test_$2 pattern
	echo >$tracing/trace
	shows "$2" "$3"
	case $tracer in
	function) pattern=": $function <-" ;;
	function_graph) pattern=" $function \[klp_test_callee\]()" ;;
	kprobe) pattern="klp_test: ($function+" ;;
	kretprobe) pattern="klp_test: (.* <- $function.* ret=$3\$" ;;
	esac
	expect "calls of $function that $tracer saw" 1 "$(grep -c -e "$pattern" $tracing/trace || cat $tracing/trace)"
}

traced() {
	local tracer=$1 file=$2 original=$3 replaced=$4
	"trace_with_$tracer" "klp_test_$file"
	seen_once "$tracer" "$file" "$original"
	patched $patch
	seen_once "$tracer" "$file" "$replaced"
	trace_with_nothing
	shows "$file" "$replaced"
	"trace_with_$tracer" "klp_test_$file"
	seen_once "$tracer" "$file" "$replaced"
	unpatched $patch
	seen_once "$tracer" "$file" "$original"
	trace_with_nothing
	is_original
}

# attach KIND: a BPF program to task_mem(), entered or left.
attach() {
	coproc bpf { "$(dirname "$0")/klp_fentry" task_mem "$1"; }
	read -r attached <&"${bpf[0]}"
	expect 'the BPF program is' attached "$attached"
}

# detach COUNT: it ran so often.
detach() {
	local says input=${bpf[1]}
	exec {input}>&-
	read -r says <&"${bpf[0]}"
	wait
	expect 'the BPF program' "ran $1 times" "$says"
}

followed_by_bpf() {
	attach "$1"
	has_lines VmPeak
	patched $patch
	has_lines $'Patched\nVmPeak'
	detach 2
	attach "$1"
	has_lines $'Patched\nVmPeak'
	unpatched $patch
	has_lines VmPeak
	detach 2
	has_lines VmPeak
}

all_goes() {
	rmmod klp_test_callee
	rmmod klp_test_system
	nothing_is_left
}

case_is 'originals of all kinds are called, before and after' originals_are_called
poison=' 0f 1f 40 d6'
if [ "$(begins_with task_mem)" = "$poison" ]; then
	case_is 'an endbr64 that the kernel has overwritten is known' poison_is_known
else
	skip_case 'an endbr64 that the kernel has overwritten is known' "task_mem() begins with$(begins_with task_mem)"
fi
case_is 'a module with originals comes and goes' module_comes_and_goes
case_is 'an original that begins in another way is refused by name' what_begins_otherwise_is_refused
case_is 'so is the module with it, if it comes later' module_with_what_begins_otherwise_is_refused
case_is 'a patch below that has the function is not passed over' patch_below_is_not_passed_over
case_is 'a cumulative patch takes its place' cumulative_patch_takes_over
case_is 'a task asleep in the function keeps the transition pending' asleep_when_patched
case_is 'asleep in the original, called by its replacement, when that is disabled, enabled, disabled' asleep_when_unpatched
case_is 'the same when it is replaced, reversed, replaced' asleep_when_replaced
for tracer in function function_graph kprobe kretprobe; do
	case_is "$tracer on one that begins with endbr64, before the patch and after it" traced $tracer marked 3 1300
	case_is "$tracer on one that does not" traced $tracer plain 12 1021
done
echo 1 >/proc/sys/kernel/bpf_stats_enabled
for kind in fentry fexit; do
	case_is "a BPF program ($kind), put there before the patch, and while it is in force" followed_by_bpf $kind
done
case_is 'all goes without a trace' all_goes
done_testing
