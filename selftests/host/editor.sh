#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What an editor shows of livepatches: rust-analyzer on a directory with the samples, the README's own and one of klpctl new.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/editor
klpctl=$("$top/scripts/klpctl")

livepatches() {
	rm -rf "$work" && mkdir -p "$work"
	cp "$top"/samples/*.rs "$work"
	rm "$work/c-fix.rs"
	awk '/^```/ { inside = $2 == "my-fix.rs"; next } inside' "$top/README.md" >"$work/my-fix.rs"
	cd "$work"
	"$klpctl" new --release "$release" unfinished --target vmlinux:do_fcntl e1000:e1000_has_link
	mv unfinished/*.rs "$work"
	{
		sed -n '/^obj-m := /,/[^\\]$/p' "$top/samples/Kbuild"
		echo 'obj-m += my-fix.o unfinished.o'
		sed -nE '/^(include|klp-headers)/p' "$top/samples/Kbuild"
	} >"$work/Kbuild"
	KERNEL=$release M=$work "$top/scripts/kbuild" modules
	KERNEL=$release make -s -C "$top" rust-analyzer M="$work"
}

# With the file that each is in.
faults() {
	{ (cd "$work" && "$top/scripts/analyzer" diagnostics . 2>/dev/null) || true; } |
		awk '/^processing/ { where = $NF; files++ } /^(Error|Warning) / { print where ": " $0 } END { print files " files" }'
}

no_error_is_shown() {
	expect 'errors' "$(find "$work" -maxdepth 1 -name '*.rs' | wc -l) files" "$(faults)"
}

an_error_is_shown() {
	sed -i 's/^    0$/    "0"/' "$work/my-fix.rs"
	expect_in 'errors' 'my-fix.rs: Error RustcHardError("E0308")' "$(faults)"
}

# session FILE REQUEST TEXT…: at the end of the first TEXT in FILE.
session() {
	local file=$1 request text at places=()
	shift
	while [ $# -gt 0 ]; do
		request=$1 text=$2
		shift 2
		at=$(awk -v text="$text" '(at = index($0, text)) { print NR ":" at + length(text); exit }' "$work/$file")
		places+=("$request" "$at")
	done
	"$top/scripts/builder" -- env ANALYZER=rust-analyzer python3 "$here/editor/session.py" "$work" "$file" "${places[@]}"
}

names_are_completed() {
	local says
	cat >>"$work/unfinished.rs" <<-'END'
		fn completed(adapter: &types_e1000::e1000_adapter) {
		    klp::Sha;
		    kernel::bindings::task_str;
		    adapter.rx_buffer_le;
		}
	END
	says=$(session unfinished.rs completion klp::Sha completion bindings::task_str completion adapter.rx_buffer_le)
	expect 'names' $'Shadow\ntask_struct\nrx_buffer_len' "$(grep -xE 'Shadow|task_struct|rx_buffer_len' <<<"$says")"
}

definitions_are_found() {
	local says
	says=$(session my-fix.rs definition 'seq_file::SeqFil' definition 'klp::livepatc' definition 'ffi::{c_in')
	expect 'files' 'rust/kernel/seq_file.rs src/livepatch.rs rust/ffi.rs' \
		"$(sed -E 's,.*/(rust/|src/livepatch),\1,' <<<"$says" | paste -sd ' ')"
	expect 'files that are not there' '' "$(while read -r file; do [ -e "${file#file://}" ] || echo "$file"; done <<<"$says")"
}

project_is_small() {
	make -s -C "$top" rust-analyzer
	[ "$(stat -c %s "$top/rust-project.json")" -lt 8000000 ]
	expect 'what is read out of build/' '' "$(jq -r '.crates[].root_module' "$top/rust-project.json" | grep "^$top/build/" || true)"
	expect "the samples' crates" 'core kernel klp' "$(jq -r '.crates as $all | $all[] |
		select(.display_name == "livepatch_sample") | [.deps[].crate] | map($all[.].display_name) |
		map(select(. == "core" or . == "kernel" or . == "klp")) | join(" ")' "$top/rust-project.json")"
}

release=${KERNEL:-$("$top/scripts/kernel" release)}
livepatches >&2
case_is 'no error is shown where there is none' no_error_is_shown
case_is 'names are completed' names_are_completed
case_is 'definitions are found, in the kernel too' definitions_are_found
case_is 'an error is shown' an_error_is_shown
case_is "the checkout's project is small" project_is_small
done_testing
