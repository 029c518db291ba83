# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the tests.

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
top=$(dirname "$here")
# shellcheck source=tap.sh
. "$here/tap.sh"

build_modules() {
	MO=$top/build/selftests M=$here/modules "$top/scripts/kbuild" modules
	MO=$top/build/selftests/samples M=$top/samples "$top/scripts/kbuild" modules
}

# in_guest SCRIPT [ARG...]: runs a script of selftests/guest, with the modules at hand.
in_guest() {
	local files=() file
	for file in "$top"/build/selftests/*.ko "$top"/build/selftests/samples/*.ko; do
		files+=(-f "$file=/modules/$(basename "$file")")
	done
	for file in "$here/tap.sh" "$here"/guest/*; do
		files+=(-f "$file=/test/$(basename "$file")")
	done
	"$top/scripts/vm" ${KERNEL:+-k "$KERNEL"} "${files[@]}" -t 600 -- "/test/$1" "${@:2}"
}
