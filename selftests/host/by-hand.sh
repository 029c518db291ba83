#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Replacements written in C in a second file of a module: what klp.h gives them of the kernel and of a module, and those
# that begin as copies of the kernel's own (klpctl new --c).
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

# Functions with what was inlined into them, of two units of the kernel and of a module; each is changed a little.
copies() {
	cd "$work"
	rm -rf copies
	"$klpctl" new copies --c --release "$release" --target vmlinux:meminfo_proc_show vmlinux:__d_lookup dummy:dummy_change_carrier
	grep -qx 'static void show_val_kb.*' copies/fix-meminfo.c
	grep -qx 'KLP_SYMBOL(vmlinux, si_swapinfo);' copies/fix-meminfo.c
	sed -i 's/show_val_kb(m, "MemTotal: /show_val_kb(m, "MemoryTotal: /' copies/fix-meminfo.c
	sed -i 's/if (new_carrier)/if (!new_carrier)/' copies/fix-dummy.c
	"$klpctl" build --release "$release" copies
}

# What the copy would have a second time is the author's to decide on; and what is not found.
copies_that_are_not_whole() {
	local says
	cd "$work"
	rm -rf kept
	says=$("$klpctl" new kept --c --release "$release" --target vmlinux:oom_kill_process 2>&1)
	expect_in 'it says' "the copy of oom_kill_process has a variable 'oom_rs' of its own" "$says"
	grep -q 'KLP_UNFINISHED();' kept/fix.c
	expect_in 'of a system call it says' 'it may be made by a macro' \
		"$(fails "$klpctl" new call --c --release "$release" --target vmlinux:__x64_sys_reboot 2>&1)"
	[ ! -e call ]
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
		grep -c MemTotal /proc/meminfo
		insmod copies.ko
		until grep -qx 0 /sys/kernel/livepatch/copies/transition; do sleep 1; done
		grep -c MemoryTotal /proc/meminfo
		find /sys/kernel -maxdepth 2 >/dev/null 2>&1
		carrier
		echo 0 >/sys/kernel/livepatch/copies/enabled
		while [ -d /sys/kernel/livepatch/copies ]; do sleep 1; done
		rmmod copies
		grep -c MemTotal /proc/meminfo
	END
	expect 'the guest says' 'insmod: ERROR: could not insert module unlinked.ko: Invalid module format
taint 1
address uptime_proc_show 1
processes 1
2
carrier 0
carrier 0
carrier 1
1
1
carrier 0
1' "$("$top/scripts/vm" -k "$release" -f "$work/klp-h/klp_test_c.ko=/root/klp_test_c.ko" -f "$work/dummy.ko=/root/dummy.ko" \
		-f "$work/copies/copies.ko=/root/copies.ko" -f "$work/unlinked.ko=/root/unlinked.ko" \
		-f "$work/guest.sh=/root/guest.sh" -- sh guest.sh)"
}

build
case_is 'what C declares wrongly is found' what_is_wrong_is_found
case_is 'what C declares rightly passes' what_is_right_passes
case_is 'without debug information types are not known' without_debug_information
case_is "copies of the kernel's functions are made, build and pass" copies
case_is 'what a copy lacks is told' copies_that_are_not_whole
case_is "unexported functions, addresses and variables of the kernel and of a module work" in_force
done_testing
