#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: guest.sh: an administrator's day with klpctl. What was said of NAME, and how it ended, begins with a line '@ NAME STATUS'.
set -u
cd /modules || exit
system=/sys/kernel/debug/klp_test_system
target=/sys/kernel/debug/klp_test_target

says() {
	local name=$1 status=0
	shift
	"$@" >/tmp/says 2>/tmp/complaints </dev/null || status=$?
	echo "@ $name $status"
	cat /tmp/says /tmp/complaints
}

nobody() {
	setpriv --reuid 65534 --clear-groups --bounding-set -all "$@"
}

is() {
	echo "@ $1 0"
	echo "$2"
}

klp() {
	says "$1" /klpctl "${@:2}"
}

until_is() {
	until [ "$(cat "$1" 2>/dev/null)" = "$2" ]; do sleep 0.1; done
}

# asleep FILE: a task reads it, and falls asleep.
asleep() {
	echo 0 >$system/release
	cat "$1" >/dev/null &
	sleeper=$!
	until_is $system/waiting 1
}

wakes() {
	echo 1 >$system/release
	wait $sleeper
}

comes() {
	mount -t securityfs none /sys/kernel/security
	says no-root nobody /klpctl load admin_first.ko --json
	klp empty
	klp load load admin_first.ko --json
	is loaded-cmdline "$(cat /proc/cmdline)"
	is note "$(tr '\0' '\n' </sys/module/admin_first/notes/.note.klp-rs | grep -a ^klp_)"
	is version "$(cat /sys/module/admin_first/version)"
	says fixes nobody /klpctl fixes
	klp fixed fixes CVE-2026-2222
	klp not-fixed fixes CVE-2026-3333
	klp again load admin_first.ko --json
	klp other-build load other/admin_first.ko --json
	klp other-kernel load other/klp_test_two.ko --json
	klp not-cumulative upgrade admin_first.ko --json
	klp dry upgrade -n admin_next.ko --json
	is dry-patches "$(ls /sys/kernel/livepatch)"
	klp upgrade upgrade admin_next.ko --json
	is upgraded-cmdline "$(cat /proc/cmdline)"
	is upgraded-modules "$(cd /sys/module && ls -d admin_*)"
	klp status status --json
	klp status-text
	insmod admin_first.ko
	until_is /sys/kernel/livepatch/admin_first/transition 0
	echo 0 >/sys/kernel/livepatch/admin_first/enabled
	while [ -e /sys/kernel/livepatch/admin_first ]; do sleep 0.1; done
	klp module-loaded load admin_first.ko --json
	klp unload unload admin-first admin_next --json
	is unloaded "$(ls /sys/kernel/livepatch; ls -d /sys/module/admin_* 2>/dev/null)"
}

# The other boot is played: the mark's first line is this boot's id.
installed() {
	local store=/var/lib/klpctl
	klp install install admin_first.ko --json
	klp install-again install admin_first.ko --json
	is store "$(cd $store && ls -d ./*/*)"
	klp load-name load admin-first --json
	klp load-other load admin_frist --json
	klp metrics metrics
	klp stays load --all --json
	sed -i '1s/.*/another boot/' $store/loading
	klp unload-installed unload admin_first
	klp held load --all --json
	klp held-status status --json
	klp lifted load admin_first --json
	klp unload-lifted unload admin_first
	mkdir -p /etc/klpctl
	touch /etc/klpctl/off
	klp switched-off load --all --json
	is switched-off-patches "$(ls /sys/kernel/livepatch)"
	rm /etc/klpctl/off
	klp all load --all --json
	klp settle settle
	is settled "$(ls $store)"
	klp install-next install admin_next.ko --json
	klp load-next load --all --json
	is next-cmdline "$(cat /proc/cmdline)"
	klp downgrade-dry downgrade -n --json
	klp downgrade downgrade --json
	is downgraded-cmdline "$(cat /proc/cmdline)"
	chmod 777 $store
	klp unsafe load --all --json
	chmod 755 $store
	klp uninstall uninstall admin_first --json
	klp uninstall-again uninstall admin_first --json
	is uninstalled "$(cat $store/*/order; ls $store/*/; ls /sys/kernel/livepatch)"
	klp unload-left unload --all
}

