#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Eight real fixes in Rust, samples/fixes: they build, and are verified strictly, for a kernel that lacks them (and for KERNEL); in its
# guest what they fix is broken, mended by them, and broken again.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
work=$top/build/selftests/fixes

built_for() {
	rm -rf "${work:?}/$1"
	mkdir -p "$work"
	cp -r "$top/samples/fixes" "$work/$1"
	expect 'not right' '' "$("$klpctl" build --json --release "$1" "$work/$1" | jq -r '.patches[].findings[] |
		select(.status != "ok") | "\(.check) \(.subject): \(.message)"')"
	expect modules 8 "$(find "$work/$1" -name 'fix-*.ko' | wc -l)"
}

at_work() {
	local options=() module file
	for module in team_mode_broadcast snd_seq rfcomm nft_flow_offload xt_CHECKSUM dummy; do options+=(-m "$module"); done
	for file in "$work/$unfixed"/{*.ko,broadcast,internal,ports} "$here/fixes/guest.sh"; do options+=(-f "$file=/root/${file##*/}"); done
	"$top/scripts/vm" -t 300 -k "$unfixed" "${options[@]}" -- bash guest.sh >"$work/says"
	local broken=$'fspick: done\nmounted and removed\na port\nthe packet is still there'
	expect 'the guest says' "$broken
10 objects are patched
12 objects are patched
fspick: Invalid argument
mounted and removed
a port
the packet is freed
$broken" "$(<"$work/says")"
}

as_the_page_shows() {
	"$top/scripts/demo" fixes "$work/$unfixed"
}

if ! available "$unfixed"; then
	case_is 'they are verified for the newest kernel, without a warning' built_for "$("$top/scripts/kernel" release)"
	skip_case 'what they fix' "the archive has no $unfixed any more"
else
	case_is 'they are verified for a kernel that lacks them, without a warning' built_for "$unfixed"
	case_is 'what they fix is broken, mended, and broken again' at_work
	case_is 'as the page fixes shows' as_the_page_shows
fi
if [ "${KERNEL-}" ]; then
	case_is "they are verified for $KERNEL, without a warning" built_for "$KERNEL"
fi
done_testing
