#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The crate's reference.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Links out of the reference go to the web; all others are files of it.
no_link_is_broken() {
	local doc file link
	doc=$(dirname "$("$top/scripts/doc" | tail -n 1)")
	[ -e "$doc/macro.livepatch.html" ]
	find "$doc" -name '*.html' | while read -r file; do
		grep -oE 'href="[^"#?]+' "$file" | sed 's/^href="//' | grep -vE '^https?:|[$]' | sort -u | while read -r link; do
			[[ $link != /* && -e ${file%/*}/$link ]] || echo "${file#"$doc/"}: $link"
		done
	done >"$work/broken"
	expect 'broken links' '' "$(<"$work/broken")"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case_is 'no link is broken' no_link_is_broken
done_testing