two_at_once() {
	local first
	/klpctl load admin_first.ko >/dev/null 2>&1 &
	first=$!
	klp second load klp_test_two.ko --json
	says first wait $first
	is both "$(ls /sys/kernel/livepatch)"
	klp unload-all unload --all --json
}

# A task sleeps in a function that is to be patched, and then in one that replaces another.
stalls() {
	insmod klp_test_system.ko
	insmod klp_test_target.ko
	asleep $system/hold
	is held-by $sleeper
	klp stalled-load load admin_hold.ko --accept-unknown --timeout 1 --json
	is reverted "$(ls /sys/kernel/livepatch; ls -d /sys/module/admin_hold 2>/dev/null)"
	klp kept load admin_hold.ko --accept-unknown --timeout 1 --on-stall keep
	klp blocking blocking --json
	says blocking-nobody nobody /klpctl blocking
	klp check check
	klp waited wait --timeout 1
	klp pending load admin_first.ko --json
	klp reverse-load reverse admin_hold --json
	klp reverse-none reverse admin_hold --json
	wakes
	klp unload-hold unload admin_hold --json
	klp load-sleep load klp_test_sleep.ko --accept-unknown --json
	asleep $target/nap
	klp stalled-unload unload klp_test_sleep --timeout 1 --json
	is still-enabled "$(cat /sys/kernel/livepatch/klp_test_sleep/enabled)"
	killed
	wakes
	klp taken-up unload klp_test_sleep --json
	is gone "$(ls /sys/kernel/livepatch; ls -d /sys/module/klp_test_sleep 2>/dev/null)"
}

# A patch is disabled while a task sleeps in one of its functions; a newer patch has another.
no_way_back() {
	klp load-deep load admin_deep.ko --accept-unknown --json
	asleep $target/nap
	klp load-above load admin_first.ko --json
	klp no-way-back unload admin_deep --timeout 1 --json
	klp no-reverse reverse admin_deep --json
	is no-way-back-enabled "$(cat /sys/kernel/livepatch/admin_deep/enabled)"
	wakes
	klp deep-gone wait admin_deep --timeout 300
	klp unload-deep unload admin_deep admin_first --json
}

# In the middle of a transition that does not end.
killed() {
	/klpctl unload klp_test_sleep --timeout 600 >/dev/null 2>&1 &
	until_is /sys/kernel/livepatch/klp_test_sleep/enabled 0
	kill -9 $!
	wait $! 2>/dev/null
	klp after-kill status --json
}

# The last, since a module stays.
forced() {
	insmod klp_test_sleep.ko
	until_is /sys/kernel/livepatch/klp_test_sleep/transition 0
	asleep $target/nap
	klp force-idle force klp_test_sleep --yes --json
	klp force-stall unload klp_test_sleep --timeout 1 --on-stall keep --json
	klp force-unasked force klp_test_sleep --json
	klp force force klp_test_sleep --yes --json
	klp forced status --json
	klp forced-unload unload klp_test_sleep --json
	wakes
}

# What cannot be undone. Without securityfs klpctl does not see what the kernel demands, and tries.
enforced() {
	insmod other/dummy.ko
	klp other-target load admin_target.ko --json
	rmmod dummy
	insmod dummy.ko
	klp its-target load admin_target.ko --json
	klp unload-target unload admin_target --json
	klp no-parameter load klp_test_parameters.ko cuont=3 --json
	klp parameters load klp_test_parameters.ko count=3 ports=1,2 --json
	is parameters-shown "$(cat /proc/version)"
	klp unload-parameters unload klp_test_parameters --json
	local security=/sys/kernel/security
	echo integrity >$security/lockdown
	umount $security
	klp locked-down load admin_first.ko --json
	mount -t securityfs none $security
	echo 'appraise func=MODULE_CHECK appraise_type=imasig' >$security/ima/policy
	umount $security
	klp appraised load admin_first.ko --json
	mount -t securityfs none $security
	echo 1 >/sys/module/module/parameters/sig_enforce
	klp unsigned load admin_first.ko --json
}

comes
installed
two_at_once
stalls
no_way_back
forced
enforced
