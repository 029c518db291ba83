#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the pages of Documentation/samples show is what happens.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

as_shown() {
	make -s -C "$top" demo DEMO="$1"
}

# A copy of the scripts, with another page.
difference_is_seen() {
	local tree=$work/tree says
	mkdir -p "$tree/Documentation/samples"
	cp -a "$top/scripts" "$tree"
	sed 's/^this has been live patched$/this has not &/' "$top/Documentation/samples/livepatch.md" \
		>"$tree/Documentation/samples/livepatch.md"
	says=$(fails "$tree/scripts/demo" livepatch "$(samples)" 2>&1)
	expect_in 'the demo' 'that is not what' "$says"
}

unknown_page() {
	local name says
	mkdir -p "$work/unbuilt"
	cp -a "$top"/{Makefile,scripts,Documentation} "$work/unbuilt"
	for name in nonesuch ../writing "\$(touch $work/ran)" "'; touch $work/ran"; do
		says=$(fails make -s -C "$work/unbuilt" demo DEMO="$name" 2>&1)
		expect_in 'the demo' "there is no demo '$name'; the demos are: c-fix callbacks cumulative fixes headers livepatch original shadow state symbols" "$says"
	done
	[ ! -e "$work/unbuilt/build" ] && [ ! -e "$work/ran" ]
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for page in "$top"/Documentation/samples/*.md; do
	page=$(basename "$page" .md)
	[ ! -d "$top/samples/$page" ] || continue # fixes.sh has what it needs
	case_is "as the page $page shows" as_shown "$page"
done
case_is 'a demo that is not as its page shows fails' difference_is_seen
case_is 'a demo that does not exist is noticed before anything is built' unknown_page
done_testing
