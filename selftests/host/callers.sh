#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Callers that were compiled knowing what a livepatch replaces, and do not see the replacement: klpctl build and klpctl new
# find them out, and klpctl verify says what to do; without them it is not known.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
release=$(cat "$kdir/include/config/kernel.release")
work=$top/build/selftests/callers
own=$work/own

# The build system alone knows nothing of callers.
not_looked_for() {
	local says
	mkdir -p "$own"
	cp -u "$here"/callers/* "$own"
	rm -f "$own"/*.ko
	M=$own KERNEL=$release KLPCTL=$klpctl "$top/scripts/kbuild" modules
	says=$("$klpctl" verify --kernel "$kdir" "$own/klp_test_callers_too.ko")
	expect_in 'verify says' 'Not known: callers that were compiled knowing what is replaced' "$says"
	expect 'what counts' 0 "$("$klpctl" verify --json --kernel "$kdir" "$own/klp_test_callers_too.ko" |
		jq '[.patches[].findings[] | select(.check == "callers" or .status != "ok")] | length')"
	expect_in 'info says' 'which rely on what is replaced is not known' "$("$klpctl" info "$own/klp_test_callers_too.ko")"
}

# finding SUBJECT STATUS WORDS: what the build says of a function in the patch that replaces no callers.
finding() {
	expect_in "$1: $2" "$3" "$(jq -r --arg subject "$1" --arg status "$2" '
		.patches[] | select(.name == "klp_test_relied_on") | .findings[] |
		select(.check == "callers" and .subject == $subject and .status == $status) | .message' "$work/says.json")"
}

found_out() {
	local status=0
	"$klpctl" build --json --release "$release" "$own" >"$work/says.json" || status=$?
	expect 'the status' 4 "$status"
	finding vmlinux:seq_release failed "'seq_release_private' and 'single_release' were compiled with a copy of it"
	finding vmlinux:seq_release failed 'replace them too'
	finding e1000:e1000_update_itr failed "'e1000_clean' was compiled"
	finding vmlinux:seq_lseek ok 'no caller has a copy of it'
}

callers_are_replaced_too() {
	local says
	says=$("$klpctl" verify --strict --json --kernel "$kdir" "$own/klp_test_callers_too.ko")
	expect_in 'it says' "'seq_release_private' and 'single_release' relied on it, and are replaced too" \
		"$(jq -r '.patches[].findings[] | select(.check == "callers" and .subject == "vmlinux:seq_release") | .message' <<<"$says")"
	expect 'what it describes' 'seq_release_private single_release' "$("$klpctl" info --json "$own/klp_test_callers_too.ko" |
		jq -r '.patches[].objects[].functions[] | select(.name == "seq_release") | .relying | join(" ")')"
}

# What is built again without a change says it still, and once.
described_once() {
	"$klpctl" build --json --release "$release" "$own" >/dev/null 2>&1 || true
	expect 'how often' 6 "$(grep -ao 'klp_relies=vmlinux:' "$own/klp_test_callers_too.ko" | wc -l)"
}

told_at_once() {
	cd "$work"
	rm -rf fix
	expect_in 'new says' "vmlinux:seq_release: 'seq_release_private' was compiled" \
		"$("$klpctl" new fix --release "$release" --target vmlinux:seq_release vmlinux:single_release 2>&1)"
	grep -q 'replace too: seq_release_private\.$' fix/fix.rs
}

mkdir -p "$work"
case_is 'callers that were not looked for' not_looked_for
case_is 'callers that do not see a replacement' found_out
case_is 'callers that are replaced too' callers_are_replaced_too
case_is 'a module that is built again' described_once
case_is 'callers at the beginning of a livepatch' told_at_once
done_testing
