#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# klpctl proof: the prepared tree makes the code that the stock kernel runs, and another source is found out.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
source=$(realpath "$kdir/source")
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(--user --map-root-user)

prove() {
	"$klpctl" proof ${KERNEL:+--release "$KERNEL"} "$@"
}

# Of vmlinux: static keys and calls, alternatives, runtime constants, names that are not unique; and a module's.
units_are_proven() {
	local says
	says=$(prove --json fs/proc/version.c fs/dcache.c kernel/livepatch/transition.c drivers/net/ethernet/intel/e1000/e1000_main.c)
	expect 'the units' 'fs/proc/version.c vmlinux
fs/dcache.c vmlinux
kernel/livepatch/transition.c vmlinux
drivers/net/ethernet/intel/e1000/e1000_main.c e1000' "$(jq -r '.units[] | "\(.source) \(.object)"' <<<"$says")"
	expect 'it' true "$(jq .proven <<<"$says")"
	expect 'different' 0 "$(jq '[.units[].different] | add' <<<"$says")"
	[ "$(jq '[.units[].same] | add' <<<"$says")" -gt 200 ]
}

weak_ones_are_told_from_others() {
	expect 'arch_cpu_idle_enter' overridden "$(prove --json kernel/sched/build_policy.c |
		jq -r '.units[].functions[] | select(.name == "arch_cpu_idle_enter") | .verdict')"
}

# The changed file is mounted over the kernel's own, for this case alone; its object is not to stay.
other_source_is_found() {
	local unit=fs/proc/uptime says
	sed 's/idle_nsec = 0;/idle_nsec = 1;/' "$source/$unit.c" >"$work/changed.c"
	! cmp -s "$source/$unit.c" "$work/changed.c" || { echo 'nothing was changed'; return 1; }
	mkdir -p "$work/units" "$kdir/../units"
	# shellcheck disable=SC2016
	says=$(unshare "${as_root[@]}" --mount sh -c 'mount --bind "$1" "$2" && mount --bind "$3" "$4" && shift 4 && exec "$@"' sh \
		"$work/changed.c" "$source/$unit.c" "$work/units" "$(realpath "$kdir/../units")" \
		"$klpctl" proof --json ${KERNEL:+--release "$KERNEL"} "$unit.c") && { echo 'it is not found'; return 1; }
	rm -f "$kdir/$unit.o" "$kdir/fs/proc/.${unit##*/}.o.cmd"
	expect 'what differs' uptime_proc_show "$(jq -r '.units[].functions[] | select(.verdict == "different") | .name' <<<"$says")"
}

no_unit() {
	expect_in 'it says' 'no C file' "$(fails prove fs/nowhere.c 2>&1)"
	expect 'status of one that is not built' 4 "$(status_of prove drivers/net/ethernet/sun/sunvnet.c)"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case_is 'units of the kernel and of a module are what runs' units_are_proven
case_is 'a weak function that another one overrides is told from one that differs' weak_ones_are_told_from_others
case_is 'a changed source is found out' other_source_is_found
case_is 'what is no unit' no_unit
done_testing
