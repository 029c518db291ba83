#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Replacements written in C in a second file of a module: what klp.h gives them of the kernel and of a module.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
release=$(cat "$kdir/include/config/kernel.release")
kernel=$(dirname "$kdir")
work=$top/build/selftests/by-hand

build() {
	mkdir -p "$work/klp-h"
	cp -u "$here"/klp-h/* "$work/klp-h"
	rm -f "$work"/klp-h/*.ko
	KLPCTL=true M=$work/klp-h KERNEL=$release "$top/scripts/kbuild" modules
	cp "$work/klp-h/klp_test_c.ko" "$work/unlinked.ko"
	M=$work/klp-h KERNEL=$release "$top/scripts/kbuild" modules
	xz -dc "$kernel/modules/kernel/drivers/net/dummy.ko.xz" >"$work/dummy.ko"
	"$klpctl" verify --json --kernel "$kernel" "$work"/klp-h/*.ko >"$work/says.json" || true
}

# finding PATCH SUBJECT STATUS WORDS: what verify says of a symbol.
finding() {
	expect_in "$1: $2 $3" "$4" "$(jq -r --arg patch "$1" --arg subject "$2" --arg status "$3" '
		.patches[] | select(.name == $patch) | .findings[] |
		select(.check == "symbol" and .subject == $subject and .status == $status) | .message' "$work/says.json")"
}

what_is_wrong_is_found() {
	local patch=klp_test_c_kinds
	finding $patch vmlinux:uptime_proc_show failed 'the result is a signed integer of 64 bits'
	finding $patch vmlinux:loadavg_proc_show failed 'it is code, and is declared as a variable'
	finding $patch vmlinux:tainted_mask failed 'it is data'
	finding $patch vmlinux:process_counts failed 'it is per-CPU'
	finding $patch vmlinux:file_systems_gen failed 'it is not per-CPU'
	finding $patch vmlinux:type_show failed 'give a position'
	finding $patch vmlinux:cmdline_proc_show ok "is the kernel's prototype"
	expect 'unfinished' 'kinds.c:33' "$(jq -r '.patches[].findings[] | select(.check == "finished") | .subject' "$work/says.json")"
}

what_is_right_passes() {
	local patch=klp_test_c
	finding $patch vmlinux:get_taint ok "is the kernel's prototype"
	finding $patch vmlinux:uptime_proc_show ok "is the kernel's prototype"
	finding $patch vmlinux:process_counts ok "is the kernel's type"
	finding $patch dummy:numdummies ok 'has 4 bytes'
	expect 'not right' '' "$(jq -r --arg patch $patch '.patches[] | select(.name == $patch) | .findings[] | select(.status != "ok") |
		"\(.check) \(.subject): \(.message)"' "$work/says.json")"
}

without_debug_information() {
	"$top/scripts/builder" -- strip -g -o "$work/stripped.ko" "$work/unlinked.ko"
	"$klpctl" link "$work/stripped.ko"
	expect 'what is not known' 6 "$("$klpctl" verify --json --kernel "$kernel" "$work/stripped.ko" | jq '[.patches[].findings[] |
		select(.check == "symbol" and .status == "unknown" and (.message | contains("build with CONFIG_DEBUG_INFO")))] | length')"
}

# What is not linked would call address 0. The module comes after the livepatch, goes, and comes again.
in_force() {
	cat >"$work/guest.sh" <<-'END'
		set -e
		carrier() {
			insmod dummy.ko numdummies=3
			echo $(($(cat /sys/class/net/dummy0/flags) | 1)) >/sys/class/net/dummy0/flags
			echo 1 >/sys/class/net/dummy0/carrier
			echo "carrier $(cat /sys/class/net/dummy0/carrier)"
			rmmod dummy
		}
		insmod unlinked.ko 2>&1 || true
		insmod klp_test_c.ko
		until grep -qx 0 /sys/kernel/livepatch/klp_test_c/transition; do sleep 1; done
		head -n 3 /proc/version
		tail -n 1 /proc/version | wc -w
		carrier
		carrier
		echo 0 >/sys/kernel/livepatch/klp_test_c/enabled
		while [ -d /sys/kernel/livepatch/klp_test_c ]; do sleep 1; done
		rmmod klp_test_c
		carrier
	END
	expect 'the guest says' 'insmod: ERROR: could not insert module unlinked.ko: Invalid module format
taint 1
address uptime_proc_show 1
processes 1
2
carrier 0
carrier 0
carrier 1' "$("$top/scripts/vm" -k "$release" -f "$work/klp-h/klp_test_c.ko=/root/klp_test_c.ko" -f "$work/dummy.ko=/root/dummy.ko" \
		-f "$work/unlinked.ko=/root/unlinked.ko" \
		-f "$work/guest.sh=/root/guest.sh" -- sh guest.sh)"
}

build
case_is 'what C declares wrongly is found' what_is_wrong_is_found
case_is 'what C declares rightly passes' what_is_right_passes
case_is 'without debug information types are not known' without_debug_information
case_is "unexported functions, addresses and variables of the kernel and of a module work" in_force
done_testing
