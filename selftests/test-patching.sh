#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Livepatches: loaded, in effect, removed.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

patched_sample() {
	patched test_klp_livepatch
	expect enabled 1 "$(<"$livepatches/test_klp_livepatch/enabled")"
	[ -d "$livepatches/test_klp_livepatch/vmlinux/cmdline_proc_show,1" ]
	expect /proc/cmdline 'test_klp_livepatch: this has been live patched' "$(</proc/cmdline)"
}

sample_describes_itself() {
	local file_says memory_says
	file_says=$(modinfo -F klp_func "$modules/test_klp_livepatch.ko")
	expect klp_func vmlinux:cmdline_proc_show "$file_says"
	expect klp_proto 'vmlinux:cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int' \
		"$(modinfo -F klp_proto "$modules/test_klp_livepatch.ko")"
	expect klp_replace false "$(modinfo -F klp_replace "$modules/test_klp_livepatch.ko")"
	memory_says=$(tail -c +21 /sys/module/test_klp_livepatch/notes/.note.klp-rs | tr -s '\0' '\n' | sort)
	expect 'the note, whose order is the compiler'"'"'s' "klp_form=vmlinux:cmdline_proc_show=rust
klp_func=vmlinux:cmdline_proc_show
klp_proto=vmlinux:cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int
klp_replace=false" "$memory_says"
	expect 'the expression of a parameter' 'parameters::replace.get()' \
		"$(modinfo -F klp_replace "$modules/klp_test_version.ko")"
	expect 'states' $'1:2\n2:2\n3:2' "$(modinfo -F klp_state "$modules/klp_test_three_v2.ko")"
	expect 'shadow variables' 9 "$(modinfo -F klp_shadow "$modules/klp_test_shadow_a.ko")"
	expect 'a symbol position' $'klp_test_target:klp_test_twin,2\nklp_test_target:klp_test_twin,2() -> c_int' \
		"$(for key in func proto; do modinfo -F klp_$key "$modules/klp_test_module.ko" | grep twin; done)"
	expect 'data that migrate' '1:size=1012,align=4,layout_since=3,migrates=Y,name=SavedV3' \
		"$(modinfo -F klp_data "$modules/klp_test_one_v3.ko")"
	expect 'data that do not' 9:size=0,align=1,layout_since=1,migrates=N,name=\(\) \
		"$(modinfo -F klp_data "$modules/klp_test_shadow_a.ko")"
	expect 'a key of nothing' '' "$(modinfo -F klp_unfinished "$modules/klp_test_module.ko")"
}

replacement_is_traced() {
	local tracing=/sys/kernel/tracing
	grep -q '^livepatch_cmdline_proc_show \[test_klp_livepatch\]' $tracing/available_filter_functions
	echo livepatch_cmdline_proc_show >$tracing/set_ftrace_filter
	echo function >$tracing/current_tracer
	cat /proc/cmdline >"$tmp/while_traced"
	expect 'entries of the function' 1 "$(grep -c ': livepatch_cmdline_proc_show <-' $tracing/trace)"
	echo nop >$tracing/current_tracer
	echo >$tracing/set_ftrace_filter
	expect /proc/cmdline 'test_klp_livepatch: this has been live patched' "$(<"$tmp/while_traced")"
}

sample_is_not_removed_while_enabled() {
	fails rmmod test_klp_livepatch 2>/dev/null
	expect /proc/cmdline 'test_klp_livepatch: this has been live patched' "$(</proc/cmdline)"
}

sample_unloads() {
	unpatched test_klp_livepatch
	nothing_is_left
}

two_functions() {
	patched klp_test_two
	expect /proc/cmdline 'cmdline by two' "$(</proc/cmdline)"
	expect /proc/version 'version by two' "$(</proc/version)"
	unpatched klp_test_two
	nothing_is_left
}

original_target() {
	expect add 3 "$(<"$target/add")"
	expect six $((-1 + 65535 - 2 + (1 << 40) + 4 + 1)) "$(<"$target/six")"
	expect pair '1 2' "$(<"$target/pair")"
	expect twins '1 2' "$(<"$target/twins")"
}

