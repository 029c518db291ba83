#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/lab-kernel with a make that only says what it was called for: what is built, when, and what is left when it does not come to its end.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
release=9.9.9+deb13
dir=$XDG_CACHE_HOME/klp-rs/kernel/$release-lab

# The make configures what it is asked for, but for $off, and is killed at $killed.
# shellcheck disable=SC2016
checkout() {
	rm -rf "${work:?}"/*
	mkdir -p "$work"/top/{scripts,selftests} "$work/stock/source" "$work/cache"
	cp "$top"/scripts/{lab-kernel,lib.sh} "$work/top/scripts"
	cp -r "$top/selftests/lab" "$work/top/selftests"
	printf '#!/bin/sh\n[ "$1" = image ] && echo "%s" || echo %s-amd64\n' "$work/stock" "$release" >"$work/top/scripts/kernel"
	cat >"$work/top/scripts/builder" <<-'END'
		#!/bin/bash
		[ "$2" != true ] || exit 0
		target=${*: -1} build=$(sed 's/.* O=\([^ ]*\) .*/\1/' <<<"$*") config=$(sed 's/.* KCONFIG_ALLCONFIG=\([^ ]*\) .*/\1/' <<<"$*")
		echo "$target" >>"$build/made"
		[ "$target" != "${killed-}" ] || kill -KILL $PPID
		[ "$target" != allnoconfig ] || grep -v "^CONFIG_${off-none}=" "$config" >"$build/.config"
	END
	chmod +x "$work"/top/scripts/*
}

lab_kernel() {
	"$work/top/scripts/lab-kernel" "$@" 2>"$work/err"
}

made() {
	expect 'what was made' "$*" "$(xargs <"$dir/build/made")"
}

is_built_once() {
	checkout
	expect 'it prints' "$dir" "$(lab_kernel)"
	made allnoconfig all
	expect 'it prints' "$dir" "$(lab_kernel $release-lab)"
	made allnoconfig all
	expect 'the image' build/arch/x86/boot/bzImage "$(readlink "$dir/vmlinuz")"
	expect 'its release' "override KERNELRELEASE = $release-lab" "$(tail -n 1 "$dir/build/.kernelvariables")"
}

another_configuration() {
	echo CONFIG_KASAN_STACK=y >>"$work/top/selftests/lab/lab.config"
	lab_kernel $release-amd64 >/dev/null
	made allnoconfig all allnoconfig all
}

with_kcsan() {
	checkout
	dir=${dir%-lab}-kcsan
	expect 'it prints' "$dir" "$(lab_kernel $release-kcsan)"
	made allnoconfig all
	expect 'its release' "override KERNELRELEASE = $release-kcsan" "$(tail -n 1 "$dir/build/.kernelvariables")"
	expect 'KASAN and KCSAN' CONFIG_KCSAN=y "$(grep -E '^CONFIG_K[AC]SAN=' "$dir/build/.config")"
	expect 'the other' "${dir%-kcsan}-lab" "$(lab_kernel)"
	expect 'KASAN and KCSAN' CONFIG_KASAN=y "$(grep -E '^CONFIG_K[AC]SAN=' "${dir%-kcsan}-lab/build/.config")"
}

option_that_does_not_come_out() {
	checkout
	off=PROVE_RCU fails lab_kernel
	expect_in 'it says' 'not on, though selftests/lab wants it: CONFIG_PROVE_RCU=y' "$(<"$work/err")"
	made allnoconfig
}

killed_halfway() {
	checkout
	killed=all fails lab_kernel
	fails test -e "$dir/ready"
	expect 'it prints' "$dir" "$(lab_kernel)"
	made allnoconfig all allnoconfig all
}

case_is 'it is built once, whichever way it is called' is_built_once
case_is 'another configuration is built' another_configuration
case_is 'one that looks for data races is built beside it' with_kcsan
case_is 'an option that does not come out as it is written' option_that_does_not_come_out
case_is 'killed halfway, it goes on where it was' killed_halfway
done_testing
