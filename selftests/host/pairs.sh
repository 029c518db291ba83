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

# write_rust NAME VERSION LAYOUT_SINCE SIZE MIGRATE REPLACE: a patch with data, and with or without migrate().
write_rust() {
	local migrate
	migrate='fn migrate(_: \&klp::Prev<'"'_"'>) -> Result<Levels> { Ok(Levels { levels: [0; SIZE] }) }'
	[ "$5" = Y ] || migrate=
	sed -e "s/MIGRATE/$migrate/" -e "s/NAME/klp_test_$1/g" -e "s/VERSION_HERE/$2/" -e "s/SINCE_HERE/$3/" -e "s/SIZE/$4/g" \
		-e "s/REPLACE/$6/" "$here/pairs/data.in" >"$work/rust/klp_test_$1.rs"
}

# Each is refused by another for another reason, or takes over from it.
rust_patches() {
	mkdir -p "$work/rust"
	write_rust first 1 1 4 N false
	write_rust adopts 2 1 4 N true
	write_rust undecided 2 2 4 N true
	write_rust migrates 2 2 64 Y true
	write_rust beside 2 2 64 Y false
	write_rust larger 2 1 64 N true
	write_rust smaller 3 1 4 N true
	# shellcheck disable=SC2016
	printf '%s\n' 'obj-m := $(patsubst $(src)/%.rs,%.o,$(wildcard $(src)/*.rs))' 'include $(KLP)/scripts/Makefile.klp' >"$work/rust/Kbuild"
	M=$work/rust "$top/scripts/kbuild" modules
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
	local old=$1 new status
	shift
	for new; do
		[ "$new" != "$old" ] || continue
		status=$(status_of "$klpctl" compat "$old" "$new")
		case $status in
		0) echo "$new $old accepted" ;;
		4) echo "$new $old refused" ;;
		*) echo "$new $old status $status" ;;
		esac
	done
}

all_say() {
	local old
	for old in old-*.ko; do klpctl_says "$old" new-*.ko; done
	for old in rust-*.ko; do klpctl_says "$old" rust-*.ko; done
}

run_guest() {
	"$top/scripts/vm" -c 1 -t 900 ${KERNEL:+-k "$KERNEL"} -f "$work/generated=/pairs" -f "$here/pairs/guest.sh=/guest.sh" -- \
		/guest.sh >"$work/kernel"
}

verdicts_are_equal() {
	local count
	grep '^new' "$work/klpctl" >"$work/klpctl-c"
	grep '^new' "$work/kernel" >"$work/kernel-c"
	count=$(wc -l <"$work/kernel-c")
	[ "$count" -ge 500 ] || { echo "only $count pairs"; return 1; }
	[ "$(sort -u -k 3 "$work/kernel-c" | wc -l)" = 2 ] || { echo 'one verdict for all'; return 1; }
	diff -u "$work/klpctl-c" "$work/kernel-c"
}

# has_other_data NEW OLD: whether that is all that klpctl has against it. Only klpctl knows: to a patch, memory that is
# large enough is its own.
has_other_data() {
	"$klpctl" compat --json "$2" "$1" | jq -e '[.refusals[].rule] == ["other-data"]' >/dev/null
}

data_are_judged_as_the_patches_do() {
	local new old verdict kernel stricter=0 pairs=0
	cd "$work/generated"
	while read -r new old verdict; do
		pairs=$((pairs + 1))
		kernel=$(sed -n "s/^$new $old //p" "$work/kernel")
		[ "$verdict" != "$kernel" ] || continue
		echo "$new over $old: $verdict by klpctl, $kernel by the kernel"
		[ "$verdict $kernel" = 'refused accepted' ] && has_other_data "$new" "$old"
		stricter=$((stricter + 1))
	done < <(grep '^rust' "$work/klpctl")
	expect 'pairs' 42 $pairs
	expect 'pairs about which klpctl is stricter' 9 $stricter
	expect 'what else klpctl refuses' 'not-migrated older-data-stay other-data state-older' "$(reasons)"
}

reasons() {
	for old in rust-*.ko; do
		for new in rust-*.ko; do
			[ "$old" = "$new" ] || "$klpctl" compat --json "$old" "$new" | jq -r '.refusals[].rule'
		done
	done | sort -u | paste -sd ' '
}

MO=$work M=$here/pairs "$top/scripts/kbuild" modules
klpctl=$(make -s -C "$top" klpctl)
generate
rust_patches
for file in "$work"/rust/*.ko; do cp "$file" "$work/generated/rust-${file##*klp_test_}"; done
(cd "$work/generated" && all_say >"$work/klpctl")
run_guest
case_is 'klpctl and the kernel agree on 576 pairs of patches' verdicts_are_equal
case_is 'klpctl knows what patches in Rust say to each other'"'"'s data' data_are_judged_as_the_patches_do
done_testing
