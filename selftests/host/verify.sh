#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `klpctl verify` says of symbols, types, calls and frames that are wrong, each in another way, and of those that look
# like them and are right: by the kernel's image, with --modules, and by the running kernel.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/verify
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
kernel=$(dirname "$kdir")

build() {
	mkdir -p "$work/own" "$work/modules"
	cp -u "$here"/verify/* "$work/own"
	M=$work/own "$top/scripts/kbuild" modules
	cp "$kernel/modules/kernel/sound/core/seq/snd-seq.ko"* "$work/modules"
}

patches=("$work"/own/klp_test_{symbol_kinds,own_types,calls_itself,calls_itself_c,frames}.ko)

by_image() {
	"$klpctl" verify --json --kernel "$kernel" "$@"
}

by_modules() {
	"$klpctl" verify --json --vmlinux "$kernel/vmlinuz" --modules "$work/modules" "$@"
}

# One boot for all of them.
by_running_kernel() {
	# shellcheck disable=SC2016
	"$top/scripts/vm" ${KERNEL:+-k "$KERNEL"} -f "$klpctl=/klpctl" -f "$work/modules=/modules" -f "$work/own=/own" -- \
		sh -c '/klpctl verify --json --running --modules /modules "$@"' sh "${@/#"$work"/}"
}

# finding PATCH CHECK SUBJECT STATUS MESSAGE: what all three ways find.
finding() {
	local how
	for how in image modules running; do
		expect_in "$how: $1 $2 $3 $4" "$5" "$(jq -r --arg patch "$1" --arg check "$2" --arg subject "$3" --arg status "$4" '
			.patches[] | select(.name == $patch) | .findings[] |
			select(.check == $check and .subject == $subject and .status == $status) | .message' "$work/$how.json")"
	done
}

symbols_of_the_wrong_kind() {
	local patch=klp_test_symbol_kinds
	finding $patch symbol vmlinux:tainted_mask failed 'it is data, and is called'
	finding $patch symbol vmlinux:cmdline_proc_show failed 'it is code, and is declared as a variable'
	finding $patch symbol vmlinux:proc_cmdline_init failed 'it is __init'
	finding $patch symbol vmlinux:boot_command_line failed 'it is __init or __initdata'
	finding $patch symbol vmlinux:runqueues failed 'it is per-CPU'
	finding $patch symbol vmlinux:entry_SYSCALL_64 unknown 'it may be in assembly'
}

symbols_of_the_wrong_type() {
	local patch=klp_test_symbol_kinds
	finding $patch symbol vmlinux:version_proc_show failed 'the result is a signed integer of 64 bits'
	finding $patch symbol vmlinux:saved_command_line failed 'and is declared with 4096'
	finding $patch symbol vmlinux:audit_log_n_string failed "the field 'ctx' of struct audit_buffer, which is at 16 in the patch"
	finding $patch symbol vmlinux:get_taint ok "is the kernel's prototype"
	finding $patch symbol vmlinux:uptime_proc_show ok "is the kernel's prototype"
	finding $patch symbol vmlinux:avenrun unknown 'it is declared with 8 bytes, and may have'
	finding $patch symbol snd_seq:clienttab ok 'has 1536 bytes'
	finding $patch symbol snd_seq:client_usage failed 'and is declared with 12'
}

# Only that a symbol is there, and is called, is known then.
symbols_without_debug_information() {
	local says
	"$top/scripts/builder" -- strip -g -o "$work/own/stripped.ko" "$work/own/klp_test_calls_itself.ko"
	says=$(by_image "$work/own/stripped.ko" || true)
	expect 'what is not known' 4 "$(jq '[.patches[].findings[] | select(.check == "symbol" and .status == "unknown" and
		(.message | contains("build with CONFIG_DEBUG_INFO")))] | length' <<<"$says")"
}

# GNU's strip knows of one section with relocations for each, and a linked module has one for each object.
symbols_that_were_damaged() {
	local says
	"$top/scripts/builder" -- strip -g -o "$work/own/damaged.ko" "$work/own/klp_test_symbol_kinds.ko"
	says=$(by_image "$work/own/damaged.ko" || true)
	expect_in 'what is wrong' 'strip first' "$(jq -r '.patches[].findings[] |
		select(.subject | startswith(".klp.rela.")) | .message' <<<"$says")"
}

structs_of_its_own() {
	local patch=klp_test_own_types
	finding $patch prototype snd_seq:snd_seq_ioctl_pversion failed \
		"the field 'name' of struct snd_seq_client, which is at 12 in the patch, at 16 in the kernel"
	finding $patch prototype snd_seq:snd_seq_ioctl_system_info failed "the field 'no_such_field' of struct snd_seq_client, which the kernel's lacks"
	finding $patch prototype snd_seq:snd_seq_ioctl_get_port_info failed "a pointer to 'snd_seq_client_port' in the replacement"
	finding $patch prototype snd_seq:snd_seq_ioctl_delete_port unknown "a pointer to 'Private'"
}

structs_of_its_own_that_are_right() {
	local patch=klp_test_own_types name
	for name in vmlinux:audit_log_n_string snd_seq:snd_seq_ioctl_{user_pversion,client_id,create_port}; do
		finding $patch prototype "$name" ok "is the original's"
	done
}

calls_of_itself() {
	local patch=klp_test_calls_itself name
	finding $patch recursion vmlinux:cmdline_proc_show failed "in 'klp_test_calls_itself::in_between'"
	for name in version_proc_show uptime_proc_show seq_putc; do
		finding $patch recursion vmlinux:$name failed 'redirects that to the replacement again'
	done
	expect 'others' 0 "$(jq '[.patches[].findings[] | select(.check == "recursion" and
		(.subject | test("loadavg|meminfo")))] | length' "$work/image.json")"
	finding klp_test_calls_itself_c recursion vmlinux:seq_putc failed "in 'calls_itself'"
	finding klp_test_frames recursion code ok 'no replacement calls what it replaces'
}

large_frames() {
	local patch=klp_test_frames
	finding $patch frames three_kib.body warning 'it takes 30'
	finding $patch frames sixteen_kib.body failed 'it takes 164'
	finding $patch frames a_hundred_kib.body failed 'it takes 1024'
	finding $patch frames aligned.body failed 'it takes 9'
	expect 'frames' 4 "$(jq "[.patches[] | select(.name == \"$patch\") | .findings[] | select(.check == \"frames\")] | length" \
		"$work/image.json")"
}

build
klpctl=$(make -s -C "$top" klpctl)
for how in image modules running_kernel; do
	by_$how "${patches[@]}" >"$work/${how%_kernel}.json" || true
done
case_is 'symbols that are something else' symbols_of_the_wrong_kind
case_is 'symbols of another type' symbols_of_the_wrong_type
case_is 'symbols without debug information' symbols_without_debug_information
case_is 'symbols of a linked module that was stripped' symbols_that_were_damaged
case_is "structs that are not the kernel's" structs_of_its_own
case_is "structs that are the kernel's, as far as they go" structs_of_its_own_that_are_right
case_is 'replacements that call themselves' calls_of_itself
case_is 'large frames' large_frames
done_testing
