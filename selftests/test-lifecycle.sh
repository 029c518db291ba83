#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What states and callbacks see, for one state and for three; the data that the system's values are restored from.
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

introduced() {
	begin
	enabled_by "$v1"
	values_are "$by_v1"
	disabled_by "$v1"
	all_is_restored
}

introduced_reversed() {
	begin
	hold
	load "$v1"
	is_pending "$v1"
	saw "$(by "$v1" 'setup #' 'pre_patch vmlinux')"
	values_are "$untouched"
	reversed "$v1" 0
	saw "$(by "$v1" 'post_unpatch vmlinux' 'release ~')"
	let_go
	rmmod "$v1"
	all_is_restored
}

last_setup_fails() {
	local id all=$ids before=
	begin
	refused 'No such device' "$v1" fail="$last"
	kernel_says "$v1: state $last is not set up: -ENODEV"
	for id in $all; do [ "$id" = "$last" ] || before+="$id "; done
	ids=$before backwards=$(rev <<<"$before")
	saw "$([ -z "$ids" ] || by "$v1" 'setup #' 'release ~')"
	all_is_restored
}

callback_of_vmlinux_fails() {
	begin
	refused 'No such device' "$v1" fail=10
	kernel_says "pre-patch callback failed for object 'vmlinux'"
	saw "$(by "$v1" 'setup #' 'release ~')"
	all_is_restored
}

callback_of_module_fails() {
	begin
	load klp_test_target
	refused 'No such device' "$v1" fail=11
	kernel_says "pre-patch callback failed for object 'klp_test_target'"
	saw "$(by "$v1" 'setup #' 'pre_patch vmlinux' 'post_unpatch vmlinux' 'release ~')"
	all_is_restored
}

disabling_reversed() {
	begin
	enabled_by "$v1"
	hold
	echo 0 >"$livepatches/$v1/enabled"
	is_pending "$v1"
	saw "$(by "$v1" 'pre_unpatch vmlinux' 'disable ~')"
	values_are "$untouched"
	reversed "$v1" 1
	saw "$(by "$v1" 'enable #' 'post_patch vmlinux')"
	values_are "$by_v1"
	allocated_are "$count"
	let_go
	disabled_by "$v1"
	all_is_restored
}

replaced() {
	begin
	enabled_by "$v1"
	patched "$v2" replace=1
	saw "$(by "$v2" 'pre_patch vmlinux' 'adopt # of version 1 with #' 'post_patch vmlinux')"
	values_are "$by_v1"
	allocated_are "$count"
	rmmod "$v1"
	disabled_by "$v2"
	all_is_restored
}

replacing_reversed() {
	begin
	enabled_by "$v1"
	hold
	load "$v2" replace=1
	is_pending "$v2"
	saw "$(by "$v2" 'pre_patch vmlinux')"
	reversed "$v2" 0
	saw "$(by "$v2" 'post_unpatch vmlinux')"
	values_are "$by_v1"
	allocated_are "$count"
	let_go
	rmmod "$v2"
	disabled_by "$v1"
	all_is_restored
}

replacing_fails() {
	begin
	enabled_by "$v1"
	refused 'No such device' "$v2" replace=1 fail=10
	saw ''
	values_are "$by_v1"
	allocated_are "$count"
	disabled_by "$v1"
	all_is_restored
}

stacked() {
	begin
	enabled_by "$v1"
	patched "$v2"
	saw "$(by "$v2" 'pre_patch vmlinux' 'adopt # of version 1 with #' 'post_patch vmlinux')"
}

handed_back() {
	stacked
	unpatched "$v2"
	saw "$(by "$v2" 'pre_unpatch vmlinux' 'post_unpatch vmlinux')"
	values_are "$by_v1"
	allocated_are "$count"
	disabled_by "$v1"
	all_is_restored
}

handing_back_reversed() {
	stacked
	hold
	echo 0 >"$livepatches/$v2/enabled"
	is_pending "$v2"
	reversed "$v2" 1
	saw "$(by "$v2" 'pre_unpatch vmlinux' 'post_patch vmlinux')"
	values_are "$by_v1"
	let_go
	unpatched "$v2"
	saw "$(by "$v2" 'pre_unpatch vmlinux' 'post_unpatch vmlinux')"
	disabled_by "$v1"
	all_is_restored
}

lower_patch_goes_first() {
	stacked
	unpatched "$v1"
	saw "$(by "$v1" 'pre_unpatch vmlinux' 'post_unpatch vmlinux')"
	values_are "$by_v1"
	allocated_are "$count"
	disabled_by "$v2"
	all_is_restored
}

stack_is_replaced() {
	stacked
	patched "$v3" replace=1
	saw "$(by "$v3" 'migrate # of version 2 with #' 'pre_patch vmlinux' \
		'adopt # of version 2 with #, as it was: true' 'post_patch vmlinux')"
	allocated_are "$count"
	rmmod "$v1" "$v2"
	disabled_by "$v3"
	all_is_restored
}

