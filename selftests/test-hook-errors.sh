#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each hook that may fail does so at each state and each object of a patch with three of both, with each error, and then all is
# as before. With $ERRORS=all, that is; without, each error comes at one of these places.
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

loader=$(dirname "$0")/klp_timed callee=/sys/kernel/debug/klp_test_callee
each_number=({1..134} {512..531} 4095) # what kernel::error::code has, and the last that there can be
EBUSY=16 EEXIST=17 EINVAL=22
all_places=18 places=0

# Sets $errors: those of the next place.
choose_errors() {
	local i step=$all_places
	[ "${ERRORS-}" != all ] || step=1
	errors=()
	for ((i = places % step; i < ${#each_number[@]}; i += step)); do errors+=("${each_number[i]}"); done
	places=$((places + 1))
}

# Sets $happened, and forgets it.
look_at_events() {
	read -r -d '' happened <"$system/events" || true
	echo >"$system/events"
	history+=$happened$'\n'
}

# Sets $there: what is loaded, patched, and in memory.
look_at_system() {
	local file text all=("$livepatches"/* /sys/module/klp_test_*)
	there=${all[*]}
	for file in /proc/cmdline "$target/add" "$callee/marked" "$system"/{values,allocations} /sys/kernel/tracing/enabled_functions; do
		text=none
		[ ! -e "$file" ] || read -r -d '' text <"$file" || true
		there+=$'\n'"$file: $text"
	done
}

patch_is_loaded() {
	"$loader" load "$modules/$patch.ko" "replace=$replace fail=$place error=$1"
}

# The kernel keeps EEXIST of an init function for itself: the module is there already.
out_of_patch() {
	[ "$1" = $EEXIST ] && as=$EBUSY || as=$1
}

module_is_loaded() {
	echo "$1" >"/sys/module/$v1/parameters/error"
	"$loader" load "$modules/$module.ko"
}

out_of_module() {
	as=$1
}

out_of_no_error() {
	as=$EINVAL
}

# fails_with NUMBER LOADED AS EVENTS: LOADED NUMBER is refused, with the error that AS NUMBER sets, after these events; nothing
# else changes.
fails_with() {
	local out as there happened
	$3 "$1"
	read -r out _ < <($2 "$1")
	expect "what error $1 at $place comes out as" "$as" "$out"
	look_at_events
	expect "events of error $1 at $place" "$4" "$happened"
	look_at_system
	expect "the system after error $1 at $place" "$before" "$there"
}

# each_error LOADED AS EVENTS: as fails_with, for each error of the next place.
each_error() {
	local number before errors there
	choose_errors
	look_at_system
	before=$there
	for number in "${errors[@]}"; do
		fails_with "$number" "$@"
		echo "$number" >>"$tmp/unwound"
	done
}

# by_states_before ID PATCH EVENT...: as `by`, for the states before that one.
by_states_before() {
	local id first=$1 before=''
	shift
	for id in $ids; do [ "$id" -ge "$first" ] || before+="$id "; done
	[ ! "$before" ] || ids=$before backwards=$(rev <<<"$before") by "$@"
}

# by_callbacks_before PLACE PATCH FIRST LAST: what states see first and last, and callbacks between.
by_callbacks_before() {
	case $1 in
	10) by "$2" "$3" "$4" ;;
	11) by "$2" "$3" 'pre_patch vmlinux' 'post_unpatch vmlinux' "$4" ;;
	12) by "$2" "$3" 'pre_patch vmlinux' 'pre_patch klp_test_target Live' 'post_unpatch vmlinux' "$4" 'post_unpatch klp_test_target Live' ;;
	esac | sed '/: $/d'
}

in_force() {
	patched "$@"
	look_at_events
}

taken_out() {
	unpatched "$1"
	look_at_events
}

modules_are_there() {
	begin
	load klp_test_target
	load klp_test_callee
}

all_is_gone() {
	! grep -q '^klp_test_callee ' /proc/modules || rmmod klp_test_callee
	all_is_restored
}

setups_fail() {
	local place patch=$v1 replace=0
	modules_are_there
	for place in $ids; do
		each_error patch_is_loaded out_of_patch "$(by_states_before "$place" "$patch" 'setup #' 'release ~')"
	done
	all_is_gone
}

migrations_fail() {
	local place patch=$v3 replace=1
	modules_are_there
	in_force "$v1"
	for place in $ids; do
		each_error patch_is_loaded out_of_patch "$(by_states_before "$place" "$patch" 'migrate # of version 1 with #')"
	done
	taken_out "$v1"
	all_is_gone
}

# callbacks_fail FIRST LAST: what states see first and last.
callbacks_fail() {
	local place
	for place in 10 11 12; do
		each_error patch_is_loaded out_of_patch "$(by_callbacks_before $place "$patch" "$1" "$2")"
	done
}

callbacks_fail_after_setup() {
	local patch=$v1 replace=0
	modules_are_there
	callbacks_fail 'setup #' 'release ~'
	all_is_gone
}

callbacks_fail_after_migration() {
	local patch=$v3 replace=1
	modules_are_there
	in_force "$v1"
	callbacks_fail 'migrate # of version 1 with #' ''
	taken_out "$v1"
	all_is_gone
}

callbacks_fail_before_takeover() {
	local patch=$v1 replace=1
	modules_are_there
	in_force $other
	callbacks_fail '' ''
	taken_out $other
	all_is_gone
}

module_is_refused() {
	local place=$1 module=$2
	modules_are_there
	rmmod "$module"
	in_force "$v1" fail="$place"
	each_error module_is_loaded out_of_module ''
	taken_out "$v1"
	all_is_gone
}

module_is_refused_by_the_second_patch() {
	local place=11 module=klp_test_target
	modules_are_there
	rmmod $module
	in_force $other
	in_force "$v1" fail=$place
	each_error module_is_loaded out_of_module "$(by $other "pre_patch $module Coming" "post_patch $module Coming" \
		"pre_unpatch $module Coming" "post_unpatch $module Coming")"
	taken_out "$v1"
	taken_out $other
	all_is_gone
}

no_errors() {
	local place=3 patch=$v1 replace=0 number before there
	modules_are_there
	look_at_system
	before=$there
	for number in 0 -1 4096 -2147483648; do
		fails_with $number patch_is_loaded out_of_no_error "$(by_states_before 3 "$patch" 'setup #' 'release ~')"
	done
	all_is_gone
}

# at PLACES NAME COMMAND...: a case.
at() {
	case_is "${@:2}"
	places=$((places + $1))
}

choose objects
other=klp_test_three_v1
: >"$tmp/unwound"
at 3 'setup fails at each state' setups_fail
at 3 'migration fails at each state' migrations_fail
at 3 'pre_patch fails at each object' callbacks_fail_after_setup
at 3 'pre_patch fails at each object, of a patch that migrates' callbacks_fail_after_migration
at 3 'pre_patch fails at each object, of a patch that takes over' callbacks_fail_before_takeover
at 1 'pre_patch fails at a module that comes later' module_is_refused 11 klp_test_target
at 1 'pre_patch fails at another' module_is_refused 12 klp_test_callee
at 1 'pre_patch fails at a module that comes later, once another patch has patched it' module_is_refused_by_the_second_patch
wanted=${#each_number[@]} unwound=$(wc -l <"$tmp/unwound") different=$(sort -u "$tmp/unwound" | wc -l)
[ "${ERRORS-}" != all ] || wanted=$((wanted * all_places))
case_is "unwound: $unwound of $wanted, $different of ${#each_number[@]} errors, $places places" \
	[ "$unwound $different $places" = "$wanted ${#each_number[@]} $all_places" ]
case_is 'a number that is none of an error comes out as EINVAL' no_errors
done_testing
