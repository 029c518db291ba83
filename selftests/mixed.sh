#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: mixed.sh DIR PROGRAM...: runs programs of upstream's with every other module in C, from DIR, and the rest in Rust; then
# the other way round.
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

# every_other FIRST MODULE...: each second module, from the first or the second on.
every_other() {
	local first=$1
	shift
	printf '%s\n' "${@:first}" | awk 'NR % 2' | xargs
}

passes() {
	local program=$1 module
	shift
	cp "$rust"/*.ko test_modules
	for module in "$@"; do cp "$c/$module.ko" test_modules; done
	./ktap.sh "$program"
}

rust=$(mktemp -d)
trap 'rm -rf "$rust"' EXIT
cp test_modules/test_klp_*.ko "$rust"
for program in "$@"; do
	mapfile -t modules < <(modules_of "$program")
	[ ${#modules[@]} -gt 1 ] || continue
	for first in 1 2; do
		read -ra in_c < <(every_other $first "${modules[@]}")
		case_is "$program, in C: ${in_c[*]}" passes "$program" "${in_c[@]}"
	done
done
done_testing
