#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# klpctl types: structs of the kernel's and of a module's in Rust, with all fields where they are; what is read and written by them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
work=$top/build/selftests/types
release=${KERNEL:-$("$top/scripts/kernel" release)}
kernel=$("$top/scripts/kernel" image "$release")

print() {
	"$klpctl" types --release "$release" "$@"
}

# The compiler compares each field's place; these have bit fields, unions, what is packed, and what has no name.
built() {
	local says
	rm -rf "$work"
	cp -r "$here/types" "$work"
	printf 'mod module;\nmod types;\n' >>"$work/types_at_work.rs"
	print vmlinux task_struct sk_buff net_device inode file page bio request_queue socket sock tcp_sock super_block kernfs_node \
		desc_struct idt_data pci_dev rtc_time >"$work/types.rs"
	print e1000 e1000_adapter >"$work/module.rs"
	says=$("$klpctl" build --json --release "$release" "$work")
	expect 'the prototype' ok "$(jq -r '.patches[].findings[] | select(.check == "prototype" and .subject == "e1000:e1000_has_link") | .status' <<<"$says")"
}

# A field that is moved is seen by the compiler, or else by verify.
moved_field() {
	local file=$work/module.rs says
	sed -i.good 's/^    pub hw: e1000_hw,/    pub moved: [u8; 8],\n&/' "$file"
	says=$("$klpctl" build --release "$release" "$work" 2>&1) && { echo 'it builds'; return 1; }
	expect_in 'the compiler' 'offset_of!(e1000_adapter, hw)' "$says"
	sed -i '/^const _: () = {/,/^};/d' "$file"
	says=$("$klpctl" build --release "$release" "$work" 2>&1) && { echo 'it passes'; return 1; }
	expect_in 'verify' 'e1000_adapter' "$says"
	mv "$file.good" "$file"
	touch "$file"
	"$klpctl" build --release "$release" "$work" >/dev/null
}

# A module of the same code and another build id.
another_build() {
	local says
	mkdir -p "$work/other"
	# shellcheck disable=SC2016
	"$top/scripts/builder" -- sh -euc 'cd "$2" && xz -dc "$1" >e1000.ko
		objcopy --dump-section .note.gnu.build-id=note e1000.ko /dev/null
		head -c -1 note >other && printf x >>other
		objcopy --update-section .note.gnu.build-id=other e1000.ko' - \
		"$(find "$kernel/modules/kernel/" -name e1000.ko.xz)" "$work/other"
	expect 'its own' ok "$(target_of)"
	says=$("$klpctl" verify --kernel "$kernel" --modules "$work/other" "$work/types_at_work.ko") && { echo 'it passes'; return 1; }
	expect_in 'verify' 'made for another build of this module' "$says"
}

target_of() {
	"$klpctl" verify --json --kernel "$kernel" "$work/types_at_work.ko" |
		jq -r '.patches[].findings[] | select(.check == "target" and .subject == "e1000") | .status'
}

at_work() {
	cat >"$work/guest.sh" <<-'END'
		set -e
		insmod types_at_work.ko
		until grep -qx 0 /sys/kernel/livepatch/types_at_work/transition; do sleep 1; done
		sh -c 'echo $$; exec cat /proc/version'
	END
	"$top/scripts/vm" -t 300 -k "$release" -f "$work/types_at_work.ko=/root/types_at_work.ko" -f "$work/guest.sh=/root/guest.sh" -- \
		sh guest.sh >"$work/says"
	expect 'the guest says' "task cat $(head -n 1 "$work/says") 0 1" "$(tail -n 1 "$work/says")"
}

unknown_ones() {
	local says
	says=$(print vmlinux seq_fil 2>&1) && return 1
	expect_in 'it says' "did you mean 'seq_file'?" "$says"
	says=$(print no_module x 2>&1) && return 1
	expect_in 'it says' "no module 'no_module'" "$says"
	expect 'without a struct' 2 "$(status_of "$klpctl" types vmlinux)"
}

case_is 'structs of the kernel and of a module are compiled, and are the kernel'"'"'s' built
case_is 'a field that is moved is found' moved_field
case_is 'another build of the module is found' another_build
case_is 'what is read and written by them is the kernel'"'"'s' at_work
case_is 'what the kernel does not have' unknown_ones
done_testing
