# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP, sourced by the tests: a case is a command that fails by its status and says why on its output. With $timed, the time
# that it took stands after it, which ktap.sh does itself.

cases=0 failures=0 timed=''

case_is() {
	local name=$1 why status started=$SECONDS
	shift
	cases=$((cases + 1))
	set +e
	why=$(set -eu; "$@" 2>&1)
	status=$?
	set -e
	name+=${timed:+ # $((SECONDS - started)) s}
	if [ $status -eq 0 ]; then
		echo "ok $cases - $name"
	else
		failures=$((failures + 1))
		echo "not ok $cases - $name"
		printf '%s\n' "${why:-failed with status $status}" | sed 's/^/# /'
	fi
}

# `! COMMAND` would not end a case whose COMMAND succeeds.
fails() {
	if "$@"; then
		echo "it succeeded: $*"
		return 1
	fi
}

expect() {
	[ "$3" != "$2" ] || return 0
	case $2$3 in
	*$'\n'*) echo "$1:"; diff -u --label expected --label got <(echo "$2") <(echo "$3") ;;
	*) echo "$1: expected '$2', got '$3'" ;;
	esac
	return 1
}

expect_in() {
	grep -qF -e "$2" <<<"$3" || { echo "$1: '$2' is not in: $3"; return 1; }
}

skip_case() {
	cases=$((cases + 1))
	echo "ok $cases - $1 # SKIP $2"
}

# skip_all WHY: kselftest takes status 4 for a program that could not test anything.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 4
}

done_testing() {
	echo "1..$cases"
	[ $failures -eq 0 ]
}
