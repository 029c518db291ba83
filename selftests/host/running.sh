#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What klpctl says before a module is loaded into the running kernel, and what insmod says then. All in one guest.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/running
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})

modules() {
	local source=$kdir/source
	mkdir -p "$work/modules"
	cp -u "$source/samples/kprobes/kprobe_example.c" "$source/samples/ftrace/ftrace-direct.c" \
		"$source"/tools/testing/selftests/livepatch/test_modules/test_klp_callbacks_{busy,demo}.c \
		"$top"/samples/{livepatch-state-v1,livepatch-state-v2,livepatch-symbols,console_printk}.rs "$here"/running/{Kbuild,patch.c} "$work/modules"
	M=$work/modules "$top/scripts/kbuild" modules
	sign
	strip_linked
}

# With a key of nobody's, called by its identifier and by its certificate's serial number, and with a byte of its description wrong.
sign() {
	# shellcheck disable=SC2016
	"$top/scripts/builder" -- sh -euc 'cd "$1"
		openssl req -x509 -newkey rsa:2048 -nodes -subj "/O=Example/CN=Test key" -set_serial 0x7f01 -keyout key.pem -out key.crt 2>/dev/null
		"$2/scripts/sign-file" -k sha256 key.pem key.crt klp_test_state.ko signed_by_key.ko
		"$2/scripts/sign-file" sha256 key.pem key.crt klp_test_state.ko signed_by_serial.ko
		head -c -40 signed_by_serial.ko >damaged.ko
		printf x >>damaged.ko
		tail -c 39 signed_by_serial.ko >>damaged.ko' - "$work/modules" "$kdir"
}

# Modules that have been linked, in Rust and in C, stripped in two ways.
strip_linked() {
	# shellcheck disable=SC2016
	"$top/scripts/builder" -- sh -euc 'cd "$1"
		for how in strip-unneeded strip-debug; do
			mkdir -p "$how"
			for module in livepatch-symbols klp_test_linked; do strip "--$how" -o "$how/$module.ko" "$module.ko"; done
		done' - "$work/modules"
}

run_guest() {
	"$top/scripts/vm" -t 2400 ${KERNEL:+-k "$KERNEL"} -f "$klpctl=/klpctl" -f "$work/modules=/modules" \
		-f "$here/running/guest.sh=/guest.sh" -- /guest.sh >"$work/says"
}

# answer NAME klpctl|insmod: what was printed; status NAME …: how it ended.
answer() {
	awk -v start="@ $1 $2 " '/^@ / { inside = index($0, start) == 1; next } inside' "$work/says"
}

status() {
	sed -n "s/^@ $1 $2 //p" "$work/says"
}

# finds NAME FILE CHECK STATUS TEXT: among what verify found of a file is that.
finds() {
	expect_in "$1: $3 of $2" "$5" "$(answer "$1" klpctl | jq -r --arg file "$2.ko" --arg check "$3" --arg status "$4" '.patches[] |
		select(.file == $file) | .findings[] | select(.check == $check and .status == $status) | .message')"
}

insmod_says() {
	expect_in "insmod: $1" "$2" "$(answer "$1" insmod)"
}

each_position() {
	local module klpctl_says insmod accepted=0 refused=0
	for module in $(answer positions klpctl | jq -r '.patches[].name'); do
		klpctl_says=$(answer positions klpctl | jq -r --arg name "$module" '.patches[] | select(.name == $name) | .findings[] |
			select(.check == "function") | .status')
		insmod=$(status "$module" insmod)
		case $klpctl_says-$insmod in
		ok-0) accepted=$((accepted + 1)) ;;
		failed-1) refused=$((refused + 1)) ;;
		*) echo "$module: klpctl says $klpctl_says, insmod ends with $insmod"; return 1 ;;
		esac
	done
	case $accepted,$refused in 0,* | *,[01]) echo "$accepted accepted, $refused refused"; return 1 ;; esac
}

hidden_addresses() {
	finds hidden klp_test_t_start_1 function unknown 'can be traced does not show'
	expect 'verified' null "$(answer hidden klpctl | jq .verified)"
	expect 'the exit code' 0 "$(status hidden klpctl)"
	expect 'with --strict' 4 "$(status hidden-strict klpctl)"
}

what_is_in_force() {
	finds older livepatch-state-v1 rules failed "'livepatch_state_v2' has version 2"
	expect 'the exit code' 4 "$(status older klpctl)"
	insmod_says older 'Invalid parameters'
}

