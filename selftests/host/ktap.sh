#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What becomes of the output of kselftest's run_tests: cases, times, totals, status.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/livepatch"
cp "$here/../ktap.sh" "$work/livepatch"
printf 'run_tests:\n\t@sh ./output\n' >"$work/Makefile"

# upstream NAME...: a program of upstream's with these cases.
upstream() {
	printf 'start_test "%s"\n' "$@" >"$work/livepatch/test-upstream.sh"
}

# ktap_is STATUS EXPECTED: of the output on stdin. The times are left out.
ktap_is() {
	local status=0
	sed "s/.*/echo '&'/" >"$work/output"
	"$work/livepatch/ktap.sh" >"$work/says" || status=$?
	expect 'it prints' "KTAP version 1
$2" "$(sed -E 's/ [0-9]+\.[0-9]{3} s$/ TIME/' "$work/says")"
	expect status "$1" "$status"
}

all_pass() {
	upstream one 'two (2)'
	: >"$work/livepatch/test-ours.sh"
	ktap_is 0 'ok 1 - test-upstream.sh: one # TIME
ok 2 - test-upstream.sh: two (2) # TIME
# test-ours.sh: p50 2 ms
ok 3 - test-ours.sh: three # TIME
1..3
# Totals: pass:3 fail:0 skip:0' <<-'END'
		# selftests: livepatch: test-upstream.sh
		# TEST: one ... ok
		# TEST: two (2) ... ok
		ok 1 selftests: livepatch: test-upstream.sh
		# selftests: livepatch: test-ours.sh
		# # figure: p50 2 ms
		# # another comment
		# ok 1 - three
		# 1..1
		ok 2 selftests: livepatch: test-ours.sh
	END
}

one_of_upstream_fails() {
	upstream one two three
	ktap_is 1 'ok 1 - test-upstream.sh: one # TIME
not ok 2 - test-upstream.sh: two # TIME
not ok 3 - test-upstream.sh: three # TIME
# selftests: livepatch: test-upstream.sh
# TEST: one ... ok
# TEST: two ... not ok
# a difference
1..3
# Totals: pass:1 fail:2 skip:0' <<-'END'
		# selftests: livepatch: test-upstream.sh
		# TEST: one ... ok
		# TEST: two ... not ok
		# a difference
		not ok 1 selftests: livepatch: test-upstream.sh # exit=1
	END
}

one_of_ours_fails() {
	ktap_is 1 'not ok 1 - test-ours.sh: one # TIME
ok 2 - test-ours.sh: two # TIME
# selftests: livepatch: test-ours.sh
# not ok 1 - one
# # why
# ok 2 - two
# 1..2
1..2
# Totals: pass:1 fail:1 skip:0' <<-'END'
		# selftests: livepatch: test-ours.sh
		# not ok 1 - one
		# # why
		# ok 2 - two
		# 1..2
		not ok 1 selftests: livepatch: test-ours.sh # exit=1
	END
}

time_limit() {
	ktap_is 1 'ok 1 - test-ours.sh: one # TIME
not ok 2 - test-ours.sh: test-ours.sh # TIMEOUT 600 seconds # TIME
# selftests: livepatch: test-ours.sh
# ok 1 - one
1..2
# Totals: pass:1 fail:1 skip:0' <<-'END'
		# selftests: livepatch: test-ours.sh
		# ok 1 - one
		not ok 1 selftests: livepatch: test-ours.sh # TIMEOUT 600 seconds
	END
}

cases_are_missing() {
	ktap_is 1 'ok 1 - test-ours.sh: one # TIME
not ok 2 - test-ours.sh: has 2 cases # TIME
# selftests: livepatch: test-ours.sh
# ok 1 - one
# 1..2
1..2
# Totals: pass:1 fail:1 skip:0' <<-'END'
		# selftests: livepatch: test-ours.sh
		# ok 1 - one
		# 1..2
		ok 1 selftests: livepatch: test-ours.sh
	END
}

one_is_skipped() {
	ktap_is 0 'ok 1 - test-ours.sh: one # TIME
ok 2 - test-ours.sh: two # SKIP no such thing; TIME
1..2
# Totals: pass:1 fail:0 skip:1' <<-'END'
		# selftests: livepatch: test-ours.sh
		# ok 1 - one
		# ok 2 - two # SKIP no such thing
		# 1..2
		ok 1 selftests: livepatch: test-ours.sh
	END
}

all_are_skipped() {
	upstream one two
	ktap_is 4 'ok 1 - test-upstream.sh: one # SKIP failed to set it; TIME
ok 2 - test-upstream.sh: two # SKIP failed to set it; TIME
ok 3 - test-ours.sh: all # SKIP must be run as root; TIME
1..3
# Totals: pass:0 fail:0 skip:3' <<-'END'
		# selftests: livepatch: test-upstream.sh
		# TEST: one ... SKIP: failed to set it
		ok 1 selftests: livepatch: test-upstream.sh # SKIP
		# selftests: livepatch: test-ours.sh
		# 1..0 # SKIP must be run as root
		ok 2 selftests: livepatch: test-ours.sh # SKIP
	END
}

nothing_runs() {
	ktap_is 1 '1..0
# Totals: pass:0 fail:0 skip:0' </dev/null
}

no_livepatching_here() {
	local says status=0
	says=$("$here/../test-patching.sh") || status=$?
	expect status 4 $status
	expect_in 'it prints' '1..0 # SKIP ' "$says"
}

case_is 'all cases pass' all_pass
case_is "a case of upstream's fails, and those after it have not run" one_of_upstream_fails
case_is 'a case of ours fails' one_of_ours_fails
case_is 'a program that takes too long has failed' time_limit
case_is 'a program with fewer cases than it says has failed' cases_are_missing
case_is 'a case is skipped, and why' one_is_skipped
case_is 'all cases are skipped, and why' all_are_skipped
case_is 'nothing runs' nothing_runs
if [ -d /sys/kernel/livepatch ]; then
	skip_case 'a program skips where it cannot test' 'this kernel can be livepatched'
else
	case_is 'a program skips where it cannot test' no_livepatching_here
fi
done_testing
