#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own livepatch selftests, as its source has them. Their modules are those of test_modules/, in Rust, and
# upstream's for the rest; MODULES=c takes upstream's for all.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

build=$top/build/upstream
upstream=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})/source/tools/testing/selftests/livepatch

build_c() {
	mkdir -p "$build/c"
	cp -u "$upstream"/test_modules/*.c "$build/c"
	cat >"$build/c/Kbuild" <<-'END'
		obj-m := $(patsubst $(src)/%.c,%.o,$(filter-out %.mod.c,$(wildcard $(src)/*.c)))
		include $(KLP)/scripts/Makefile.klp
	END
	M=$build/c "$top/scripts/kbuild" modules
	"$top/scripts/builder" -b "$build" -- \
		gcc -static -O2 -o "$build/test_klp-call_getpid" "$upstream/test_klp-call_getpid.c"
}

build_rust() {
	M=$here/test_modules MO=$build/rust "$top/scripts/kbuild" modules
}

# test_modules/NAME.ko of the guest, by their names.
choose_modules() {
	local file
	for file in "$build"/c/*.ko; do modules[${file##*/}]=$file; done
	case ${MODULES:-rust} in
	c) ;;
	rust) for file in "$build"/rust/*.ko; do modules[${file##*/}]=$file; done ;;
	*) echo "MODULES=$MODULES: it is c or rust" >&2; exit 2 ;;
	esac
}

declare -A modules
build_c
build_rust
choose_modules
files=(-f "$here/guest/upstream.sh=/test/upstream.sh" -f "$build/test_klp-call_getpid=/livepatch/test_klp-call_getpid")
for file in "$upstream"/*.sh; do files+=(-f "$file=/livepatch/${file##*/}"); done
for name in "${!modules[@]}"; do
	files+=(-f "${modules[$name]}=/livepatch/test_modules/$name")
	case ${modules[$name]} in */rust/*) in_rust+=" ${name%.ko}" ;; esac
done
echo "# in Rust:${in_rust:- none}"
"$top/scripts/vm" ${KERNEL:+-k "$KERNEL"} "${files[@]}" -t 600 -- /test/upstream.sh
