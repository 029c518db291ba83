#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Modules with unexported symbols are linked whenever they are built, and do not load where they are not.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

made=$top/build/unlinked
module=$made/samples/livepatch-symbols.ko
stripped=$made/stripped.ko

build() {
	MO=$made "$top/scripts/kbuild" samples/livepatch-symbols.ko
}

is_linked() {
	grep -qF .klp.rela.vmlinux. "$module"
}

loaded() {
	"$top/scripts/vm" ${KERNEL:+-k "$KERNEL"} -f "$1=/root/module.ko" -- sh -c '
		if insmod module.ko; then
			until grep -qx 0 /sys/kernel/livepatch/livepatch_symbols/transition; do sleep 1; done
			cat /proc/cmdline
		else
			dmesg
		fi' 2>&1
}

not_linked() {
	local says
	rm -f "$module"
	KLPCTL=true build
	fails is_linked
	says=$(loaded "$module")
	expect_in 'insmod says' 'Invalid module format' "$says"
	expect_in 'the kernel says' 'Invalid relocation target, existing value is nonzero' "$says"
}

linked_by_the_next_run() {
	local before after
	build
	is_linked
	before=$(stat -c %y "$module")
	build
	after=$(stat -c %y "$module")
	expect 'when it was written, after another run' "$before" "$after"
}

stripped() {
	"$top/scripts/builder" -b "$made" -- strip --strip-debug -o "$stripped" "$module"
	expect_in /proc/cmdline ' tainted=' "$(loaded "$stripped")"
}

no_klpctl() {
	local kdir says
	kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
	mkdir "$work/tree"
	cp -a "$top"/{Kbuild,samples,scripts,src} "$work/tree"
	says=$(fails "$top/scripts/builder" -b "$work" -- env KDIR="$kdir" "$work/tree/scripts/kbuild" samples/livepatch-symbols.ko 2>&1)
	expect_in 'kbuild' "has unexported symbols, which klpctl has to link: run 'make klpctl' first" "$says"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case_is 'a module that was not linked is not loaded' not_linked
case_is 'the next run links it, and the one after leaves it alone' linked_by_the_next_run
case_is 'a stripped module works' stripped
case_is 'for a kernel tree of one'\''s own klpctl has to be there' no_klpctl
done_testing
