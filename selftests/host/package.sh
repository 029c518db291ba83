#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make install and make deb: what is in them, and that it fits together.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

installed() {
	make -s -C "$top" install DESTDIR="$work/root" PREFIX=/opt/klp >/dev/null 2>&1
	expect 'the program' "$("$klpctl" --version)" "$("$work/root/opt/klp/bin/klpctl" --version)"
	expect 'what the units run' '/opt/klp/bin/klpctl' \
		"$(sed -n 's/^Exec[A-Za-z]*=\([^ ]*klpctl\) .*/\1/p' "$work"/root/opt/klp/lib/systemd/system/klpctl*.service | sort -u)"
	expect 'a placeholder' '' "$(grep -r '@BIN@' "$work/root/opt/klp/lib" || true)"
	[ -s "$work/root/opt/klp/src/klp-rs/src/lib.rs" ]
	expect 'what was built there' '' "$(find "$work/root/opt/klp/src" -name '*.ko' -o -name '*.o' -o -name target)"
}

refuses() {
	expect_in 'a prefix' 'has to begin with /' "$(fails make -s -C "$top" install DESTDIR="$work/root" PREFIX=opt 2>&1)"
	expect_in 'a place' 'cannot write to' "$(fails make -s -C "$top" install DESTDIR=/proc/none 2>&1)"
}

every_command_has_a_page() {
	local command page
	for command in $("$klpctl" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help); do
		page=$work/root/opt/klp/share/man/man1/klpctl-$command.1.gz
		for section in 'EXIT STATUS' FILES EXAMPLES; do
			expect_in "klpctl-$command.1" ".SH $section" "$(zcat "$page")"
		done
	done
	expect_in 'klpctl.1' '/etc/klpctl/off' "$(zcat "$work/root/opt/klp/share/man/man1/klpctl.1.gz")"
}

# completed WORD...: what bash makes of the last.
completed() {
	# shellcheck disable=SC2016
	bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_klpctl_and_names klpctl "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"; printf "%s\n" "${COMPREPLY[@]}"' \
		- "$work/completion" "$@" | sort | tr '\n' ' '
}

words_are_completed() {
	sed "s,/sys/kernel/livepatch,$work/livepatch,; s,/var/lib/klpctl/[^/]*/order,$work/order," \
		"$work/root/opt/klp/share/bash-completion/completions/klpctl" >"$work/completion"
	mkdir -p "$work/livepatch/my_fix" "$work/livepatch/other"
	printf 'kept@1234.ko\n' >"$work/order"
	expect 'commands' 'uninstall unload ' "$(completed klpctl un)"
	expect 'what is loaded' 'my_fix ' "$(completed klpctl unload my)"
	expect 'what is installed' 'kept ' "$(completed klpctl load ke)"
}

package_has_all() {
	local package files
	package=$(make -s -C "$top" deb 2>/dev/null)
	files=$(dpkg-deb -c "$package" | awk '{ print $1, $6 }')
	for file in usr/bin/klpctl usr/share/man/man1/klpctl-load.1.gz usr/lib/systemd/system/klpctl.service usr/share/doc/klpctl/copyright \
		usr/share/bash-completion/completions/klpctl usr/src/klp-rs/src/lib.rs usr/src/klp-rs/scripts/kbuild; do
		expect_in 'the package' " ./$file" "$files"
	done
	expect 'what others may write to' '' "$(grep -E '^.{5}w|^.{8}w' <<<"$files" || true)"
	dpkg-deb -e "$package" "$work/control"
	(cd "$work" && dpkg-deb -x "$package" unpacked && cd unpacked && md5sum --quiet -c ../control/md5sums)
	expect 'its scripts' '' "$(for script in postinst postrm; do sh -n "$work/control/$script" 2>&1; done)"
	expect_in 'its control file' 'Package: klpctl' "$(cat "$work/control/control")"
}

linter_says_nothing() {
	expect 'what lintian says' '' "$(lintian --allow-root --fail-on none "$(DEBEMAIL=klp-rs@debian.org make -s -C "$top" deb 2>/dev/null)")"
}

klpctl=$(make -s -C "$top" klpctl)
case_is 'make install' installed
case_is 'what it refuses' refuses
case_is 'every command has a page with its exit status' every_command_has_a_page
case_is 'words are completed' words_are_completed
case_is 'make deb' package_has_all
if command -v lintian >/dev/null; then
	case_is 'lintian has nothing to say' linter_says_nothing
else
	skip_case 'lintian has nothing to say' 'there is no lintian'
fi
done_testing
