#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A machine with a disk and systemd, and real reboots: the Debian package is installed, a patch comes with each boot, is upgraded and
# downgraded, one that takes the machine down is left out at the boot after, and nothing comes if it is switched off.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/boot
release=$("$top/scripts/kernel" release)
release=${KERNEL:-$release}
kernel=$("$top/scripts/kernel" image "$release")

modules() {
	mkdir -p "$work/modules"
	cp -u "$here"/boot/{Kbuild,boot_panics.c} "$here"/admin/admin_{first,next}.rs "$work/modules"
	M=$work/modules "$top/scripts/kbuild" modules
}

# The system, without what is the test's; made once.
system() {
	local root=$work/system
	[ ! -e "$root" ] || return 0
	rm -rf "$root.partial"
	"$top/scripts/apt" sources | mmdebstrap --quiet --variant=minbase --format=directory --include=systemd-sysv,kmod \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' trixie "$root.partial" -
	mv "$root.partial" "$root"
}

disk() {
	local root=$work/root
	rm -rf "$root"
	cp -a "$work/system" "$root"
	cp "$(make -s -C "$top" deb)" "$root/klpctl.deb"
	mkdir "$root/modules"
	cp "$work"/modules/*.ko "$root/modules"
	cp "$here/boot/steps" "$root/steps"
	cp "$here/boot/steps.service" "$root/etc/systemd/system"
	ln -s ../steps.service "$root/etc/systemd/system/multi-user.target.wants/steps.service"
	echo test >"$root/etc/hostname"
	rm -f "$work/disk"
	mke2fs -q -t ext4 -d "$root" "$work/disk" 1G
	rm -rf "$root"
}

initrd() {
	local root=$work/initrd.root name
	rm -rf "$root"
	mkdir -p "$root"/{modules,mnt}
	for name in virtio_blk crc16 mbcache jbd2 ext4; do
		xz -dc "$(find "$kernel/modules/kernel/" -name "$name.ko.xz")" >"$root/modules/$name.ko"
	done
	cp "$here/boot/init" "$root/init"
	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/more.cpio"
	cat "$("$top/scripts/guest")" "$work/more.cpio" >"$work/initrd"
}

# boot WORD...: until the machine reboots, or panics.
boot() {
	timeout --foreground 1800 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -m 1G -cpu max \
		-accel tcg,thread=single -kernel "$kernel/vmlinuz" -initrd "$work/initrd" \
		-drive "file=$work/disk,format=raw,if=virtio,cache=writeback" \
		-serial "file:$work/console.$boots" -serial "file:$work/says.$boots" \
		-append "console=ttyS0 panic=-1 no_timer_check norandmaps watchdog_thresh=60 systemd.log_color=0 systemd.getty_auto=0 $*"
	cat "$work/says.$boots" >>"$work/says"
}

run() {
	rm -f "$work"/{console,says}*
	for boots in 1 2 3 4 5 6; do boot; done
	boots=7
	boot klpctl=off
}

it_is_installed() {
	expect 'status' '0 0 0' "$(status dpkg-1 enable-1 install-1)"
}

it_comes_with_the_boot() {
	expect 'after the reboot' 'first active' "$(answer cmdline-2) $(answer unit-2)"
	expect_in 'the order' network-pre.target "$(answer before-2)"
}

it_is_upgraded_and_downgraded() {
	expect 'status' '0 0 0' "$(status upgrade-2 install-2 downgrade-3)"
	expect 'after the reboot' next "$(answer cmdline-3)"
	expect 'installed and in force' 'admin_next true' "$(json status-3 '.installed[] | "\(.name) \(.in_force)"')"
	expect 'then' first "$(answer cmdline-after-3)"
}

what_takes_the_machine_down_is_left_out() {
	expect_in 'the console' 'Kernel panic - not syncing: as the test wants it' "$(cat "$work/console.4")"
	expect 'the boot after' 'first failed' "$(answer cmdline-4) $(answer unit-4)"
	expect_in 'why' 'a boot ended uncleanly' "$(json status-4 '.installed[] | select(.name == "boot_panics") | .why')"
}

nothing_comes_that_is_not_installed() {
	expect 'status' 0 "$(status uninstall-4)"
	expect 'patches' '0 0' "$(json status-5 '"\(.patches | length) \(.installed | length)"')"
}

nor_if_it_is_switched_off() {
	expect 'patches' '0 false' "$(json status-6 '"\(.patches | length) \(.installed[].in_force)"')"
	expect_in 'why' 'klpctl=off' "$(json status-6 '.installed[].why')"
	expect 'the end' '0 0' "$(status remove-6 end)"
}

modules
system
disk
initrd
run
case_is 'the package is installed, and a patch' it_is_installed
case_is 'it comes with the boot, before the network' it_comes_with_the_boot
case_is 'it is upgraded and downgraded' it_is_upgraded_and_downgraded
case_is 'one that takes the machine down is left out' what_takes_the_machine_down_is_left_out
case_is 'nothing comes that is not installed' nothing_comes_that_is_not_installed
case_is 'nor if it is switched off' nor_if_it_is_switched_off
done_testing
