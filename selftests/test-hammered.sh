#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Patches that come and go while a task on every processor calls what they patch.
# cpus: 2
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

# Reads the function's result for as long as $tmp/hammer is there, in one task. Each change goes to a file, and how often it
# was what to another.
hammer() {
	local cpu=$1 value last='' before=0 after=0 other=''
	taskset -pc "$cpu" "$BASHPID" >/dev/null
	while [ -e "$tmp/hammer" ]; do
		read -r value <"$target/add"
		case $value in
		3) before=$((before + 1)) ;;
		-1) after=$((after + 1)) ;;
		*) other=$value ;;
		esac
		[ "$value" = "$last" ] || echo "$value" >"$tmp/seen.$cpu"
		last=$value
	done
	echo "$before $after $other" >"$tmp/hammered.$cpu"
}

all_have_seen() {
	local cpu value
	for ((cpu = 0; cpu < cpus; cpu++)); do
		value=''
		read -r value 2>/dev/null <"$tmp/seen.$cpu" || true
		[ "$value" = "$1" ] || return 1
	done
}

hammered() {
	local cpu cpus round
	cpus=$(getconf _NPROCESSORS_ONLN)
	load klp_test_target
	touch "$tmp/hammer"
	for ((cpu = 0; cpu < cpus; cpu++)); do hammer $cpu >/dev/null 2>&1 & done
	for round in {1..10}; do
		patched klp_test_module
		expect "patched, round $round" -1 "$(<"$target/add")"
		within 3000 all_have_seen -1
		unpatched klp_test_module
		expect "unpatched, round $round" 3 "$(<"$target/add")"
		within 3000 all_have_seen 3
	done
	rm "$tmp/hammer"
	wait
	expect processors "$cpus" "$(cat "$tmp"/hammered.* | wc -l)"
	while read -r before after other; do
		echo "the original $before times, the replacement $after times, else: $other"
		[ "$before" -gt 0 ] && [ "$after" -gt 0 ] && [ ! "$other" ]
	done < <(cat "$tmp"/hammered.*)
	rmmod klp_test_target
	nothing_is_left
}

case_is 'a task on every processor calls a function that is patched and unpatched' hammered
done_testing
