#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Real fixes: of the C files that a stable update changed, six, evenly chosen, become livepatches or are refused for a reason;
# what was made is loaded in a guest, one by one and together. `make corpus` does it with all.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/corpus

made() {
	rm -rf "$work"
	# shellcheck disable=SC2086
	"$top/scripts/corpus" make -s 6 -o "$work" $releases
	expect files 6 "$(find "$work/results" -name '*.json' | wc -l)"
	expect 'neither made nor refused' '' "$(jq -r 'select(.status != 0 and .refused == null) | .file, .says' "$work"/results/*.json)"
	expect 'what objtool does not know' '' "$(jq -r 'select(.refused.reason == "objtool") | .file, .says' "$work"/results/*.json)"
	[ "$(jq -s 'map(select(.status == 0)) | length' "$work"/results/*.json)" -gt 0 ] || { echo 'none is made'; return 1; }
}

loaded() {
	# shellcheck disable=SC2086
	"$top/scripts/corpus" load -o "$work" $releases
}

line=${unfixed%%+*} line=${line%.*} releases='' # what the script chooses
! available "$unfixed" || releases="$unfixed $("$top/scripts/kernel" releases | grep -m 1 "^$line\.")"
if [ "$releases" ] || [ "$("$top/scripts/kernel" update)" ]; then
	case_is 'files that an update changed are made into livepatches, or refused' made
	case_is 'they are loaded one by one and together' loaded
else
	skip_case 'files that an update changed' 'no line has two releases in the archive'
fi
done_testing
