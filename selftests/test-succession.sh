#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Patches in quick succession.
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

choose one

hundred_times_on_and_off() {
	local i
	for i in {1..100}; do
		patched klp_test_two
		expect "/proc/cmdline, load $i" 'cmdline by two' "$(</proc/cmdline)"
		unpatched klp_test_two
		expect "/proc/cmdline, unload $i" "$cmdline" "$(</proc/cmdline)"
	done
	nothing_is_left
}

# Each patch is cumulative, and takes the state over from the one before, which is in the other language.
hundred_replace_each_other() {
	local i c=klp_test_state_c
	begin
	patched "$v2"
	for i in {1..50}; do
		patched $c version=2 replace=1
		rmmod "$v2"
		patched "$v2" replace=1
		rmmod $c
		values_are '12 2 3'
		allocated_are 1
	done
	saw "$(by "$v2" 'setup 1' 'pre_patch vmlinux' 'enable 1' 'post_patch vmlinux')" "$(
		for i in {1..50}; do
			by $c 'adopt 1'
			by "$v2" 'pre_patch vmlinux' 'adopt 1 of version 2 with 1' 'post_patch vmlinux'
		done
	)"
	disabled_by "$v2"
	all_is_restored
}

# The patches are stacked, each in force over those below it.
stacked_and_unstacked() {
	local i patch patches=(klp_test_two klp_test_version klp_test_parameters test_klp_livepatch)
	for i in {1..10}; do
		for patch in "${patches[@]}"; do patched "$patch"; done
		expect "/proc/cmdline, round $i" 'test_klp_livepatch: this has been live patched' "$(</proc/cmdline)"
		expect "/proc/version, round $i" '-1 7 false 5' "$(</proc/version)"
		for patch in "${patches[@]}"; do unpatched "$patch"; done
	done
	nothing_is_left
}

disabling_is_reversed() {
	local i
	begin
	enabled_by "$v1"
	hold
	for i in {1..10}; do
		echo 0 >"$livepatches/$v1/enabled"
		is_pending "$v1"
		reversed "$v1" 1
	done
	values_are '11 2 3'
	allocated_are 1
	saw "$(for i in {1..10}; do
		by "$v1" 'pre_unpatch vmlinux' 'disable 1' 'enable 1' 'post_patch vmlinux'
	done)"
	let_go
	disabled_by "$v1"
	all_is_restored
}

case_is 'a patch goes on and off 100 times' hundred_times_on_and_off
case_is '100 cumulative patches, in C and in Rust in turn, replace each other' hundred_replace_each_other
case_is 'four patches are stacked ten times, and go from below' stacked_and_unstacked
case_is 'disabling is reversed ten times in a row' disabling_is_reversed
done_testing
