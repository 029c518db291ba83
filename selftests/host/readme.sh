#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The README's own livepatch, and the targets of make that no other test reaches.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

block() {
	awk -v name="$1" '/^```/ { inside = $2 == name; next } inside' "$top/README.md"
}

own_livepatch() {
	mkdir -p "$work/my-fix"
	block Kbuild >"$work/my-fix/Kbuild"
	block my-fix.rs >"$work/my-fix/my-fix.rs"
	expect 'lines of Kbuild' 2 "$(wc -l <"$work/my-fix/Kbuild")"
	block build >"$work/commands"
	expect 'what it all prints' 'the best of versions' \
		"$(cd "$top" && HOME=$work sh -eu "$work/commands" 2>&1)"
}

installed() {
	local kdir release
	kdir=$(make -s -C "$top" kdir 2>/dev/null)
	release=$(cat "$kdir/include/config/kernel.release")
	mkdir -p "$work/root/lib/modules/$release"
	cp "$kdir"/../modules/modules.* "$work/root/lib/modules/$release"
	expect 'what it prints' '' "$(make -s -C "$top" modules_install M="$work/my-fix" INSTALL_MOD_PATH="$work/root" 2>&1)"
	expect 'files' 1 "$(find "$work/root/lib/modules" -path '*/updates/my-fix.ko*' | wc -l)"
	expect_in modules.dep 'updates/my-fix.ko' "$(cat "$work/root/lib/modules/$release/modules.dep")"
}

# In a copy of the tree, since other tests build in this one.
cleaned() {
	mkdir -p "$work/tree"
	cp -a "$top"/{Kbuild,Makefile,samples,scripts,src} "$work/tree"
	make -C "$work/tree" modules M="$work/my-fix"
	[ -e "$work/tree/build" ]
	make -C "$work/tree" clean M="$work/my-fix"
	expect 'files' "$(printf '%s\n' Kbuild my-fix.rs)" "$(find "$work/my-fix" -type f -printf '%f\n' | sort)"
	[ ! -e "$work/tree/build" ]
}

documented() {
	local index
	index=$(make -s -C "$top" doc)
	[ -s "$index" ]
	expect_in 'the page of the macro' 'sympos' "$(cat "$(dirname "$index")/macro.livepatch.html")"
}

kdir_is_printed() {
	local kdir
	kdir=$(make -s -C "$top" kdir 2>/dev/null)
	[ -e "$kdir/rust/libkernel.rmeta" ]
	[ -e "$kdir/source/kernel/livepatch/core.c" ]
}

editors_find_everything() {
	make -C "$top" rust-analyzer
	expect 'paths that do not exist' '' \
		"$(jq -r '.sysroot, (.crates[] | .root_module, .proc_macro_dylib_path // empty, .env.KLP_BINDINGS // empty)' \
			"$top/rust-project.json" | while read -r path; do [ -e "$path" ] || echo "$path"; done)"
	expect "the sample's crates" 'core kernel klp' "$(jq -r '.crates as $all | $all[] |
		select(.display_name == "livepatch_sample") | [.deps[].crate] | map($all[.].display_name) |
		map(select(. == "core" or . == "kernel" or . == "klp")) | join(" ")' "$top/rust-project.json")"
}

demo_shows_the_main_job() {
	local says started=$SECONDS
	says=$(make -C "$top" demo 2>/dev/null)
	expect_in 'the demo' $'# cat /proc/cmdline\nthis has been live patched\n# echo 0 >' "$says"
	expect_in 'the demo' "livepatch: 'livepatch_sample': unpatching complete" "$says"
	[ $((SECONDS - started)) -lt 30 ] || { echo "a second run took $((SECONDS - started)) s"; return 1; }
}

every_target_is_listed() {
	local target says
	says=$(make -s -C "$top" help)
	for target in demo modules modules_install clean klpctl test test-all selftests check doc rust-analyzer kdir; do
		expect_in 'make help' "  $target " "$says"
	done
}

make -s -C "$top" demo >/dev/null # whatever is prepared once does not count as a second run
case_is 'make demo shows the main job, in under 30 s the second time' demo_shows_the_main_job
case_is "the README's livepatch builds and works as printed" own_livepatch
case_is 'make modules_install installs it' installed
case_is 'make clean cleans it' cleaned
case_is 'make doc' documented
case_is 'make kdir' kdir_is_printed
case_is 'make rust-analyzer' editors_find_everything
case_is 'make help lists every target' every_target_is_listed
done_testing
