#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Parameters that sysfs shows and changes.
set -eu
# shellcheck source=klp.sh
. "$(dirname "$0")/klp.sh"

module=klp_test_parameters
files=/sys/module/$module/parameters

defaults() {
	patched $module
	expect 'the patch' '-1 7 false 5' "$(</proc/version)"
	expect count -1 "$(<$files/count)"
	expect quiet N "$(<$files/quiet)"
	expect ports '' "$(<$files/ports)"
	unpatched $module
}

given_when_loaded() {
	patched $module count=3 limit=4294967295 quiet=1 secret=-2147483648 ports=1,2,3
	expect 'the patch' '3 4294967295 true -2147483648 1 2 3' "$(</proc/version)"
	expect ports 1,2,3 "$(<$files/ports)"
}

files_have_their_modes() {
	expect 'modes' 'count 644 limit 444 ports 644 quiet 600' "$(cd $files && stat -c '%n %a' -- * | xargs)"
}

changed_while_patched() {
	echo -5 >$files/count
	echo n >$files/quiet
	echo 8,9 >$files/ports
	expect 'the patch' '-5 4294967295 false -2147483648 8 9' "$(</proc/version)"
	expect count -5 "$(<$files/count)"
}

refuses() {
	fails sh -c "echo $2 >$files/$1" 2>/dev/null
}

wrong_values_change_nothing() {
	refuses count x
	refuses count 2147483648
	refuses quiet maybe
	expect 'the patch' '-5 4294967295 false -2147483648 8 9' "$(</proc/version)"
	unpatched $module
	nothing_is_left
}

wrong_values_are_not_loaded() {
	fails load $module count=x 2>/dev/null
	fails load $module limit=-1 2>/dev/null
	fails load $module ports=1,2,3,4 2>/dev/null
	expect /proc/version "$version" "$(</proc/version)"
	nothing_is_left
}

described() {
	expect 'what the file says' 'count:A number (int)
limit:Another, which stays (uint)
ports:Up to three numbers (array of uint)
quiet:Whether to be quiet (bool)
secret:A number without a file (int)' "$(modinfo -p "$modules/$module.ko" | sort)"
}

case_is 'defaults' defaults
case_is 'given when the module is loaded' given_when_loaded
case_is 'the files have the modes that were asked for' files_have_their_modes
case_is 'changed while the patch is in force' changed_while_patched
case_is 'wrong values are refused and change nothing' wrong_values_change_nothing
case_is 'a module with wrong values is not loaded' wrong_values_are_not_loaded
case_is 'the file says what they are' described
done_testing
