#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: mixed.sh DIR PROGRAM...: runs programs of upstream's with some modules in C, from DIR, and the others in Rust: in all
# such combinations with up to three modules; with more, each alone in C, but not one that was so before.
set -eu
c=$1
shift
cd "$(dirname "$0")"
# shellcheck source=tap.sh
. ./tap.sh
timed=1

modules_of() {
	local file module
	for file in test_modules/upstream/test_klp_*.rs; do
		module=$(basename "$file" .rs)
		! grep -qw "$module" "$1" || echo "$module"
	done
}

# combinations MODULE...: prints a line for each, the modules that are in C.
combinations() {
	if [ $# -le 3 ]; then
		subsets "$@" | grep -vxF -e '' -e "$*"
	else
		printf '%s\n' "$@" | grep -vxF "${alone[@]/#/-e}" || true
	fi
}

subsets() {
	local first=$1 line
	[ $# -gt 1 ] || { printf '%s\n' '' "$first"; return; }
	shift
	subsets "$@"
	subsets "$@" | while read -r line; do echo "$first $line"; done
}

passes() {
	local program=$1 module
	shift
	cp "$rust"/*.ko test_modules
	for module in "$@"; do cp "$c/$module.ko" test_modules; done
	./ktap.sh "$program"
}

alone=(none)
rust=$(mktemp -d)
trap 'rm -rf "$rust"' EXIT
cp test_modules/test_klp_*.ko "$rust"
for program in "$@"; do
	mapfile -t modules < <(modules_of "$program")
	[ ${#modules[@]} -gt 1 ] || continue
	mapfile -t runs < <(combinations "${modules[@]}")
	[ ${#modules[@]} -le 3 ] || alone+=("${runs[@]}")
	for run in "${runs[@]}"; do
		read -ra in_c <<<"$run"
		case_is "$program, in C: ${in_c[*]}" passes "$program" "${in_c[@]}"
	done
done
done_testing
