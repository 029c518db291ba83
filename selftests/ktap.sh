#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: ktap.sh [PROGRAM...]: runs kselftest's run_tests for these programs, or all, and prints each of their cases in
# KTAP, with its time. Exits with 1 if a case failed, with 4 if all were skipped.
set -eu
cd "$(dirname "$0")"

now() {
	echo "${EPOCHREALTIME/[.,]/}"
}

# result pass|fail|skip NAME [REASON]
result() {
	local before=$since ok=ok
	since=$(now)
	[ "$1" != fail ] || ok='not ok'
	count[$1]=$((count[$1] + 1))
	here[$1]=$((here[$1] + 1))
	names+=$2$'\n'
	cases=$((cases + 1))
	printf '%s %d - %s: %s #%s %d.%03d s\n' "$ok" $cases "$program" "$2" "${3:+ SKIP $3;}" \
		$(((since - before) / 1000000)) $(((since - before) / 1000 % 1000))
}

begin() {
	program=$1 names='' output='' plan='' since=$(now)
	here=([pass]=0 [fail]=0 [skip]=0)
}

# A program of upstream's has its cases in its text, and ends at the first that fails.
not_reached() {
	local name
	while read -r name; do
		grep -qxF -e "$name" <<<"$names" || echo "$name"
	done < <(sed -n 's/^[[:space:]]*start_test "\(.*\)"$/\1/p' "$program")
}

skipped_because() {
	sed -n 's/^.*skip\( all tests\)\?:\? *//Ip' <<<"$output" | head -n 1
}

# end STATUS: the line that kselftest ends a program with.
end() {
	local name missing kind=(fail)
	case $1 in 'ok '*'# SKIP'*) kind=(skip "$(skipped_because)") ;; esac
	mapfile -t missing < <(not_reached)
	for name in "${missing[@]}"; do result "${kind[0]}" "$name" "${kind[@]:1}"; done
	case $1 in
	'ok '*'# SKIP'*) [ "$names" ] || result skip all "${kind[1]}" ;;
	'ok '*) [ -z "$plan" ] || [ "$plan" = "$(wc -l <<<"${names%?}")" ] || result fail "has $plan cases" ;;
	*) [ "${here[fail]}" -gt 0 ] || result fail "${1#*: *: }" ;;
	esac
	[ "${here[fail]}" -eq 0 ] || printf %s "$output"
}

report() {
	local line name
	echo 'KTAP version 1'
	while IFS= read -r line; do
		name=${line#*- }
		case $line in
		'# selftests: '*) begin "${line##* }" ;;
		'# TEST: '*' ... ok') name=${line#*: }; result pass "${name% ... ok}" ;;
		'# ok '*' # SKIP '*) result skip "${name% # SKIP *}" "${line##*# SKIP }" ;;
		'# ok '*) result pass "$name" ;;
		'# not ok '*) result fail "$name" ;;
		'# # figure: '*) echo "# $program: ${line#\# \# figure: }" ;;
		'# 1..'*) plan=${line#*..} ;;
		'ok '* | 'not ok '*) end "$line" ;;
		esac
		output+=$line$'\n'
	done
	echo "1..$cases"
	echo "# Totals: pass:${count[pass]} fail:${count[fail]} skip:${count[skip]}"
	[ $((count[fail] + count[pass] + count[skip])) -gt 0 ] && [ "${count[fail]}" -eq 0 ] || exit 1
	[ "${count[pass]}" -gt 0 ] || exit 4
}

BASH_ENV=$PWD/patience.sh
export BASH_ENV
cases=0 program='' output='' since=0
declare -A here count=([pass]=0 [fail]=0 [skip]=0)
[ $# -eq 0 ] || set -- TEST_PROGS="$*"
# kselftest's output comes through a sed; its lines are wanted when they are written, for the time that a case takes.
stdbuf -oL make -s -C .. TARGETS="$(basename "$PWD")" "$@" run_tests 2>&1 | report
