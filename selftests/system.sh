# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by the tests of patches with states, see test_modules/system.c.

# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

a=klp_test_shadow_a b=klp_test_shadow_b

# Sets which patches are tested: klp_test_COUNT_v1 to v3.
choose() {
	v1=klp_test_$1_v1 v2=klp_test_$1_v2 v3=klp_test_$1_v3 untouched='1 2 3'
	case $1 in
	one) ids='1' backwards='1' by_v1='11 2 3' ;;
	three | objects) ids='1 2 3' backwards='3 2 1' by_v1='11 21 31' ;;
	esac
	count=$(wc -w <<<"$ids") last=${ids##* }
}

# by PATCH EVENT...: events, one a line. '#' stands for the id of each state in order, '~' in reverse.
by() {
	local patch=$1 event id
	shift
	for event in "$@"; do
		case $event in
		*\#*) for id in $ids; do echo "$patch: ${event//\#/$id}"; done ;;
		*\~*) for id in $backwards; do echo "$patch: ${event//\~/$id}"; done ;;
		*) echo "$patch: $event" ;;
		esac
	done
}

# Compares what has happened since the last call.
saw() {
	local events
	events=$(<"$system/events")
	history+=$events$'\n'
	echo >"$system/events"
	expect events "$(printf '%s\n' "$@" | sed '/^$/d')" "$events"
}

values_are() {
	expect 'the values' "$1" "$(<"$system/values")"
}

allocated_are() {
	expect 'data in memory' "$1" "$(<"$system/allocations")"
}

times() {
	grep -c ": $1" <<<"$history" || true
}

# Ends each case.
all_is_restored() {
	values_are "$untouched"
	allocated_are 0
	expect 'setup and release' "$(times setup)" "$(times release)"
	expect 'enable and disable' "$(times enable)" "$(times disable)"
	! grep -q '^klp_test_target ' /proc/modules || rmmod klp_test_target
	rmmod klp_test_system
	nothing_is_left
}

# What a failed case has left does not fail the next.
begin() {
	local patch
	history=
	[ ! -e "$system/release" ] || let_go
	for patch in "$livepatches"/*/; do
		[ ! -d "$patch" ] || disabled "$(basename "$patch")" || true
	done
	sed -n 's/^\(klp_test_[^ ]*\) .*/\1/p' /proc/modules | xargs -r rmmod 2>/dev/null || true
	load klp_test_system
	values_are "$untouched"
}

# A task falls asleep in klp_test_hold(), or in what replaces it.
hold() {
	echo 0 >"$system/release"
	falls_asleep_in "$system/hold" /dev/null
}

let_go() {
	echo 1 >"$system/release"
	wait
}

is_pending() {
	expect transition 1 "$(<"$livepatches/$1/transition")"
}

reversed() {
	echo "$2" >"$livepatches/$1/enabled"
	completes "$1"
}

refused() {
	local error=$1 says
	shift
	says=$(fails load "$@" 2>&1)
	expect_in 'insmod says' "$error" "$says"
	fails test -e "$livepatches/$1"
}

kernel_says() {
	expect_in 'the kernel' "$1" "$(dmesg | tail -n 15)"
}

enabled_by() {
	patched "$@"
	saw "$(by "$1" 'setup #' 'pre_patch vmlinux' 'enable #' 'post_patch vmlinux')"
	allocated_are "$count"
}

disabled_by() {
	unpatched "$1"
	saw "$(by "$1" 'pre_unpatch vmlinux' 'disable ~' 'post_unpatch vmlinux' 'release ~')"
}

system_says() {
	expect "$1" "$2" "$(tr '\n' ' ' <"$system/$1" | sed 's/ $//')"
}

# Patch A gives two of three objects a shadow variable; the constructor of the first fails.
attached() {
	begin
	system_says touch '0 1 2'
	patched $a
	system_says shadow 'none none none'
	system_says touch '-19 1 1'
	system_says touch '-19 2 2'
	system_says shadow 'none 2 2'
	system_says dropped 0
}
