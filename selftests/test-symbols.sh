#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Unexported symbols, of the kernel and of a module that comes and goes.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

# What the patch says of its symbols, in /proc/version.
says() {
	sed -n "s/^$1 //p" /proc/version
}

symbols_of_the_module() {
	expect 'variables of one name' "$1" "$(says tags)"
	expect 'functions of one name' "$2" "$(says twins)"
}

module_is_not_there() {
	symbols_of_the_module 'None None' 'None None'
}

module_is_there() {
	symbols_of_the_module 'Some(10) Some(20)' 'Some(1) Some(2)'
	expect 'a function of the module, in a replacement' $((1 + 2 + 1 + 2 + 1)) "$(<"$target/add")"
	expect 'a variable that a replacement has written' 'Some(11) Some(20)' "$(says tags)"
}

symbols_of_the_kernel() {
	patched klp_test_symbols
	expect 'a static function' "$cmdline" "$(head -n 1 /proc/version)"
	expect 'a static variable' "$(</proc/sys/kernel/tainted)" "$(says tainted)"
	expect 'the second of many of one name' "$(awk '$3 == "_acpi_module_name" && NF == 3 && ++n == 2 { print $1 }' /proc/kallsyms)" \
		"$(says second)"
}

symbol_that_is_replaced() {
	patched test_klp_livepatch
	expect 'what the function prints' 'test_klp_livepatch: this has been live patched' "$(head -n 1 /proc/version)"
	unpatched test_klp_livepatch
	expect 'what the function prints then' "$cmdline" "$(head -n 1 /proc/version)"
}

module_comes() {
	module_is_not_there
	load klp_test_target
	module_is_there
}

module_goes_and_comes_again() {
	rmmod klp_test_target
	module_is_not_there
	load klp_test_target
	module_is_there
}

callbacks_have_them() {
	rmmod klp_test_target
	expect 'the callbacks' 'pre_patch: tags Some(10) Some(20)
post_unpatch: tags Some(11) Some(20)
pre_patch: tags Some(10) Some(20)
post_unpatch: tags Some(11) Some(20)' "$(dmesg -t | sed -n 's/^klp_test_symbols: \(p.*tags\)/\1/p')"
	unpatched klp_test_symbols
	nothing_is_left
}

module_is_there_before() {
	load klp_test_target
	patched klp_test_symbols
	module_is_there
	unpatched klp_test_symbols
	rmmod klp_test_target
	nothing_is_left
}

missing() {
	expect_in 'insmod says' 'Invalid parameters' "$(fails load klp_test_symbols_missing 2>&1)"
	expect_in 'the kernel says' "symbol 'klp_test_no_such_variable' not found" "$(dmesg)"
	nothing_is_left
}

ambiguous_in_a_late_module() {
	patched klp_test_symbols_missing_late
	expect_in 'insmod says' 'Invalid parameters' "$(fails load klp_test_target 2>&1)"
	expect_in 'the kernel says' "unresolvable ambiguity for symbol 'klp_test_tag'" "$(dmesg)"
	expect 'a function that the kernel has found, and a variable' 'None false' "$(</proc/version)"
	expect_in 'insmod says, from then on' 'Invalid module format' "$(fails load klp_test_target 2>&1)"
	unpatched klp_test_symbols_missing_late
	load klp_test_target
	rmmod klp_test_target
	nothing_is_left
}

case_is 'a function and variables of the kernel' symbols_of_the_kernel
case_is 'a function that is replaced: the symbol leads to the replacement' symbol_that_is_replaced
case_is 'those of a module are there when it comes' module_comes
case_is 'and again, when it has gone and comes again' module_goes_and_comes_again
case_is 'they are there in the callbacks of the module' callbacks_have_them
case_is 'a module that was there before the patch' module_is_there_before
case_is 'a symbol that does not exist: the patch is not loaded' missing
case_is 'a symbol of a late module that is not unique: that module is not loaded, its symbols are not there' ambiguous_in_a_late_module
done_testing
