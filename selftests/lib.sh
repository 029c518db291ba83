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

# in_guest SCRIPT [ARG...]: runs a script of selftests/guest, with the modules at hand, on $cpus processors. On one, a
# transition that nothing holds up is over at once: no other processor is idle in a function that has to be left first.
in_guest() {
	local files=() file
	for file in "$top"/build/selftests/*.ko "$top"/build/selftests/samples/*.ko; do
		files+=(-f "$file=/modules/$(basename "$file")")
	done
	for file in "$here/tap.sh" "$here"/guest/*; do
		files+=(-f "$file=/test/$(basename "$file")")
	done
	"$top/scripts/vm" -c "${cpus:-2}" ${KERNEL:+-k "$KERNEL"} "${files[@]}" -t 600 -- "/test/$1" "${@:2}"
}
