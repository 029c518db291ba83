#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which patches the kernel lets follow each other, and that patches in C and in Rust take over from each other.
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

c=klp_test_state_c
choose one

not_compatible() {
	refused 'Invalid parameters' "$@"
	kernel_says "($1) is not compatible with the already installed livepatches"
}

new_state_is_allowed() {
	local replace=$1 three=klp_test_three_v1
	begin
	enabled_by "$v1"
	patched $three replace="$replace"
	saw "$three: setup 2" "$three: setup 3" "$three: pre_patch vmlinux" "$three: adopt 1 of version 1 with 1" \
		"$three: enable 2" "$three: enable 3" "$three: post_patch vmlinux"
	values_are '11 21 31'
	if [ "$replace" = 1 ]; then
		rmmod "$v1"
		backwards='3 2 1' disabled_by $three
	else
		backwards='3 2' disabled_by $three
		disabled_by "$v1"
	fi
	all_is_restored
}

same_version_is_allowed() {
	local three=klp_test_three_v1
	begin
	patched $three
	patched "$v1"
	values_are '11 21 31'
	unpatched "$v1"
	unpatched $three
	saw "$(ids='1 2 3' by $three 'setup #' 'pre_patch vmlinux' 'enable #' 'post_patch vmlinux')" \
		"$v1: pre_patch vmlinux" "$v1: adopt 1 of version 1 with 1" "$v1: post_patch vmlinux" \
		"$v1: pre_unpatch vmlinux" "$v1: post_unpatch vmlinux" \
		"$(backwards='3 2 1' by $three 'pre_unpatch vmlinux' 'disable ~' 'post_unpatch vmlinux' 'release ~')"
	all_is_restored
}

lower_version_is_refused() {
	begin
	enabled_by "$v2"
	not_compatible "$v1" replace=0
	not_compatible "$v1" replace=1
	saw ''
	values_are '12 2 3'
	disabled_by "$v2"
	all_is_restored
}

cumulative_must_have_all() {
	begin
	enabled_by "$v1"
	not_compatible klp_test_version replace=1
	saw ''
	expect /proc/version "$version" "$(</proc/version)"
	values_are "$by_v1"
	disabled_by "$v1"
	all_is_restored
}

cumulative_must_have_all_of_three() {
	begin
	ids='1 2 3' count=3 enabled_by klp_test_three_v1
	not_compatible "$v2" replace=1
	saw ''
	values_are '11 21 31'
	backwards='3 2 1' disabled_by klp_test_three_v1
	all_is_restored
}

non_cumulative_need_not() {
	begin
	enabled_by "$v1"
	patched klp_test_version replace=0
	expect /proc/version 'version by version' "$(</proc/version)"
	saw ''
	values_are "$by_v1"
	unpatched klp_test_version
	disabled_by "$v1"
	all_is_restored
}

c_to_rust() {
	begin
	patched $c
	saw "$(by $c 'setup 1' 'enable 1')"
	values_are '71 2 3'
	patched "$v2" replace=1
	saw "$(by "$v2" 'pre_patch vmlinux' 'adopt 1 of version 1 with 1' 'post_patch vmlinux')"
	values_are '71 2 3'
	allocated_are 1
	rmmod $c
	disabled_by "$v2"
	all_is_restored
}

c_to_rust_reversed() {
	begin
	patched $c
	hold
	load "$v2" replace=1
	is_pending "$v2"
	reversed "$v2" 0
	saw "$(by $c 'setup 1' 'enable 1')" "$(by "$v2" 'pre_patch vmlinux' 'post_unpatch vmlinux')"
	let_go
	rmmod "$v2"
	values_are '71 2 3'
	unpatched $c
	saw "$(by $c 'disable 1' 'release 1')"
	all_is_restored
}

c_is_migrated() {
	begin
	patched $c version=2
	patched "$v3" replace=1
	rmmod $c
	values_are '72 2 3'
	allocated_are 1
	saw "$(by $c 'setup 1' 'enable 1')" "$(by "$v3" 'migrate 1 of version 2 with 1' 'pre_patch vmlinux' \
		'adopt 1 of version 2 with 1, as it was: true' 'post_patch vmlinux')"
	disabled_by "$v3"
	all_is_restored
}

# State 1 of the C patch can be taken over, its state 2 cannot.
odd_data_are_refused() {
	local odd=$1 three=klp_test_three_v2
	begin
	patched $c odd="$odd"
	refused 'Invalid parameters' $three replace=1
	kernel_says "$three: state 2: the data of version 1, which is in force, are none, too small, or not from kmalloc()"
	refused 'Invalid parameters' $three replace=0
	refused 'Invalid parameters' klp_test_three_v3 replace=1
	kernel_says 'klp_test_three_v3: state 2: the data of version 1, which is in force, are not migrated: -EINVAL'
	values_are '71 2 3'
	unpatched $c
	saw "$(by $c 'setup 1' 'enable 1')" 'klp_test_three_v3: migrate 1 of version 1 with 1' \
		"$(by $c 'disable 1' 'release 1')"
	all_is_restored
}

