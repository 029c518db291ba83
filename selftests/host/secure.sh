#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A machine with Secure Boot and keys of its own, which locks the kernel down: only a patch signed by such a key is loaded.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/secure
release=${KERNEL:-$("$top/scripts/kernel" release)}
kernel=$("$top/scripts/kernel" image "$release")

# What makes keys and the firmware's variables; made once.
tools() {
	local root=$work/tools
	[ ! -e "$root" ] || return 0
	rm -rf "$root.partial"
	"$top/scripts/apt" sources | mmdebstrap --quiet --variant=minbase --format=directory \
		--include=openssl,ovmf,python3-virt-firmware,sbsigntool \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' trixie "$root.partial" -
	mv "$root.partial" "$root"
}

with_tools() {
	bwrap --die-with-parent --bind "$work/tools" / --dev /dev --proc /proc --tmpfs /tmp --bind "$work" "$work" \
		--ro-bind "$kernel/vmlinuz" /vmlinuz --chdir "$work" --clearenv --setenv PATH /usr/sbin:/usr/bin --setenv LC_ALL C.UTF-8 "$@"
}

# The machine's owner, whose key signs the kernel and the patch, and a stranger.
keys_and_firmware() {
	# shellcheck disable=SC2016
	with_tools sh -euc '
		for name in owner stranger; do
			openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=The $name" -keyout $name.key -out $name.crt 2>/dev/null
		done
		sbsign --key owner.key --cert owner.crt --output vmlinuz /vmlinuz 2>/dev/null
		id=$(cat /proc/sys/kernel/random/uuid)
		virt-fw-vars --input /usr/share/OVMF/OVMF_VARS_4M.fd --output variables --secure-boot \
			--set-pk $id owner.crt --add-kek $id owner.crt --add-db $id owner.crt 2>/dev/null
		cp /usr/share/OVMF/OVMF_CODE_4M.secboot.fd firmware'
}

patches() {
	local kdir
	kdir=$("$top/scripts/kernel" kdir "$release")
	mkdir -p "$work/modules"
	cp -u "$here/admin/admin_first.rs" "$work/modules"
	sed -n '/^include /p' "$here/admin/Kbuild" >"$work/modules/Kbuild"
	echo 'obj-m := admin_first.o' >>"$work/modules/Kbuild"
	KERNEL=$release M=$work/modules "$top/scripts/kbuild" modules
	for name in unsigned owner stranger; do cp "$work/modules/admin_first.ko" "$work/$name.ko"; done
	for name in owner stranger; do
		"$top/scripts/builder" -- "$klpctl" sign "$work/$name.ko" --key "$work/$name.key" --cert "$work/$name.crt" \
			--sign-file "$kdir/scripts/sign-file"
	done
}

initrd() {
	local root=$work/initrd.root
	rm -rf "$root"
	mkdir -p "$root/modules"
	cp "$work"/{unsigned,stranger}.ko "$root/modules"
	cp "$work/owner.ko" "$root/modules/signed.ko"
	cp "$klpctl" "$here/secure/init" "$root"
	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/more.cpio"
	cat "$("$top/scripts/guest")" "$work/more.cpio" >"$work/initrd"
	rm -r "$root" "$work/more.cpio"
}

# The firmware keeps its variables where only its own code can write.
boot() {
	timeout --foreground 1800 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -m 1G -cpu max \
		-machine q35,smm=on -accel tcg,thread=single -global driver=cfi.pflash01,property=secure,value=on \
		-drive "if=pflash,format=raw,unit=0,readonly=on,file=$work/firmware" \
		-drive "if=pflash,format=raw,unit=1,file=$work/variables" \
		-kernel "$1" -initrd "$work/initrd" -serial "file:$work/console" -serial "file:$work/says" \
		-append 'console=ttyS0 panic=-1 no_timer_check norandmaps watchdog_thresh=60'
}

it_is_locked_down() {
	expect_in 'lockdown' '[integrity]' "$(answer lockdown)"
	expect_in 'the log' 'Secure boot enabled' "$(answer log)"
}

without_a_signature_it_is_refused() {
	expect 'status' '4 1' "$(status unsigned unsigned-insmod)"
	expect 'the reason' signature "$(json unsigned .reason)"
	expect 'with a key that the machine does not know' '4 signature' "$(status stranger) $(json stranger .reason)"
}

with_the_owners_it_is_in_force() {
	expect 'status' '0 0 0' "$(status verify load unload)"
	expect 'in force' first "$(answer cmdline)"
	expect_in 'without it' console= "$(answer gone)"
}

klpctl=$(make -s -C "$top" klpctl)
mkdir -p "$work"
tools
keys_and_firmware
patches
initrd
boot "$work/vmlinuz"
case_is 'the kernel is locked down' it_is_locked_down
case_is 'a patch without a known signature is refused' without_a_signature_it_is_refused
case_is "one by the owner's key is loaded, at work, and unloaded" with_the_owners_it_is_in_force
done_testing
