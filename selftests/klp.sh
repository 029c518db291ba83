# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by the tests: what is done with livepatches. Their modules are in test_modules/.

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
modules=$(dirname "$0")/test_modules
livepatches=/sys/kernel/livepatch
target=/sys/kernel/debug/klp_test_target
system=/sys/kernel/debug/klp_test_system
cmdline=$(</proc/cmdline)
version=$(</proc/version)

# A task that a failed case has left asleep would hold the output open, and the guest with it.
clean_up() {
	[ ! -e "$system/release" ] || echo 1 >"$system/release"
	rm -rf "$tmp"
}
tmp=$(mktemp -d)
trap clean_up EXIT

[ "$(id -u)" = 0 ] || skip_all 'must be run as root'
[ -d "$livepatches" ] || skip_all 'the kernel has CONFIG_LIVEPATCH off'
[ -e "$modules/klp_test_system.ko" ] || skip_all "the modules are not built, see $(dirname "$0")/README"

load() {
	insmod "$modules/$1.ko" "${@:2}"
}

# within TRIES COMMAND...: tries it ten times a second. Many times, since the guest may be starved; a hang is scripts/vm's business.
within() {
	local tries=$1
	shift
	until "$@"; do
		[ $((tries--)) -gt 1 ] || return 1
		sleep 0.1
	done
}

patched() {
	load "$@"
	completes "$1"
}

is_complete() {
	local transition=0
	read -r transition 2>/dev/null <"$livepatches/$1/transition" || true
	[ "$transition" = 0 ]
}

completes() {
	within 3000 is_complete "$1" || { echo "the transition of $1 is still pending after 3000 tries"; return 1; }
}

disabled() {
	echo 0 >"$livepatches/$1/enabled"
	completes "$1"
}

unpatched() {
	disabled "$1"
	rmmod "$1"
}

somebody_waits() {
	[ "$(<"$system/waiting")" = 1 ]
}

# falls_asleep_in FILE OUTPUT: a task reads the FILE, and falls asleep in klp_test_wait() of klp_test_system.
falls_asleep_in() {
	cat "$1" >"$2" 2>/dev/null &
	within 3000 somebody_waits || { echo 'nobody is asleep after 3000 tries'; return 1; }
}

# stays_pending PATCH FUNCTION: the kernel has tried three times to switch the task that sleeps in FUNCTION, and said so.
stays_pending() {
	local before
	before=$(refusals "$2")
	kernel_says_what_it_tries +p
	within 3000 has_been_refused "$1" "$2" $((before + 3)) || { echo "the kernel does not try"; return 1; }
	kernel_says_what_it_tries -p
	expect transition 1 "$(<"$livepatches/$1/transition")"
}

refusals() {
	dmesg | grep -c "is sleeping on function $1\(\.\|\$\)" || true
}

has_been_refused() {
	[ ! -e "$livepatches/$1" ] || [ "$(refusals "$2")" -ge "$3" ]
}

kernel_says_what_it_tries() {
	echo "func klp_try_switch_task $1" >/sys/kernel/debug/dynamic_debug/control
}

nothing_is_left() {
	expect 'livepatches in sysfs' '' "$(ls "$livepatches")"
	expect 'test modules' '' "$(sed -n 's/^\(klp_test[^ ]*\|test_klp[^ ]*\) .*/\1/p' /proc/modules)"
	expect /proc/cmdline "$cmdline" "$(</proc/cmdline)"
	expect /proc/version "$version" "$(</proc/version)"
}