# The new patch does not look at them, and must not free what it does not know.
odd_data_are_not_freed() {
	begin
	patched $c odd=static
	patched klp_test_careless replace=1
	kernel_says 'klp_test_careless: state 2: the previous data are not freed'
	rmmod $c
	unpatched klp_test_careless
	saw "$(by $c 'setup 1' 'enable 1')" "$(by klp_test_careless 'adopt 1 of version 1 with 1' 'disable 1' 'release 1')"
	all_is_restored
}

rust_to_c() {
	begin
	enabled_by "$v1"
	patched $c version=2 replace=1
	saw "$(by $c 'adopt 1')"
	values_are "$by_v1"
	allocated_are 1
	rmmod "$v1"
	unpatched $c
	saw "$(by $c 'disable 1' 'release 1')"
	all_is_restored
}

rust_to_c_and_back() {
	begin
	enabled_by "$v1"
	patched $c version=1 replace=1
	rmmod "$v1"
	patched "$v2" replace=1
	rmmod $c
	patched $c version=2 replace=1
	rmmod "$v2"
	values_are "$by_v1"
	allocated_are 1
	unpatched $c
	saw "$(by $c 'adopt 1')" "$(by "$v2" 'pre_patch vmlinux' 'adopt 1 of version 1 with 1' 'post_patch vmlinux')" \
		"$(by $c 'adopt 1' 'disable 1' 'release 1')"
	all_is_restored
}

rust_on_top_of_c() {
	begin
	patched $c
	patched "$v2"
	unpatched "$v2"
	values_are '71 2 3'
	saw "$(by $c 'setup 1' 'enable 1')" "$(by "$v2" 'pre_patch vmlinux' 'adopt 1 of version 1 with 1' \
		'post_patch vmlinux' 'pre_unpatch vmlinux' 'post_unpatch vmlinux')"
	unpatched $c
	saw "$(by $c 'disable 1' 'release 1')"
	all_is_restored
}

c_on_top_of_rust() {
	begin
	enabled_by "$v1"
	patched $c
	unpatched "$v1"
	saw "$(by $c 'adopt 1')" "$(by "$v1" 'pre_unpatch vmlinux' 'post_unpatch vmlinux')"
	values_are "$by_v1"
	allocated_are 1
	unpatched $c
	saw "$(by $c 'disable 1' 'release 1')"
	all_is_restored
}

# Its callbacks look themselves, and set what the state is restored to.
plain_form() {
	local plain=klp_test_plain
	begin
	enabled_by "$v1"
	load klp_test_target
	saw "$(by "$v1" 'pre_patch klp_test_target Coming' 'post_patch klp_test_target Coming')"
	patched $plain replace=1
	saw "$(by $plain "pre_patch vmlinux of $plain: state None, prev Some(Some((1, Some(1))))" \
		"pre_patch klp_test_target of $plain: state None, prev Some(Some((1, Some(1))))" \
		'adopt 1 of version 1 with 1' \
		"post_patch vmlinux of $plain: state Some(1), prev Some(Some((1, Some(1))))" \
		"post_patch klp_test_target of $plain: state Some(1), prev Some(Some((1, Some(1))))")"
	rmmod "$v1"
	rmmod klp_test_target
	saw "$(by $plain "pre_unpatch klp_test_target of $plain: state Some(1), prev None" \
		"post_unpatch klp_test_target of $plain: state Some(1), prev None")"
	unpatched $plain
	saw "$(by $plain "pre_unpatch vmlinux of $plain: state Some(1), prev Some(None)" 'disable 1' \
		"post_unpatch vmlinux of $plain: state Some(42), prev Some(None)" 'release 1')"
	values_are '42 2 3'
	rmmod klp_test_system
	nothing_is_left
}

case_is 'callbacks look at the state and the previous one themselves' plain_form
case_is 'a new state is allowed, not cumulative' new_state_is_allowed 0
case_is 'a new state is allowed, cumulative' new_state_is_allowed 1
case_is 'the same version is allowed' same_version_is_allowed
case_is 'a lower version is refused' lower_version_is_refused
case_is 'a cumulative patch that lacks the state is refused' cumulative_must_have_all
case_is 'a cumulative patch that lacks two of three states is refused' cumulative_must_have_all_of_three
case_is 'a patch that is not cumulative may lack the state' non_cumulative_need_not
case_is 'a C patch is replaced by a Rust patch' c_to_rust
case_is 'a C patch is replaced by a Rust patch, reversed' c_to_rust_reversed
case_is "a C patch's data are migrated" c_is_migrated
for odd in none small static; do
	case_is "a C patch's data that are not what they should be are refused: $odd" odd_data_are_refused $odd
done
case_is "a C patch's data that are not what they should be are not freed" odd_data_are_not_freed
case_is 'a Rust patch is replaced by a C patch' rust_to_c
case_is 'Rust to C to Rust to C' rust_to_c_and_back
case_is 'a Rust patch on top of a C patch hands back' rust_on_top_of_c
case_is 'a C patch on top of a Rust patch keeps the state' c_on_top_of_rust
done_testing
