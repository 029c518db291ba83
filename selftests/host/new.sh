#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What klpctl new writes beside prototypes: what the originals call, what was inlined into them, and replacements that call them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
release=$(cat "$kdir/include/config/kernel.release")
work=$top/build/selftests/new

# says WORDS: the source has them, wherever its lines are broken.
says() {
	expect_in 'the source' "$1" "$(sed 's,^ *// ,,' calls/calls.rs | tr -s ' \n' ' ')"
}

# Static functions, of the kernel and of a module, and one whose name is not unique.
calls_are_declared() {
	rm -rf calls
	"$klpctl" new calls --release "$release" --target vmlinux:do_fcntl e1000:e1000_set_mac
	says 'fn f_dupfd(from: ffi::c_uint, file: *mut bindings::file, flags: ffi::c_uint) -> ffi::c_int;'
	says 'fn e1000_rar_set(hw: *mut types_e1000::e1000_hw, addr: *mut u8, index: ffi::c_uint);'
	says 'The original calls f_dupfd, '
	says 'Of kernel::bindings, it calls _raw_spin_lock, '
	says 'It also calls, without a prototype in Rust, fdget_raw.'
	grep -q ' f_dupfd_query, .* setfl, spin_lock' <(sed 's,^ *// ,,' calls/calls.rs | tr '\n' ' ')
	for other in __fentry__ __x86_return_thunk; do ! grep -q "$other" calls/calls.rs || { echo "$other is there"; return 1; }; done
}

# They build, and what is not used is no part of the patch.
unused_calls_cost_nothing() {
	expect 'the status' 4 "$(status_of "$klpctl" build --release "$release" calls)"
	expect 'its symbols' 0 "$("$klpctl" info --json calls/calls.ko | jq '.patches[0].symbols | length')"
	expect 'what is wrong' finished "$("$klpctl" verify --json --kernel "$kdir" calls/calls.ko |
		jq -r '[.patches[].findings[] | select(.status != "ok") | .check] | unique | join(" ")')"
}

# A static function with an argument that is called as what stands before it, and one of a module with a struct of its own.
around() {
	local said
	rm -rf around
	said=$("$klpctl" new around --around --release "$release" --target vmlinux:cmdline_proc_show e1000:e1000_set_mac 2>&1)
	expect_in 'new says' 'it does what the kernel does' "$said"
	grep -q '    original.call(m, v)$' around/around.rs
	"$klpctl" build --strict --release "$release" around
	expect 'originals' '2' "$("$klpctl" info --json around/around.ko | jq '[.patches[].objects[].functions[] | select(.calls_original)] | length')"
}

mkdir -p "$work"
cd "$work"
case_is 'what the originals call is declared' calls_are_declared
case_is 'what is declared and not used' unused_calls_cost_nothing
case_is 'replacements that call the originals' around
done_testing
