#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each file of compile/ is refused with the message in its second line, at the lines that end in `// here` and nowhere else if one
# does, or else accepted without a word.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log

build() {
	M=$here/compile MO=$top/build/compile "$top/scripts/kbuild" "$@"
}

# One at a time, so that make prints what a target said and then that it failed.
said_of() {
	awk -v name="$1" '
		match($0, /\*\*\* \[.*[: ][^ ]*\.o\] Error/) {
			if (index($0, " " name ".o] Error")) printf "%s", said
			said = ""
			next
		}
		{ said = said $0 "\n" }' "$log"
}

# Where errors are, whatever is noted of them.
places_of_errors() {
	awk -F: '/^error/ { is_error = 1 } is_error && /^ *-->/ { print $2; is_error = 0 }' | sort -nu
}

refused() {
	local name=$1 message=$2 said lines
	said=$(said_of "$name")
	[ "$said" ] || { echo "it compiles"; return 1; }
	expect_in 'the compiler' "$message" "$(tr -s ' \n' ' ' <<<"$said")"
	lines=$(sed -n '\,// here$,=' "$here/compile/$name.rs")
	[ ! "$lines" ] || expect 'the lines with errors' "$lines" "$(places_of_errors <<<"$said")"
}

accepted() {
	local said
	said=$(build "$1.o" 2>&1 | without_progress)
	expect 'the compiler' '' "$said"
}

# accepted.rs has post_patch and no other callback; those of vmlinux, which drive its states, are not among them.
unset_callbacks_are_null() {
	local symbols
	symbols=$("$top/scripts/builder" -b "$top/build/compile" -- nm -C "$top/build/compile/accepted.o")
	expect 'its callbacks' 'post_patch' \
		"$(sed -n 's/.*klp::callbacks::\([a-z_]*\)::<.*Hooks>, false>$/\1/p' <<<"$symbols")"
}

strings_of_section() {
	"$top/scripts/builder" -b "$top/build/compile" -- readelf -p "$2" "$top/build/compile/$1.o" |
		sed -n 's/^ *\[ *[0-9a-f]*\] *//p'
}

# In .modinfo, and each in a note of its own beside the patch's.
unfinished_is_marked() {
	expect 'in .modinfo' $'unfinished.rs:19\nunfinished.rs:23' \
		"$(strings_of_section unfinished .modinfo | sed -n 's/^klp_unfinished=//p' | sort)"
	expect 'in notes' $'unfinished.rs:19\nunfinished.rs:23' \
		"$(strings_of_section unfinished .note.klp-rs | sed -n 's/^klp_unfinished=//p' | sort)"
	expect 'of a finished one' '' "$(strings_of_section accepted .modinfo | grep klp_unfinished)"
}

# The crate, with the C compiler's word on the layout changed by a sed command.
layout_refused() {
	local change=$1 message=$2 said
	rm -rf "$work/tree"
	mkdir "$work/tree"
	cp -a "$top"/{Kbuild,samples,scripts,src} "$work/tree"
	sed -i "$change" "$work/tree/src/sys/layout.c"
	said=$(fails "$work/tree/scripts/kbuild" modules 2>&1)
	expect_in 'the compiler' "$message" "$said"
}

fails build -k -j1 modules >"$log" 2>&1
for file in "$here"/compile/*.rs; do
	name=$(basename "$file" .rs)
	message=$(sed -n '2s,^// error: ,,p' "$file")
	if [ "$message" ]; then
		case_is "refused: ${name//-/ }" refused "$name" "$message"
	else
		case_is "compiles: ${name//-/ }" accepted "$name"
	fi
done
case_is 'callbacks that are not there stay NULL' unset_callbacks_are_null
case_is 'what is unfinished is marked' unfinished_is_marked
case_is 'refused: a field at another offset' layout_refused '/rust, offsetof/s/f)/f) + 1/' 'offset of old_name in struct klp_func'
case_is 'refused: a field of another size' layout_refused '/__size/s/f))/f) + 1)/' 'size of old_name in struct klp_func'
case_is 'refused: a struct of another size' layout_refused '/define STRUCT/s/sizeof(struct s)/1 + &/' 'size of struct klp_patch'
done_testing
