#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: guest.sh: brings the kernel into one state after another, and prints what klpctl says of modules in /modules
# there, and then what insmod says. Each answer begins with a line '@ NAME klpctl|insmod STATUS'.
set -u
cd /modules || exit
tracing=/sys/kernel/tracing

says() {
	local name=$1 status=0
	shift
	"$@" >/tmp/says 2>/tmp/complaints || status=$?
	echo "@ $name klpctl $status"
	cat /tmp/says
	[ -s /tmp/says ] || cat /tmp/complaints
}

verify() {
	says "$1" /klpctl verify --running --json "${@:2}"
}

# load NAME MODULE [PARAMETER...]: and wait for its transition.
load() {
	local name=$1 module=$2 status=0
	shift 2
	insmod "$module.ko" "$@" >/tmp/says 2>&1 || status=$?
	echo "@ $name insmod $status"
	cat /tmp/says
	module=${module##*/}
	[ $status != 0 ] || settled "${module//-/_}"
}

settled() {
	[ ! -e "/sys/kernel/livepatch/$1" ] || until grep -qx 0 "/sys/kernel/livepatch/$1/transition"; do sleep 0.1; done
}

disable() {
	echo 0 >"/sys/kernel/livepatch/$1/enabled"
	while [ -e "/sys/kernel/livepatch/$1" ]; do sleep 0.1; done
}

remove() {
	[ ! -e "/sys/kernel/livepatch/$1" ] || disable "$1"
	until rmmod "$1" 2>/dev/null; do sleep 0.1; done
}

positions() {
	local module
	verify positions klp_test_t_start_*.ko
	for module in klp_test_t_start_*.ko; do
		module=${module%.ko}
		load "$module" "$module"
		[ ! -e "/sys/module/$module" ] || remove "$module"
	done
	echo 2 >/proc/sys/kernel/kptr_restrict
	verify hidden klp_test_t_start_1.ko
	says hidden-strict /klpctl verify --running --strict klp_test_t_start_1.ko
	echo 0 >/proc/sys/kernel/kptr_restrict
}

in_force_and_loaded() {
	load newer livepatch-state-v2
	verify older livepatch-state-v1.ko
	load older livepatch-state-v1
	disable livepatch_state_v2
	verify loaded livepatch-state-v2.ko
	says loaded-compat /klpctl compat livepatch-state-v2.ko
	load loaded livepatch-state-v2
	remove livepatch_state_v2
	says removed-compat /klpctl compat livepatch-state-v2.ko
}

pending() {
	insmod test_klp_callbacks_busy.ko block_transition=Y
	insmod test_klp_callbacks_demo.ko
	verify pending klp_test_state.ko
	says pending-compat /klpctl compat klp_test_state.ko
	load pending klp_test_state
	rmmod test_klp_callbacks_busy
	settled test_klp_callbacks_demo
	remove test_klp_callbacks_demo
}

held() {
	insmod kprobe_example.ko symbol=cmdline_proc_show
	insmod ftrace-direct.ko
	verify held klp_test_cmdline.ko klp_test_wakeup.ko
	says held-doctor /klpctl doctor --for loading
	load held-probe klp_test_cmdline
	load held-direct klp_test_wakeup
	rmmod ftrace-direct
	echo cmdline_proc_show >$tracing/set_ftrace_filter
	echo function >$tracing/current_tracer
	verify hidden-holder klp_test_cmdline.ko
	load hidden-holder klp_test_cmdline
	rmmod kprobe_example
	load patched klp_test_cmdline
	verify patched klp_test_cmdline_too.ko
	load patched-too klp_test_cmdline_too
	remove klp_test_cmdline_too
	remove klp_test_cmdline
	echo nop >$tracing/current_tracer
}

permissions() {
	says nobody-verify setpriv --reuid 65534 --clear-groups /klpctl verify --running klp_test_state.ko
	says nobody-doctor setpriv --reuid 65534 --clear-groups --bounding-set -all /klpctl doctor --for loading
}

signatures() {
	verify unmounted klp_test_state.ko
	mount -t securityfs none /sys/kernel/security
	verify not-enforced klp_test_state.ko
	echo 1 >/sys/module/module/parameters/sig_enforce
	verify enforced klp_test_state.ko signed_by_key.ko signed_by_serial.ko damaged.ko
	says enforced-doctor /klpctl doctor --for loading
	load enforced klp_test_state
	load signed-by-key signed_by_key
	load damaged damaged
}

stripped() {
	local how module
	for how in strip-unneeded strip-debug; do
		for module in livepatch-symbols klp_test_linked; do
			verify $how-$module $how/$module.ko
			[ $how-$module = strip-debug-klp_test_linked ] || load $how-$module $how/$module
			[ ! -e /sys/module/${module//-/_} ] || remove ${module//-/_}
		done
	done
}

positions
in_force_and_loaded
pending
held
stripped
permissions
signatures
