#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the scripts in /livepatch and prints each of their cases in TAP. A script ends at its first failure: the cases
# after it have failed, too.
set -eu
cd /livepatch
mkdir -p /lib/modules/none
export KDIR=/lib/modules/none # where the scripts only look whether modules could be built

cases=0 failures=0

result() {
	cases=$((cases + 1))
	echo "$1 $cases - $script: $2"
}

# The cases of a script, as it has them, and what became of each.
report() {
	local name
	while read -r name; do
		if grep -qxF "TEST: $name ... ok" output; then
			result ok "$name"
		elif [ "$status" -eq 4 ]; then
			result ok "$name # SKIP $(grep -i -m 1 skip output)"
		else
			result 'not ok' "$name"
			failures=$((failures + 1))
		fi
	done < <(sed -n 's/^[[:space:]]*start_test "\(.*\)"$/\1/p' "$script")
	[ "$status" -eq 0 ] || sed 's/^/# /' output
}

for script in test-*.sh; do
	status=0 started=$SECONDS
	bash "./$script" >output 2>&1 || status=$?
	report
	echo "# $script: status $status, $((SECONDS - started)) s"
done
echo "1..$cases"
[ $failures -eq 0 ]
