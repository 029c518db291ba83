#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What klpctl says of one patch over another is what the kernel says, which loads them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/pairs
unwritten=riap_plk size_of_state=24
tables=('' 1:0 1:1 1:2 1:4294967295 2:1 3:0 '1:1 2:1' '2:1 1:1' '1:2 2:1' '1:1 2:2' '1:1 2:1 3:1')

# little_endian NUMBER BYTES
little_endian() {
	local number=$1 i
	for ((i = 0; i < $2; i++)); do
		printf '%b' "\\x$(printf %x $((number & 255)))"
		number=$((number >> 8))
	done
}

# write_states FROM TO [ID:VERSION]...: in the place of those of patch.c.
write_states() {
	local from=$1 to=$2 at place state
	cp "$from" "$to"
	at=$(grep -obUaF -m 1 $unwritten "$from" | head -n 1 | cut -d: -f1)
	shift 2
	for place in 0 1 2; do
		state=${1-0:0}
		shift || true
		{ little_endian "${state%:*}" 8; little_endian "${state#*:}" 4; } |
			dd of="$to" bs=1 seek=$((at + place * size_of_state)) conv=notrunc status=none
	done
}

generate() {
	local role replace i states
	rm -rf "$work/generated"
	mkdir -p "$work/generated"
	for role in old new; do
		for replace in '' _replace; do
			for i in "${!tables[@]}"; do
				read -ra states <<<"${tables[$i]}"
				write_states "$work/klp_test_$role$replace.ko" "$work/generated/$role-$i$replace.ko" "${states[@]}"
			done
		done
	done
}

klpctl_says() {
	local old new status
	for old in old-*.ko; do
		for new in new-*.ko; do
			status=$(status_of "$klpctl" compat "$new" "$old")
			case $status in
			0) echo "$new $old accepted" ;;
			4) echo "$new $old refused" ;;
			*) echo "$new $old status $status" ;;
			esac
		done
	done
}

verdicts_are_equal() {
	local count
	cd "$work/generated"
	klpctl_says >"$work/klpctl"
	"$top/scripts/vm" -c 1 -t 900 ${KERNEL:+-k "$KERNEL"} -f "$work/generated=/pairs" -f "$here/pairs/guest.sh=/guest.sh" -- \
		/guest.sh >"$work/kernel"
	count=$(wc -l <"$work/kernel")
	[ "$count" -ge 500 ] || { echo "only $count pairs"; return 1; }
	[ "$(sort -u -k 3 "$work/kernel" | wc -l)" = 2 ] || { echo 'one verdict for all'; return 1; }
	diff -u "$work/klpctl" "$work/kernel"
}

MO=$work M=$here/pairs "$top/scripts/kbuild" modules
klpctl=$(make -s -C "$top" klpctl)
generate
case_is 'klpctl and the kernel agree on 576 pairs of patches' verdicts_are_equal
done_testing
