#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the check `entered` is for: a task asleep in the piece of a C replacement that the compiler has put elsewhere is not
# seen, and wakes up in freed memory; where the replacement is in one piece, it is seen.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
release=$(cat "$kdir/include/config/kernel.release")
work=$top/build/selftests/cold

build() {
	mkdir -p "$work"
	cp -u "$here"/cold/* "$work"
	M=$work KERNEL=$release "$top/scripts/kbuild" modules
	cat >"$work/guest.sh" <<-'END'
		set -e
		insmod "klp_test_$1.ko"
		until grep -qx 0 "/sys/kernel/livepatch/klp_test_$1/transition"; do sleep 1; done
		cp "$(command -v cat)" sleeper
		./sleeper /proc/version >/dev/null &
		until dmesg | grep -q 'a task sleeps'; do sleep 1; done
		echo 0 >"/sys/kernel/livepatch/klp_test_$1/enabled"
		sleep 2
		rmmod "klp_test_$1" 2>/dev/null && echo 'it is removed' || echo 'it stays'
		wait
		dmesg | grep -o 'a task is awake'
	END
}

guest() {
	"$top/scripts/vm" -k "$release" -f "$work/klp_test_$1.ko=/root/klp_test_$1.ko" -f "$work/guest.sh=/root/guest.sh" -- sh guest.sh "$1" 2>&1
}

found() {
	"$klpctl" verify --json --kernel "$(dirname "$kdir")" "$work/klp_test_$1.ko" |
		jq -r '.patches[].findings[] | select(.check == "entered") | .status'
}

in_pieces() {
	local says status=0
	expect 'verify' failed "$(found cold)"
	says=$(guest cold) || status=$?
	expect 'status of the guest' 123 "$status"
	expect_in 'it says' 'unable to handle page fault' "$says"
}

in_one_piece() {
	expect 'verify' ok "$(found whole)"
	expect_in 'it says' $'it stays\na task is awake' "$(guest whole)"
}

build
case_is 'a task asleep in a piece elsewhere wakes up in freed memory' in_pieces
case_is 'a task asleep in a replacement of one piece keeps the module' in_one_piece
done_testing
