#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Wrong input to `make modules` is one clear line, before anything is compiled.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel=${KERNEL-} # for the one case that is about a stock kernel
unset KERNEL
make=$(command -v make) # tree() puts another in front
version='rustc 1.85.1 (4eb161250 2025-03-15)'

# A tree that has all that is looked at, and this machine's compilers to go with it.
tree() {
	rm -rf "${work:?}"/*
	mkdir -p "$work"/tree/{include/config,rust/bindings} "$work/bin"
	touch "$work/tree/Makefile" "$work/tree/rust/bindings/.bindings_generated.rs.cmd"
	printf 'CONFIG_%s=y\n' LIVEPATCH RUST "$@" >"$work/tree/include/config/auto.conf"
	echo 9.9.9 >"$work/tree/include/config/kernel.release"
	printf 'rust\0\0\0\11\0\0\0 %s (built from a source tarball)' "$version" >"$work/tree/rust/libkernel.rmeta"
	printf '#!/bin/sh\necho "%s (built from a source tarball)"\n' "$version" >"$work/bin/rustc"
	printf '#!/bin/sh\n' >"$work/bin/bindgen"
	printf '#!/bin/sh\necho "make was reached: $*"\n' >"$work/bin/make"
	chmod +x "$work"/bin/*
	export PATH=$work/bin:$PATH
}

# refused MESSAGE...: `make modules` ends in one line with each MESSAGE, and compiles nothing.
refused() {
	local message says
	says=$(KDIR=${KDIR:-$work/tree} fails "$top/scripts/kbuild" modules 2>&1)
	for message in "$@"; do expect_in 'it says' "$message" "$says"; done
	expect 'lines' 1 "$(wc -l <<<"$says")"
}

good_tree() {
	tree
	expect_in 'it says' 'make was reached' "$(KDIR=$work/tree "$top/scripts/kbuild" modules)"
	tree MODVERSIONS EXTENDED_MODVERSIONS
	expect_in 'it says' 'make was reached' "$(KDIR=$work/tree "$top/scripts/kbuild" modules)"
}

no_directory() { KDIR=/nowhere refused /nowhere 'no such directory' 'give the tree'; }

no_tree() {
	KDIR=$work refused 'no kernel tree' 'give the tree'
	tree
	rm "$work/tree/include/config/auto.conf"
	refused 'no configured kernel tree' 'make olddefconfig prepare'
}

option_off() {
	tree
	sed -i "/CONFIG_$1/d" "$work/tree/include/config/auto.conf"
	refused "CONFIG_$1 off" 'build the kernel with it'
}

no_metadata() {
	tree
	rm "$work/tree/rust/libkernel.rmeta"
	refused 'no rust/libkernel.rmeta' 'make prepare rust/' 'leave KDIR out'
}

no_bindgen_flags() {
	tree
	rm "$work/tree/rust/bindings/.bindings_generated.rs.cmd"
	refused '.bindings_generated.rs.cmd' 'give the tree that the kernel was built in'
}

other_rustc() {
	tree
	sed -i 's/1\.85\.1/1.95.0/' "$work/bin/rustc"
	refused "$version" 'rustc 1.95.0' 'install that one'
}

damaged_metadata() {
	tree
	: >"$work/tree/rust/libkernel.rmeta"
	refused 'not a Rust crate'
}

short_modversions() {
	tree MODVERSIONS
	refused CONFIG_EXTENDED_MODVERSIONS 'build the kernel with both'
}

no_rustc() {
	tree
	ln -s /usr/bin/* /bin/* "$work/bin/" 2>/dev/null || true # those that are there stay
	rm "$work/bin/rustc"
	PATH=$work/bin refused 'rustc is not installed' 'install the version that built the kernel'
}

llvm_is_passed_on() {
	tree
	expect_in 'it says' ' LLVM=1 ' "$(LLVM=1 KDIR=$work/tree "$top/scripts/kbuild" modules)"
}

llvm_is_found_out() {
	tree CC_IS_CLANG LD_IS_LLD
	expect_in 'it says' ' LLVM=1 ' "$(KDIR=$work/tree "$top/scripts/kbuild" modules)"
	tree CC_IS_CLANG
	fails grep -q LLVM <(KDIR=$work/tree "$top/scripts/kbuild" modules)
}

# With each character, in each variable that is a directory; what the name says is not done.
# shellcheck disable=SC2016
characters_in_a_path() {
	local name names=('my fix' "it's" 'a"b' 'a;touch ran' 'a$(touch ran)b' '$(shell touch ran)' 'a`touch ran`' 'a:b' 'a#b' 'a*' 'a%b' 'a\b' $'a\tb')
	tree
	cd "$work"
	for name in "${names[@]}"; do
		mkdir "$work/$name"
		cp "$top/samples/Kbuild" "$work/$name/"
		M=$work/$name refused "M=$work/$name: the kernel's build system takes no path with a '"
		MO=$work/$name refused "MO=$work/$name: the kernel's build system takes no path with a '"
		KDIR=$work/$name refused "KDIR=$work/$name: the kernel's build system takes no path with a '"
		expect_in 'make' "M=$work/$name: the kernel's build system takes no path with a '" \
			"$(KDIR=$work/tree fails "$make" -s -C "$top" modules M="$work/$name" 2>&1)"
		M=$work/nowhere/$name refused "M=$work/nowhere/$name: no such directory"
	done
	fails find "$work" "$top" -maxdepth 1 -name ran | grep .
}

# shellcheck disable=SC2016
kernel_with_characters() {
	local name
	for name in 'a b' '$(touch ran)' "';touch ran"; do
		expect_in 'make kdir' "'$name' is no kernel release" "$(fails "$make" -s -C "$top" kdir KERNEL="$name" 2>&1)"
	done
}

# A checkout that is mounted read-only, as root would write to any other.
read_only_checkout() {
	local command
	tree
	for command in 'scripts/kbuild modules' scripts/klpctl "$make -s clean" 'scripts/kselftest test-sleep.sh'; do
		read_only_is_told "$command"
	done
}

read_only_is_told() {
	local says
	rm -rf "$work/checkout"
	mkdir -p "$work/checkout/build"
	cp -a "$top"/{Makefile,Kbuild,samples,selftests,scripts,src} "$work/checkout"
	# shellcheck disable=SC2016
	says=$(fails env KDIR="$work/tree" unshare --map-root-user --mount sh -c '
		mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec $1' "$work/checkout" "$1" 2>&1)
	expect "lines of $1" 1 "$(without_progress <<<"$says" | grep -cv "^make: ")"
	grep -qE 'cannot (write to|remove) ' <<<"$says" || { echo "$1: $says"; return 1; }
}

nothing_is_left() {
	tree
	rm "$work/tree/rust/libkernel.rmeta"
	MO=$work/out refused 'no rust/libkernel.rmeta'
	[ ! -e "$work/out" ]
}

own_tree_builds() {
	local kdir
	"$top/scripts/klpctl" >/dev/null
	kdir=$("$top/scripts/kernel" kdir ${kernel:+"$kernel"} 2>/dev/null)
	"$top/scripts/builder" -- make -C "$top" modules KDIR="$kdir" MO="$top/build/kdir"
	[ -s "$top/build/kdir/samples/livepatch-sample.ko" ]
}

# One in which the kernel seems to have been built, out of a stock kernel's, with the commands of two units.
built_tree() {
	local stock file
	stock=$(dirname "$kdir")
	rm -rf "$own"
	mkdir -p "$own"/{fs/proc,drivers/net}
	for file in "$kdir"/* "$kdir"/.[!.]*; do
		case ${file##*/} in
		fs | drivers | vmlinux | System.map | .klp-rs-*) ;;
		*) ln -s "$file" "$own/" ;;
		esac
	done
	ln -s "$stock"/{vmlinuz,modules} "$own/"
	touch "$own/modules.order"
	for file in fs/proc/.version.o.cmd drivers/net/.dummy.o.cmd; do cp "$stock/units/$file" "$own/$file"; done
}

