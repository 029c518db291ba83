# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by the tests that run in a guest. The modules are in /modules.

# shellcheck source=../tap.sh
. "$(dirname "$0")/tap.sh"

livepatches=/sys/kernel/livepatch
target=/sys/kernel/debug/klp_test_target
system=/sys/kernel/debug/klp_test_system
cmdline=$(cat /proc/cmdline)
version=$(cat /proc/version)

load() {
	insmod "/modules/$1.ko" "${@:2}"
}

patched() {
	load "$@"
	completes "$1"
}

completes() {
	local tries
	for tries in {1..300}; do
		[ "$(cat "$livepatches/$1/transition" 2>/dev/null || echo 0)" != 0 ] || return 0
		sleep 0.1
	done
	echo "the transition of $1 is still pending after $tries tries"
	return 1
}

disabled() {
	echo 0 >"$livepatches/$1/enabled"
	completes "$1"
}

unpatched() {
	disabled "$1"
	rmmod "$1"
}

nothing_is_left() {
	expect 'livepatches in sysfs' '' "$(ls "$livepatches")"
	expect 'test modules' '' "$(sed -n 's/^\(klp_test[^ ]*\|livepatch_sample\) .*/\1/p' /proc/modules)"
	expect /proc/cmdline "$cmdline" "$(cat /proc/cmdline)"
	expect /proc/version "$version" "$(cat /proc/version)"
}
