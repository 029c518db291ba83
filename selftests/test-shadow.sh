#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Shadow variables, and the state that they belong to.
set -eu
# shellcheck source=system.sh
. "$(dirname "$0")/system.sh"

choose one

freed_one_by_one() {
	attached
	system_says forget '-1 2 2'
	system_says dropped 2
	system_says forget '-1 -1 -1'
	system_says shadow 'none none none'
	system_says touch '-19 1 1'
	unpatched $a
	system_says dropped 4
	all_is_restored
}

made_where_there_is_none() {
	attached
	system_says start '10 -17 -17'
	system_says shadow '10 2 2'
	unpatched $a
	system_says dropped 3
	all_is_restored
}

freed_with_the_state() {
	attached
	unpatched $a
	system_says shadow 'none none none'
	system_says dropped 2
	all_is_restored
}

kept_when_replaced() {
	attached
	patched $b replace=1
	rmmod $a
	system_says touch '-19 3 3'
	unpatched $b
	system_says shadow 'none none none'
	system_says dropped 2
	all_is_restored
}

kept_while_another_has_the_state() {
	attached
	patched $b
	system_says touch '-19 3 3'
	unpatched $a
	system_says touch '-19 4 4'
	system_says dropped 0
	unpatched $b
	system_says dropped 2
	all_is_restored
}

shared_with_c() {
	begin
	patched $a
	echo 7 >"$system/attach"
	system_says touch '8 8 8'
	system_says shadow '8 8 8'
	unpatched $a
	system_says dropped 3
	all_is_restored
}

freed_when_reversed() {
	begin
	hold
	load $a
	is_pending $a
	echo 7 >"$system/attach"
	reversed $a 0
	system_says shadow 'none none none'
	let_go
	rmmod $a
	all_is_restored
}

case_is 'a variable for each object; a constructor fails' attached
case_is 'variables are freed one by one, with what they own' freed_one_by_one
case_is 'a variable is made only where there is none' made_where_there_is_none
case_is 'variables are freed with their state' freed_with_the_state
case_is 'variables are kept when the patch is replaced' kept_when_replaced
case_is 'variables are kept while another patch has the state' kept_while_another_has_the_state
case_is 'variables are shared with C' shared_with_c
case_is 'variables are freed when the transition is reversed' freed_when_reversed
done_testing