# The same module, code for code; and the tree is as it was.
own_tree_is_patched() {
	local klpctl kdir release source work=$top/build/selftests/kdir own=$top/build/selftests/kdir/tree
	klpctl=$("$top/scripts/klpctl")
	kdir=$("$top/scripts/kernel" kdir ${kernel:+"$kernel"} 2>/dev/null)
	release=$(cat "$kdir/include/config/kernel.release")
	source=$(realpath "$kdir/source")
	rm -rf "$work"
	edit fix fs/proc/version.c '/^static int version_proc_show/,/^}/s/^\treturn 0;/\tseq_puts(m, "fixed\\n");\n&/'
	edit fix drivers/net/dummy.c '/^static int dummy_change_carrier/,/^}/s/new_carrier\)$/!new_carrier)/;/^static int dummy_change_carrier/s/!//'
	"$klpctl" patch "$work/fix.patch" --release "$release" -o "$work/stock"
	built_tree
	find "$own" -printf '%p %T@ %s\n' | sort >"$work/before"
	"$top/scripts/builder" -- "$klpctl" patch "$work/fix.patch" --kdir "$own" -o "$work/own"
	find "$own" -printf '%p %T@ %s\n' | sort | diff "$work/before" -
	cmp "$work"/{stock,own}/fix-vmlinux.o_shipped
	cmp "$work"/{stock,own}/fix-dummy.o_shipped
	"$klpctl" diff "$work/stock/fix.ko" "$work/own/fix.ko"
	rm "$own/modules.order"
	expect_in 'without its modules' "run 'make modules' there" "$("$top/scripts/builder" -- "$klpctl" patch -n "$work/fix.patch" --kdir "$own" 2>&1 || true)"
}