what_is_loaded() {
	finds loaded livepatch-state-v2 rules failed "run 'rmmod livepatch_state_v2' first"
	expect_in 'compat' "run 'rmmod livepatch_state_v2' first" "$(answer loaded-compat klpctl)"
	expect 'the exit codes' '4 4' "$(status loaded klpctl) $(status loaded-compat klpctl)"
	insmod_says loaded 'File exists'
	expect 'when it is removed' 0 "$(status removed-compat klpctl)"
}

a_transition() {
	finds pending klp_test_state transition failed "the transition of 'test_klp_callbacks_demo' has not ended"
	expect 'the exit codes' '3 3' "$(status pending klpctl) $(status pending-compat klpctl)"
	insmod_says pending 'Device or resource busy'
}

who_holds_a_function() {
	finds held klp_test_cmdline held failed 'a kprobe with a post handler (kprobe_ftrace_handler) holds it'
	finds held klp_test_wakeup held failed 'a direct call to my_tramp of ftrace_direct holds it'
	insmod_says held-probe 'Device or resource busy'
	insmod_says held-direct 'Device or resource busy'
	finds hidden-holder klp_test_cmdline held failed 'another IPMODIFY user holds it'
	insmod_says hidden-holder 'Device or resource busy'
}

a_livepatch_is_no_obstacle() {
	expect 'by klpctl' '' "$(answer patched klpctl | jq -r '.patches[].findings[] | select(.check == "held") | .message')"
	finds patched klp_test_cmdline_too twice warning "'klp_test_cmdline' replaces it too"
	expect 'exit codes' '0 0 0' "$(status patched klpctl) $(status patched insmod) $(status patched-too insmod)"
}

no_permission() {
	expect 'verify' 5 "$(status nobody-verify klpctl)"
	expect 'doctor' 5 "$(status nobody-doctor klpctl)"
}

who_signed() {
	finds unmounted klp_test_state signature unknown 'securityfs'
	finds not-enforced klp_test_state signature ok 'it is not signed, and this kernel asks for no signature'
	finds enforced klp_test_state signature failed 'it is not signed, and this kernel loads only'
	finds enforced signed_by_key signature failed 'the kernel has no such key'
	finds enforced signed_by_serial signature unknown "signed by 'Test key', the certificate with the serial number 7f01"
	finds enforced damaged signature failed 'damaged'
	insmod_says enforced 'Key was rejected'
	insmod_says signed-by-key 'could not insert'
	insmod_says damaged 'could not insert'
}

# GNU's strip leaves a module whole that has one section of relocations for the kernel to resolve, and damages one that has two: with
# klp_test_linked, insmod dies of an oops then, so it is not loaded.
stripped_after_linking() {
	local module
	for module in livepatch-symbols klp_test_linked; do
		finds strip-unneeded-$module strip-unneeded/$module stripped failed 'strip it only with --strip-debug'
		expect "$module" '4 1' "$(status strip-unneeded-$module klpctl) $(status strip-unneeded-$module insmod)"
	done
	insmod_says strip-unneeded-livepatch-symbols 'Unknown symbol in module'
	insmod_says strip-unneeded-klp_test_linked 'Invalid parameters'
	expect 'one section' '0 0' "$(status strip-debug-livepatch-symbols klpctl) $(status strip-debug-livepatch-symbols insmod)"
	finds strip-debug-klp_test_linked strip-debug/klp_test_linked symbol failed 'strip first'
}

doctor_says_it_too() {
	expect_in 'signatures' 'demanded, by module.sig_enforce=1' "$(tr -s ' \n' ' ' <<<"$(answer enforced-doctor klpctl)")"
	expect_in 'what is held' 'vmlinux:cmdline_proc_show by a kprobe' "$(tr -s ' \n' ' ' <<<"$(answer held-doctor klpctl)")"
	expect 'the exit codes' '0 0' "$(status enforced-doctor klpctl) $(status held-doctor klpctl)"
}

klpctl=$(make -s -C "$top" klpctl)
modules
run_guest
case_is 'of functions with one name, each is judged by its address' each_position
case_is 'where addresses are hidden it is not known' hidden_addresses
case_is 'what is in force is asked for' what_is_in_force
case_is 'a module that is loaded, but not in force' what_is_loaded
case_is 'a transition that is pending' a_transition
case_is 'what else holds a function' who_holds_a_function
case_is 'another livepatch does not hold it' a_livepatch_is_no_obstacle
case_is 'linked modules that were stripped' stripped_after_linking
case_is 'who may not look' no_permission
case_is 'signatures' who_signed
case_is 'doctor shows what decides nothing' doctor_says_it_too
done_testing
