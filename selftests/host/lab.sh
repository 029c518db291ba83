#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the lab kernel is there for, it sees: each kind of fault, made by a module, ends the guest.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

build_faults() {
	mkdir "$work/faults"
	cp "$here/lab/faults.c" "$work/faults"
	echo 'obj-m := faults.o' >"$work/faults/Kbuild"
	"$top/scripts/builder" -b "$work" -- make -s -C "$kernel/build" LLVM=1 M="$work/faults" modules >&2
}

# after_load COMMAND: runs a guest that loads the module, with fault=$fault, and then does that; prints all that comes out.
after_load() {
	local status=0
	"$top/scripts/vm" -k "$release" -f "$work/faults/faults.ko=/faults.ko" -f "$here/../leaks.sh=/leaks.sh" \
		-f "$here/../tap.sh=/tap.sh" -- sh -c "insmod /faults.ko fault=$fault && $1" >"$work/says" 2>&1 || status=$?
	echo "status $status" >>"$work/says"
}

is_seen() {
	local fault=$1
	after_load /leaks.sh
	expect status 'status 123' "$(tail -n 1 "$work/says")"
	expect_in 'the kernel' "$2" "$(<"$work/says")"
}

no_fault_is_seen() {
	local fault=none
	after_load /leaks.sh
	expect status 'status 0' "$(tail -n 1 "$work/says")" || { cat "$work/says"; return 1; }
}

# Its compiler is clang; with KASAN, it makes tables larger than they are.
klpctl_reads_its_modules() {
	local klpctl modules patch
	klpctl=$("$top/scripts/klpctl") modules=$(KERNEL=$release samples)
	for patch in livepatch-{sample,callbacks-demo,state-v1,shadow-fix1}; do
		"$klpctl" verify --kernel "$kernel" --modules "$modules" "$modules/$patch.ko" || return 1
	done
}

kernel=$("$top/scripts/lab-kernel" ${KERNEL:+"$KERNEL"}) release=${kernel##*/}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case_is 'a module that makes faults is built' build_faults
case_is 'klpctl verifies what is built for it' klpctl_reads_its_modules
case_is 'without one, nothing is seen' no_fault_is_seen
case_is 'a sleep in atomic context' is_seen atomic-sleep 'BUG: sleeping function called from invalid context'
case_is 'an entry of a list, twice' is_seen list 'list_add'
case $release in
*-kcsan)
	case_is 'a data race' is_seen kcsan 'BUG: KCSAN: data-race in count [faults] / count [faults]'
	;;
*)
	case_is 'a read of freed memory' is_seen kasan 'BUG: KASAN: slab-use-after-free in read_of_freed_memory'
	case_is 'a leak' is_seen kmemleak 'new suspected memory leaks'
	case_is 'locks in both orders' is_seen lockdep 'WARNING: possible circular locking dependency detected'
	case_is 'RCU without its lock' is_seen rcu 'WARNING: suspicious RCU usage'
	case_is 'an index out of bounds' is_seen ubsan 'UBSAN: array-index-out-of-bounds'
	;;
esac
done_testing
