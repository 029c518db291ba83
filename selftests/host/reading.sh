#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What klpctl reads: kernels as the kernel's build compresses them, stripped modules, and which file of a module.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/reading
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
kernel=$(dirname "$kdir")

little_endian() {
	local i
	# shellcheck disable=SC2059
	for i in 0 8 16 24; do printf "\\x$(printf %02x $(($1 >> i & 255)))"; done
}

number_at() {
	od -An -tu4 -j "$1" -N 4 "$kernel/vmlinuz"
}

# The stock kernel, compressed in another way: its header with another length, what is compressed, and the size of that.
repacked() {
	local setup start
	setup=$(od -An -tu1 -j $((0x1f1)) -N 1 "$kernel/vmlinuz")
	start=$(((setup + 1) * 512 + $(number_at $((0x248)))))
	{
		"$@" <"$work/vmlinux"
		little_endian "$(stat -c %s "$work/vmlinux")"
	} >"$work/payload"
	{
		head -c $((0x24c)) "$kernel/vmlinuz"
		little_endian "$(stat -c %s "$work/payload")"
		head -c $start "$kernel/vmlinuz" | tail -c +$((0x24c + 5))
		cat "$work/payload"
	} >"$work/vmlinuz"
	rm "$work/payload"
}

# verify's findings on a module, all but where the kernel is from.
findings() {
	"$klpctl" verify --json "$@" | jq -c '.release, .patches[].findings[] | {check, subject, status}?' || true
}

# As scripts/xz_wrap.sh has it, but for speed.
xz_as_the_kernel() {
	xz --check=crc32 --x86 --lzma2=preset=0,dict=128MiB
}

repacked_kernels_say_the_same() {
	local expected
	bash "$kdir/source/scripts/extract-vmlinux" "$kernel/vmlinuz" >"$work/vmlinux"
	expected=$(findings --kernel "$kdir" "$module")
	expect_in 'verify finds' '"check":"function","subject":"vmlinux:cmdline_proc_show","status":"ok"' "$expected"
	repacked xz_as_the_kernel
	expect 'with xz' "$expected" "$(findings --vmlinux "$work/vmlinuz" "$module")"
	repacked head -c 100
	expect_in 'with something else' "give its vmlinux" "$("$klpctl" verify --vmlinux "$work/vmlinuz" "$module" 2>&1)"
	rm "$work"/vmlinu[xz]
}

says_of_stripped() {
	cp "$module" "$work/whole.ko"
	"$top/scripts/builder" -b "$work" -- "$@" "$work/whole.ko" -o "$work/stripped.ko"
	expect "status, after $*" 4 "$(status_of "$klpctl" verify --kernel "$kdir" "$work/stripped.ko")"
	says=$("$klpctl" verify --json --kernel "$kdir" "$work/stripped.ko" | jq -r '.patches[].findings[] |
		select(.status == "failed") | "\(.check): \(.message)"')
	expect_in "after $*" 'stripped: ' "$says"
	expect_in "after $*" 'only with --strip-debug' "$says"
}

stripped_modules_fail() {
	local says
	says_of_stripped strip --strip-unneeded
	says_of_stripped llvm-strip --strip-all
}

files_of_a_module() {
	local dir=$work/modules user=$work/alone/livepatch-symbols-module.ko
	rm -rf "$dir" "$work/alone"
	mkdir -p "$dir"/{updates,extra} "$work/alone"
	cp "$samples/livepatch-symbols-module.ko" "$work/alone"
	expect_in 'without one' 'no module' "$("$klpctl" verify --kernel "$kdir" "$user" || true)"
	cp "$module" "$dir/extra/livepatch-shadow-mod.ko"
	cp "$module" "$dir/updates/livepatch_shadow_mod.ko"
	"$klpctl" verify --json --kernel "$kdir" --modules "$dir" "$user" | jq -r '.patches[].findings[] |
		select(.check == "module") | "\(.status) \(.message)"' >"$dir/says" || true
	expect_in 'of two' "warning it is checked against $dir/updates/livepatch_shadow_mod.ko, and there is $dir/extra/livepatch-shadow-mod.ko too" "$(<"$dir/says")"
	expect 'the status for a directory that is not there' 1 \
		"$(status_of "$klpctl" verify --kernel "$kdir" --modules "$dir/nowhere" "$module")"
	cp "$user" "$dir/updates/"
	fails grep -q 'no module' <<<"$("$klpctl" verify --kernel "$kdir" "$dir/updates/$(basename "$user")")"
}

klpctl=$(make -s -C "$top" klpctl)
samples=$(samples)
module=$samples/livepatch-sample.ko
mkdir -p "$work"

case_is 'a kernel that xz compressed says what the stock one says' repacked_kernels_say_the_same
case_is 'modules that lack the symbols of replacements fail' stripped_modules_fail
case_is 'several files of a module are named, and one beside the patch is found' files_of_a_module
done_testing
