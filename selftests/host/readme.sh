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
		"$(cd "$top" && HOME=$work sh -eu "$work/commands" 2>&1 | without_progress)"
}

symbols_are_to_be_read() {
	local symbols
	symbols=$("$top/scripts/builder" -b "$work" -- nm "$work/my-fix/my-fix.ko")
	expect_in 'its symbols' ' __klp_patch' "$symbols"
	expect 'labels of the compiler' '' "$(grep -F ' .L' <<<"$symbols")"
}

# The guest ends with insmod's status, and not never, where the livepatch cannot be loaded.
own_livepatch_that_does_not_load() {
	local status=0 says
	mkdir "$work/refused"
	echo 'no module' >"$work/refused/my-fix.ko"
	sed -e '/^make /d' -e "s,\$HOME/my-fix,$work/refused," "$work/commands" >"$work/commands.refused"
	says=$(cd "$top" && sh -eu "$work/commands.refused" 2>&1) || status=$?
	expect 'the status' 1 $status
	expect_in 'it says' 'insmod: ERROR' "$says"
}

installed() {
	mkdir -p "$work/root/lib/modules/$release"
	cp "$kdir"/../modules/modules.* "$work/root/lib/modules/$release"
	expect 'what it prints' '' "$(make -s -C "$top" modules_install M="$work/my-fix" INSTALL_MOD_PATH="$work/root" 2>&1 | without_progress)"
	expect 'files' 1 "$(find "$work/root/lib/modules" -path '*/updates/my-fix.ko*' | wc -l)"
	expect_in modules.dep 'updates/my-fix.ko' "$(cat "$work/root/lib/modules/$release/modules.dep")"
}

signer() {
	"$top/scripts/builder" -b "$work" -- modinfo -F signer "$1"
}

# A stock kernel's install signs nothing; the command of the page does.
signed() {
	expect 'who signed what was installed' '' "$(signer "$work"/root/lib/modules/*/updates/my-fix.ko*)"
	"$top/scripts/builder" -b "$work" -- openssl req -quiet -x509 -newkey rsa:2048 -nodes -subj '/CN=the test' \
		-keyout "$work/my-fix/key.pem" -out "$work/my-fix/cert.pem"
	awk '/^```/ { inside = $2 == "sign"; next } inside' "$top/Documentation/writing.md" >"$work/commands.sign"
	(cd "$top" && HOME=$work sh -eu "$work/commands.sign")
	expect 'who signed it' 'the test' "$(signer "$work/my-fix/my-fix.ko")"
	rm "$work"/my-fix/*.pem
}

# In a copy of the tree, since other tests build in this one.
cleaned() {
	local tree=$work/tree
	mkdir -p "$tree/build"
	cp -a "$top"/{Kbuild,Makefile,samples,scripts,src} "$tree"
	touch "$tree/build/kept" "$tree/rust-project.json"
	make -C "$tree" clean M="$work/my-fix"
	expect 'files' "$(printf '%s\n' Kbuild my-fix.rs)" "$(find "$work/my-fix" -type f -printf '%f\n' | sort)"
	[ -e "$tree/build/kept" ] && [ -e "$tree/rust-project.json" ]
	make -C "$tree" clean
	[ ! -e "$tree/build" ] && [ ! -e "$tree/rust-project.json" ]
}

# That of a copy builds in the copy, and where KLP leads if that is given.
klpctl_of_a_copy() {
	local place program=$work/copy/build/klpctl
	for place in copy named; do
		mkdir -p "$work/$place"/{scripts,build}
		printf '#!/bin/sh\necho "this is %s"\n' "$place" >"$work/$place/scripts/kernel"
		chmod +x "$work/$place/scripts/kernel"
		touch "$work/$place/scripts/kbuild"
	done
	cp "$("$top/scripts/klpctl")" "$program"
	expect 'without KLP' 'this is copy' "$("$program" kdir 1.2.3)"
	expect 'with KLP' 'this is named' "$(KLP=$work/named "$program" kdir 1.2.3)"
	expect_in 'with a wrong KLP' "KLP=$work: no checkout of klp-rs" "$(KLP=$work fails "$program" kdir 1.2.3 2>&1)"
}

# By a list of crates that no other checkout has.
crates_are_compiled_once() {
	local tree said=() compiled=${XDG_CACHE_HOME:-$HOME/.cache}/klp-rs/cargo/compiled list
	for tree in first second; do
		mkdir -p "$work/$tree"
		cp -a "$top"/{Cargo.*,scripts,tools} "$work/$tree"
		echo "# $work" >>"$work/$tree/Cargo.lock"
		list=$(sha256sum "$work/$tree/Cargo.lock" | cut -c 1-16)
		said+=("$("$work/$tree/scripts/cargo" build --release --package memchr 2>&1 | grep -o Compiling)") || true
	done
	[ -d "$compiled/$list" ]
	rm -r "${compiled:?}/$list"
	expect 'the first and the second' 'Compiling,' "${said[0]},${said[1]}"
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

demo_shows_the_main_job() {
	local says
	says=$(make -C "$top" demo 2>/dev/null)
	expect_in 'the demo' $'# cat /proc/cmdline\nthis has been live patched\n# echo 0 >' "$says"
	expect_in 'the demo' "livepatch: 'livepatch_sample': unpatching complete" "$says"
}

# Where the page of klpctl says that the samples are.
samples_are_where_the_page_says() {
	local place
	# shellcheck disable=SC2016
	place=$(sed -n 's/^STATES is the directory .* `\(build.*\)`\.$/\1/p' "$top/Documentation/klpctl.md")
	[ -s "$top/${place/RELEASE/$release}/livepatch-state-v1.ko" ]
}

every_target_is_listed() {
	local target says
	says=$(make -s -C "$top" help)
	for target in demo modules modules_install clean klpctl test test-all selftests bench check doc rust-analyzer kdir install deb; do
		expect_in 'make help' "  $target " "$says"
	done
}

kdir=$(make -s -C "$top" kdir)
release=$(cat "$kdir/include/config/kernel.release")
samples >/dev/null # whatever is prepared once does not count in the time of the demo
case_is 'make demo shows the main job' demo_shows_the_main_job
case_is 'the samples are where the page says' samples_are_where_the_page_says
case_is "the README's livepatch builds and works as printed" own_livepatch
case_is 'its symbols are to be read' symbols_are_to_be_read
case_is 'what cannot be loaded ends the guest' own_livepatch_that_does_not_load
case_is 'make modules_install installs it' installed
case_is 'it is signed as the page says' signed
case_is 'make clean cleans it, and else the checkout' cleaned
case_is 'the klpctl of a copied checkout uses the copy' klpctl_of_a_copy
case_is 'what crates compile to is there for the next checkout' crates_are_compiled_once
case_is 'make doc' documented
case_is 'make kdir' kdir_is_printed
case_is 'make help lists every target' every_target_is_listed
done_testing