patched_target() {
	expect 'add, which subtracts' -1 "$(<"$target/add")"
	expect 'six arguments of all widths' 6 "$(<"$target/six")"
	expect 'two registers of result' '2 1' "$(<"$target/pair")"
	expect 'the second of two names' '1 20' "$(<"$target/twins")"
}

module_before_patch() {
	load klp_test_target
	original_target
	patched klp_test_module
	patched_target
}

module_goes_while_patched() {
	rmmod klp_test_target
	expect enabled 1 "$(<"$livepatches/klp_test_module/enabled")"
	expect 'patched, of the object' 0 "$(<"$livepatches/klp_test_module/klp_test_target/patched")"
}

module_comes_while_patched() {
	load klp_test_target
	expect 'patched, of the object' 1 "$(<"$livepatches/klp_test_module/klp_test_target/patched")"
	patched_target
	unpatched klp_test_module
	original_target
	rmmod klp_test_target
}

module_after_patch() {
	patched klp_test_module
	expect 'patched, of the object' 0 "$(<"$livepatches/klp_test_module/klp_test_target/patched")"
	load klp_test_target
	patched_target
	unpatched klp_test_module
	original_target
	rmmod klp_test_target
	nothing_is_left
}

replace_false() {
	patched klp_test_two
	patched klp_test_version replace=0
	expect 'replace, in sysfs' 0 "$(<"$livepatches/klp_test_version/replace")"
	expect /proc/cmdline 'cmdline by two' "$(</proc/cmdline)"
	expect /proc/version 'version by version' "$(</proc/version)"
	unpatched klp_test_version
	expect /proc/version 'version by two' "$(</proc/version)"
	unpatched klp_test_two
	nothing_is_left
}

replace_true() {
	patched klp_test_two
	patched klp_test_version replace=1
	expect 'replace, in sysfs' 1 "$(<"$livepatches/klp_test_version/replace")"
	expect 'livepatches in sysfs' klp_test_version "$(ls "$livepatches")"
	expect /proc/cmdline "$cmdline" "$(</proc/cmdline)"
	expect /proc/version 'version by version' "$(</proc/version)"
	rmmod klp_test_two
	unpatched klp_test_version
	nothing_is_left
}

missing_function() {
	local says
	says=$(fails load klp_test_missing 2>&1)
	expect_in 'insmod says' 'Invalid parameters' "$says"
	expect_in 'the kernel says' "symbol 'klp_test_no_such_function' not found" "$(dmesg)"
	nothing_is_left
	two_functions
}

missing_function_of_a_late_module() {
	local says
	patched klp_test_missing_late
	says=$(fails load klp_test_target 2>&1)
	expect_in 'insmod says' 'Invalid parameters' "$says"
	expect_in 'the kernel says' "refusing to load module 'klp_test_target'" "$(dmesg)"
	unpatched klp_test_missing_late
	load klp_test_target
	original_target
	rmmod klp_test_target
	nothing_is_left
}

case_is 'the sample takes effect' patched_sample
case_is 'the sample describes itself, in the file and in memory' sample_describes_itself
case_is 'the replacement is traced by its name' replacement_is_traced
case_is 'the sample cannot be removed while enabled' sample_is_not_removed_while_enabled
case_is 'the sample goes without a trace' sample_unloads
case_is 'two functions of one object' two_functions
case_is 'a module loaded before the patch, all kinds of arguments, a symbol position' module_before_patch
case_is 'the module is unloaded while patched' module_goes_while_patched
case_is 'the module is loaded again while patched' module_comes_while_patched
case_is 'a module loaded after the patch' module_after_patch
case_is 'replace false: both patches are in force' replace_false
case_is 'replace true: only the last is in force' replace_true
case_is 'a missing function is an error that leaves nothing' missing_function
case_is 'a missing function of a module loaded later: that module does not load' missing_function_of_a_late_module
done_testing
