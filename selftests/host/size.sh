#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One patch of COUNT functions and symbols (default: 100; make test-all: 1,000), and of a tenth of that modules and states: built,
# verified, loaded and removed.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

count=${COUNT:-100}
tenth=$((count / 10))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kdir=$("$top/scripts/kernel" kdir)
release=$(cat "$kdir/include/config/kernel.release")
klpctl=${KLPCTL:-$("$top/scripts/klpctl")}

# Functions of subsystems that nothing in the guest calls: replacements do nothing there.
candidates() {
	"$top/scripts/builder" -- sh -c "pfunct -F btf '$kdir/vmlinux' 2>/dev/null" | sort -u |
		sed -nE 's/^(fuse|devlink|mptcp|xen|cxl|phy|spi|damon|regulator|i2c)_/vmlinux:&/p'
}

# The lines `unsafe NAME(…) -> TYPE => REPLACEMENT,` and the replacements, with the prototypes that the kernel has.
write_functions() {
	cd "$work"
	candidates | head -n $((count * 4)) >all
	xargs -a all "$klpctl" new --kernel "$kdir" many --target 2>refused || true
	sed -n 's/^  \(vmlinux:[^:]*\): .*/\1/p' refused >refused-names
	grep -vxFf refused-names all >possible
	head -n "$count" possible >functions
	tail -n "+$((count + 1))" possible | head -n "$count" >symbols
	xargs -a functions "$klpctl" new --kernel "$kdir" many --target
	[ ! -s symbols ] || xargs -a symbols "$klpctl" new --kernel "$kdir" others --target
	# The structs of two livepatches are not those of one.
	sed -i 's/types_vmlinux::[A-Za-z0-9_]*/ffi::c_void/g; /^mod types_vmlinux;/d' many/many.rs others/others.rs
	rm many/types_vmlinux.rs
}

# Of functions to replace, symbols to call. What is missing is the first ones again, by other names.
symbol_lines() {
	sed -nE 's/^ *unsafe "?([^"(]*)"?(\(.*\).*) => .*/\1 \2/p' others/others.rs |
		awk -v count="$count" '{ name[NR] = $1; $1 = ""; type[NR] = $0 }
			END {
				for (i = 0; i < count; i++) {
					n = i % NR + 1
					printf "        #[link_name = \"%s\"] fn symbol_%d%s;\n", name[n], i, type[n]
				}
			}'
}

write_patch() {
	write_functions >/dev/null
	{
		cat <<-'END'
			// SPDX-License-Identifier: GPL-2.0

			//! Many.

			#![allow(non_snake_case, dead_code)]

			use kernel::{bindings, ffi, prelude::*, seq_file::SeqFile, seq_print};

			klp::symbols! {
			    vmlinux => {
		END
		symbol_lines
		cat <<-'END'
			    },
			}

			struct Counted<const ID: usize>;

			#[vtable]
			impl<const ID: usize> klp::State for Counted<ID> {
			    const ID: usize = ID;
			    const VERSION: u32 = 1;
			    type Data = usize;

			    fn setup() -> Result<usize> {
			        Ok(ID)
			    }
			}

			fn cmdline(m: &SeqFile, _v: *mut ffi::c_void) -> ffi::c_int {
			    seq_print!(m, "one of many\n");
			    0
			}

		END
		seq -f 'fn of_module_%g() {}' "$tenth"
		sed -n '/^klp::livepatch/,$p' many/many.rs | awk -v tenth="$tenth" '
			/^    \],$/ && !done {
				for (i = 1; i <= tenth; i++) {
					printf "        \"klp_test_no_module_%d\" => [\n            // SAFETY: There is none.\n", i
					printf "            unsafe function() => of_module_%d,\n        ],\n", i
				}
				print "    ],\n    states: ["
				for (i = 1; i <= tenth; i++) printf "        Counted<%d>,\n", i
				done = 1
			}
			{ print }
			/vmlinux => \[/ { print "unsafe cmdline_proc_show(m: &SeqFile, v: *mut ffi::c_void) -> ffi::c_int => cmdline," }'
	} >many/many.rs.new
	mv many/many.rs.new many/many.rs
}

is_built() {
	write_patch
	M=$work/many KERNEL=$release KLPCTL=$klpctl "$top/scripts/kbuild" modules
	expect 'functions' $((count + tenth + 1)) "$("$top/scripts/builder" -b "$work" -- modinfo -F klp_func "$work/many/many.ko" | wc -l)"
}

is_loaded_and_removed() {
	cat >"$work/guest.sh" <<-'END'
		set -eu
		insmod /patch/many.ko
		until grep -qx 0 /sys/kernel/livepatch/many/transition; do sleep 1; done
		cat /proc/cmdline
		ls -d /sys/kernel/livepatch/many/*/ | wc -l
		ls -d /sys/kernel/livepatch/many/vmlinux/*/ | wc -l
		echo 0 >/sys/kernel/livepatch/many/enabled
		while [ -d /sys/kernel/livepatch/many ]; do sleep 1; done
		rmmod many
		grep -c 'one of many' /proc/cmdline || true
	END
	expect 'the guest' "one of many
$((tenth + 1))
$((count + 1))
0" \
		"$("$top/scripts/vm" -k "$release" -t 900 -f "$work/many=/patch" -f "$work/guest.sh=/guest.sh" -- sh /guest.sh)"
}

case_is "$count functions, $count symbols, $tenth modules and $tenth states are built" is_built
case_is 'they are loaded, in effect, and removed' is_loaded_and_removed
done_testing
