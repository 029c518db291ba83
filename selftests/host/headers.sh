#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# klp-headers: structs, inline functions and macros of the kernel's headers, private ones and one's own, by module; what is said
# of headers that are not there or cannot be read; what they give is at work in a guest.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
release=$(cat "$kdir/include/config/kernel.release")
kernel=$(dirname "$kdir")
work=$top/build/selftests/headers

built() {
	rm -rf "$work"
	cp -r "$here/headers" "$work"
	expect 'not right' '' "$("$klpctl" build --json --release "$release" "$work" | jq -r '.patches[].findings[] |
		select(.status != "ok") | "\(.check) \(.subject): \(.message)"')"
}

# make_modules DIR: what is said beside what make says.
make_modules() {
	KLPCTL=$klpctl M=$1 KERNEL=$release "$top/scripts/kbuild" modules 2>&1 | without_progress
}

nothing_is_done_twice() {
	touch "$work/then"
	expect 'the second build says' '' "$(make_modules "$work")"
	expect 'new files' '' "$(find "$work" -type f -newer "$work/then")"
}

only_what_is_used() {
	expect 'the inline functions' $'is_local_mountpoint\nnetif_running\nown_mtu\nreal_mount' \
		"$(sed -n 's/.* \**\([a-z_]*\)__inline(.*/\1/p' "$work"/.klp-headers/klp_test_headers{,_net}.c | sort)"
}

# What the source asks for next is made, and what that needs is missed before the kernel misses it.
unexported_symbol() {
	local file=$work/klp_test_headers.rs
	sed -i.good 's/c::is_local_mountpoint(\(.*\)),/{ c::detach_mounts(\1); true },/' "$file"
	expect_in 'it says' 'the inline function detach_mounts uses __detach_mounts, which the kernel does not export; say in the Kbuild who has it: ' \
		"$(make_modules "$work")"
	mv "$file.good" "$file"
	touch "$file"
	expect 'with the old source' '' "$(make_modules "$work")"
}

# source_with KBUILD_LINE: a module that uses struct mount.
source_with() {
	rm -rf "$work/other"
	mkdir "$work/other"
	printf '%s\n' 'obj-m := other.o' "$1" "include \$(KLP)/scripts/Makefile.klp" >"$work/other/Kbuild"
	cat >"$work/other/other.rs" <<-'END'
		// SPDX-License-Identifier: GPL-2.0
		//! Not built.
		klp::headers!(mod c);
		const MOUNT: usize = size_of::<c::mount>();
	END
	echo 'struct half {' >"$work/other/half.h"
}

# says_of KBUILD_LINE WORDS: the first line that the build says.
says_of() {
	local says
	source_with "$1"
	says=$(make_modules "$work/other")
	expect_in 'it says' "$2" "$says"
}

what_cannot_be_read() {
	says_of 'klp-headers := fs/mount.h linux/nonesuch.h' \
		'klp-headers: linux/nonesuch.h: there is no such header, neither beside the Kbuild nor in the source of this kernel'
	says_of 'klp-headers := half.h' 'klp-headers: bindgen cannot read half.h: '
	says_of 'klp-headers-another := fs/mount.h' 'klp::headers!: the Kbuild has no klp-headers for this module'
}

at_work() {
	xz -dc "$kernel/modules/kernel/drivers/net/dummy.ko.xz" >"$work/dummy.ko"
	cat >"$work/guest.sh" <<-'END'
		set -e
		in_force() {
			insmod $1.ko
			until grep -qx 0 /sys/kernel/livepatch/$1/transition; do sleep 1; done
		}
		gone() {
			echo 0 >/sys/kernel/livepatch/$1/enabled
			while [ -d /sys/kernel/livepatch/$1 ]; do sleep 1; done
			rmmod $1
		}
		exec 3</proc/version 4</proc/version
		in_force klp_test_headers
		sed -n 's/^mnt_id:[^0-9]*/mount /p' /proc/self/fdinfo/3
		cat <&3
		mount --bind /etc/passwd /proc/version
		cat <&4
		umount /proc/version
		exec 3<&- 4<&-
		gone klp_test_headers
		in_force klp_test_headers_net
		insmod dummy.ko
		cd /sys/class/net/dummy0
		echo $(($(cat flags) | 1)) >flags
		echo 1 >carrier
		echo "small $(cat carrier)"
		echo 9000 >mtu
		echo 0 >carrier
		echo "large $(cat carrier)"
		cd /
		gone klp_test_headers_net
		grep -c '^Linux version' /proc/version
	END
	"$top/scripts/vm" -t 300 -k "$release" -f "$work/klp_test_headers.ko=/root/klp_test_headers.ko" \
		-f "$work/klp_test_headers_net.ko=/root/klp_test_headers_net.ko" -f "$work/dummy.ko=/root/dummy.ko" \
		-f "$work/guest.sh=/root/guest.sh" -- sh guest.sh >"$work/says"
	local mount
	mount=$(head -n 1 "$work/says")
	expect 'the guest says' "$mount
$mount covered false mounts false proc true born true
$mount covered true mounts true proc true born true
small 0
large 1
1" "$(<"$work/says")"
	[ "$mount" ]
}

case_is 'structs, inline functions and macros of headers build, and are the kernel'"'"'s' built
case_is 'a second build does nothing' nothing_is_done_twice
case_is 'only what is used is compiled' only_what_is_used
case_is 'what an inline function uses and the kernel does not export is told' unexported_symbol
case_is 'headers that are not there, not named, or cannot be read are told in a sentence' what_cannot_be_read
case_is 'what they give is at work' at_work
done_testing