# What is given by its path is what the scripts have prepared.
stock_tree_is_known() {
	local kdir
	kdir=$("$top/scripts/kernel" kdir ${kernel:+"$kernel"} 2>/dev/null)
	"$("$top/scripts/klpctl")" proof fs/proc/version.c --kdir "$kdir"
}

two_choices() {
	tree
	KERNEL=9.9.9 refused 'KDIR and KERNEL'
}

unknown_kernel() {
	local says
	says=$(KERNEL=9.9.9-amd64 fails "$top/scripts/kbuild" modules 2>&1)
	expect_in 'it says' 'has no kernel 9.9.9-amd64; it has: ' "$says"
	says=$(KERNEL=../x fails "$top/scripts/kbuild" modules 2>&1)
	expect_in 'it says' "'../x' is no kernel release" "$says"
	expect 'lines' 1 "$(wc -l <<<"$says")"
}

wrong_patch_directory() {
	tree
	M=/nowhere refused /nowhere 'no such directory'
	M=$work refused 'needs two lines'
}

case_is 'a good tree is accepted' good_tree
case_is 'no such directory' no_directory
case_is 'no kernel tree' no_tree
case_is 'CONFIG_LIVEPATCH is off' option_off LIVEPATCH
case_is 'CONFIG_RUST is off' option_off RUST
case_is 'no metadata' no_metadata
case_is 'no flags for bindgen' no_bindgen_flags
case_is 'a rustc that did not make the metadata' other_rustc
case_is 'damaged metadata' damaged_metadata
case_is 'MODVERSIONS that cannot hold Rust symbols' short_modversions
case_is 'no rustc' no_rustc
case_is 'KDIR and KERNEL together' two_choices
case_is 'LLVM=1 is passed on' llvm_is_passed_on
case_is 'a tree that LLVM has built is found out' llvm_is_found_out
case_is 'a path that make cannot take' characters_in_a_path
case_is 'a kernel that is no name of one' kernel_with_characters
case_is 'a checkout that is read-only' read_only_checkout
case_is 'a refusal leaves nothing behind' nothing_is_left
case_is 'KDIR builds with the compilers at hand' own_tree_builds
case_is 'a fix becomes the same module in a tree of one'"'"'s own, which stays as it is' own_tree_is_patched
case_is 'a prepared tree is known by its path' stock_tree_is_known
case_is 'an unknown kernel' unknown_kernel
case_is 'a directory that is no livepatch' wrong_patch_directory
done_testing