migrated() {
	begin
	enabled_by "$v1"
	patched "$v3" replace=1
	saw "$(by "$v3" 'migrate # of version 1 with #' 'pre_patch vmlinux' \
		'adopt # of version 1 with #, as it was: true' 'post_patch vmlinux')"
	values_are "$by_v1"
	allocated_are "$count"
	rmmod "$v1"
	disabled_by "$v3"
	all_is_restored
}

migration_reversed() {
	begin
	enabled_by "$v1"
	hold
	load "$v3" replace=1
	is_pending "$v3"
	saw "$(by "$v3" 'migrate # of version 1 with #' 'pre_patch vmlinux')"
	allocated_are $((2 * count))
	reversed "$v3" 0
	saw "$(by "$v3" 'post_unpatch vmlinux')"
	values_are "$by_v1"
	allocated_are "$count"
	let_go
	rmmod "$v3"
	disabled_by "$v1"
	all_is_restored
}

last_migration_fails() {
	local all=$ids back=$backwards
	begin
	enabled_by "$v1"
	refused 'No such device' "$v3" replace=1 fail="$last"
	kernel_says "$v3: state $last: the data of version 1, which is in force, are not migrated: -ENODEV"
	ids=${ids%"$last"}
	saw "$([ -z "$ids" ] || by "$v3" 'migrate # of version 1 with #')"
	ids=$all backwards=$back
	values_are "$by_v1"
	allocated_are "$count"
	disabled_by "$v1"
	all_is_restored
}

migration_needs_replace() {
	begin
	enabled_by "$v1"
	refused 'Invalid parameters' "$v3" replace=0
	kernel_says 'only a cumulative patch can migrate'
	saw ''
	disabled_by "$v1"
	all_is_restored
}

module_comes_and_goes() {
	begin
	enabled_by "$v1"
	load klp_test_target
	saw "$(by "$v1" 'pre_patch klp_test_target Coming' 'post_patch klp_test_target Coming')"
	expect 'add, which multiplies' 2 "$(<"$target/add")"
	rmmod klp_test_target
	saw "$(by "$v1" 'pre_unpatch klp_test_target Going' 'post_unpatch klp_test_target Going')"
	values_are "$by_v1"
	disabled_by "$v1"
	all_is_restored
}

module_is_there() {
	begin
	load klp_test_target
	patched "$v1"
	saw "$(by "$v1" 'setup #' 'pre_patch vmlinux' 'pre_patch klp_test_target Live' \
		'enable #' 'post_patch vmlinux' 'post_patch klp_test_target Live')"
	unpatched "$v1"
	saw "$(by "$v1" 'pre_unpatch vmlinux' 'disable ~' 'pre_unpatch klp_test_target Live' \
		'post_unpatch vmlinux' 'release ~' 'post_unpatch klp_test_target Live')"
	all_is_restored
}

module_comes_in_transition() {
	begin
	hold
	load "$v1"
	is_pending "$v1"
	load klp_test_target
	saw "$(by "$v1" 'setup #' 'pre_patch vmlinux' 'pre_patch klp_test_target Coming')"
	let_go
	completes "$v1"
	saw "$(by "$v1" 'enable #' 'post_patch vmlinux' 'post_patch klp_test_target Live')"
	hold
	echo 0 >"$livepatches/$v1/enabled"
	is_pending "$v1"
	rmmod klp_test_target
	saw "$(by "$v1" 'pre_unpatch vmlinux' 'disable ~' 'pre_unpatch klp_test_target Live' \
		'post_unpatch klp_test_target Going')"
	let_go
	completes "$v1"
	saw "$(by "$v1" 'post_unpatch vmlinux' 'release ~')"
	rmmod "$v1"
	all_is_restored
}

coming_module_fails() {
	begin
	enabled_by "$v1" fail=11
	refused 'No such device' klp_test_target
	kernel_says "refusing to load module 'klp_test_target'"
	saw ''
	values_are "$by_v1"
	disabled_by "$v1"
	all_is_restored
}

for set in one three; do
	choose $set
	case_is "$set: introduced" introduced
	case_is "$set: introduced, reversed" introduced_reversed
	case_is "$set: the last setup fails" last_setup_fails
	case_is "$set: pre_patch of vmlinux fails" callback_of_vmlinux_fails
	case_is "$set: pre_patch of a module fails" callback_of_module_fails
	case_is "$set: disabling is reversed" disabling_reversed
	case_is "$set: replaced by a patch that adopts" replaced
	case_is "$set: replacing is reversed" replacing_reversed
	case_is "$set: replacing fails" replacing_fails
	case_is "$set: stacked, and handed back" handed_back
	case_is "$set: stacked, and handing back is reversed" handing_back_reversed
	case_is "$set: stacked, and the lower patch goes first" lower_patch_goes_first
	case_is "$set: a stack is replaced" stack_is_replaced
	case_is "$set: another layout, migrated" migrated
	case_is "$set: another layout, reversed" migration_reversed
	case_is "$set: another layout, and the last migration fails" last_migration_fails
	case_is "$set: another layout, not cumulative" migration_needs_replace
	case_is "$set: a target module is there" module_is_there
	case_is "$set: a target module comes and goes" module_comes_and_goes
	case_is "$set: a target module comes and goes in transitions" module_comes_in_transition
	case_is "$set: pre_patch of a module that comes fails" coming_module_fails
done
done_testing
