#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tracers on a function that is patched and on its caller, put there before the patch and after it.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

tracing=/sys/kernel/tracing
original=3 replaced=-1 # what klp_test_add() returns, and what its caller shows

trace_with_function() {
	echo "$1:mod:klp_test_target" >$tracing/set_ftrace_filter
	echo function >$tracing/current_tracer
}

trace_with_function_graph() {
	echo "$1:mod:klp_test_target" >$tracing/set_ftrace_filter
	echo function_graph >$tracing/current_tracer
}

trace_with_kretprobe() {
	echo "r:klp_test klp_test_target:$1 ret=\$retval:s64" >$tracing/kprobe_events
	echo 1 >$tracing/events/kprobes/klp_test/enable
}

trace_with_nothing() {
	echo nop >$tracing/current_tracer
	[ ! -e $tracing/events/kprobes/klp_test ] || echo 0 >$tracing/events/kprobes/klp_test/enable
	echo >$tracing/kprobe_events
	echo >$tracing/set_ftrace_filter
}

# shows TRACER FUNCTION VALUE: what the function returns, and that the tracer sees that it is called once.
shows() {
	local tracer=$1 function=$2 value=$3 pattern
	echo >$tracing/trace
	expect add "$value" "$(<"$target/add")"
	case $tracer in
	function) pattern=": $function <-" ;;
	function_graph) pattern=" $function \[klp_test_target\]()" ;;
	kretprobe)
		pattern="klp_test: (.* <- $function"
		[ "$function" != klp_test_add ] || pattern+=".* ret=$value$"
		;;
	esac
	expect "calls of $function that $tracer saw" 1 "$(grep -c -e "$pattern" $tracing/trace || cat $tracing/trace)"
}

traced_before_and_after() {
	local tracer=$1 function=$2
	"trace_with_$tracer" "$function"
	shows "$tracer" "$function" $original
	patched klp_test_module
	shows "$tracer" "$function" $replaced
	unpatched klp_test_module
	shows "$tracer" "$function" $original
	trace_with_nothing
	expect add $original "$(<"$target/add")"
}

traced_while_patched() {
	local tracer=$1 function=$2
	patched klp_test_module
	"trace_with_$tracer" "$function"
	shows "$tracer" "$function" $replaced
	trace_with_nothing
	expect add $replaced "$(<"$target/add")"
	unpatched klp_test_module
	expect add $original "$(<"$target/add")"
}

target_is_there() {
	load klp_test_target
	expect add $original "$(<"$target/add")"
}

all_goes() {
	rmmod klp_test_target
	nothing_is_left
}

case_is 'the target is there' target_is_there
for tracer in function function_graph kretprobe; do
	for function in klp_test_add add_show; do
		case_is "$tracer on $function, put there before the patch" traced_before_and_after $tracer $function
		case_is "$tracer on $function, put there after the patch" traced_while_patched $tracer $function
	done
done
case_is 'all goes without a trace' all_goes
done_testing
