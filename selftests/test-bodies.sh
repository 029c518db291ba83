#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What replacements need in their bodies: lists walked, locks, RCU, errors, user memory, what is read and written as a whole.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

shelf=/sys/kernel/debug/klp_test_shelf
patch=klp_test_bodies

# The lists, from which the odd ones are taken; errors; what is left of the locks. With PREEMPT_RT, interrupts stay on.
has_bodies() {
	local off=1
	! uname -v | grep -q PREEMPT_RT || off=''
	expect 'the shelf' "sum 10 hashed 4321
half 4 -33 check 0 -22
found 2 missing -2
dropped ${off}122 irqs on lock free
sum 6 hashed 42 mutex free" "$(<$shelf/shelf)"
}

does_nothing() {
	expect 'the shelf' "sum -1 hashed -1
half -1 -1 check -1 -1
found -1 missing -1
dropped -1 irqs on lock free
sum -1 hashed -1 mutex free" "$(<$shelf/shelf)"
}

user_memory_is_read() {
	echo 7 >$shelf/level
	echo 8 >$shelf/level
	expect 'the level' 'level 8 seen 7' "$(<$shelf/level)"
}

errors_are_returned() {
	expect_in 'no digit' 'Invalid argument' "$(fails echo x 2>&1 >$shelf/level)"
	expect 'the level' 'level 8 seen 7' "$(<$shelf/level)"
}

original_does_nothing() {
	load klp_test_shelf
	does_nothing
}

lists_are_walked() {
	patched $patch
	has_bodies
}

all_goes() {
	unpatched $patch
	does_nothing
	rmmod klp_test_shelf
	nothing_is_left
}

case_is 'without the patch nothing is done' original_does_nothing
case_is 'lists are walked under each lock, entries taken off; results become numbers and pointers' lists_are_walked
case_is 'user memory is read, and fields as a whole' user_memory_is_read
case_is 'an error is what the caller gets' errors_are_returned
case_is 'all goes without a trace' all_goes
done_testing
