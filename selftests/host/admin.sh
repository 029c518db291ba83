#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# klpctl as an administrator uses it: what it says, and what the system does. All in one guest.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/admin
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})

modules() {
	local tests=$top/selftests/test_modules
	mkdir -p "$work/modules"
	cp -u "$here"/admin/{Kbuild,*.rs} "$tests"/{system,target,twin}.c "$tests"/{system,target}.h "$tests"/{klp_test_{parameters,sleep,two},sleeper}.rs \
		"$work/modules"
	"$klpctl" build --quiet ${KERNEL:+--release "$KERNEL"} "$work/modules" >&2
	others
}

# Modules with other build ids, and one for another kernel.
others() {
	local module
	mkdir -p "$work/modules/other"
	xz -dc "$("$top/scripts/modules" "$(cat "$kdir/include/config/kernel.release")" dummy)" >"$work/modules/dummy.ko"
	sed 's/vermagic=[0-9]/vermagic=0/' "$work/modules/klp_test_two.ko" >"$work/modules/other/klp_test_two.ko"
	# shellcheck disable=SC2016
	for module in admin_first dummy; do
		"$top/scripts/builder" -- sh -euc 'cd "$1"
			objcopy --dump-section .note.gnu.build-id=note "$2" /dev/null
			head -c -1 note >other/note && printf x >>other/note
			objcopy --update-section .note.gnu.build-id=other/note "$2" "other/$2"' - "$work/modules" "$module.ko"
	done
}

run_guest() {
	"$top/scripts/vm" -t 2400 ${KERNEL:+-k "$KERNEL"} -f "$klpctl=/klpctl" -f "$work/modules=/modules" \
		-f "$here/admin/guest.sh=/guest.sh" -- /guest.sh >"$work/says"
}

# refused NAME STATUS REASON [TEXT]
refused() {
	expect "status of $1" "$2" "$(status "$1")"
	expect "reason of $1" "$3" "$(json "$1" .reason)"
	expect "done of $1" false "$(json "$1" .done)"
	[ $# -lt 4 ] || expect_in "what $1 says" "$4" "$(json "$1" '.message, .help')"
}

a_patch_is_loaded() {
	expect 'without a patch' 'No livepatch is in force.
All is as it should be.' "$(answer empty)"
	expect 'status' '0 0' "$(status load again)"
	expect 'outcomes' 'loaded already-in-force' "$(json load .outcome) $(json again .outcome)"
	expect 'cmdline' first "$(answer loaded-cmdline)"
}

it_says_what_is_fixed() {
	expect 'the note' 'klp_expires=2199-12-31
klp_fixes=CVE-2026-1111
klp_fixes=CVE-2026-2222
klp_version=1.0' "$(answer note | grep -E '^klp_(version|fixes|expires)=' | sort)"
	expect 'the module' 1.0 "$(answer version)"
	expect_in 'fixes' 'CVE-2026-1111  admin_first  1.0      2199-12-31' "$(answer fixes)"
	expect 'status' '0 0 4' "$(status fixes fixed not-fixed)"
}

what_may_not_be_is_refused() {
	refused no-root 5 not-root
	refused other-build 4 other-build 'another build of it is in force'
	refused other-kernel 4 wrong-kernel
	refused not-cumulative 4 not-cumulative
	refused module-loaded 4 module-loaded 'klpctl unload admin_first'
	refused unsigned 4 signature
	refused other-target 4 other-target 'dummy'
	expect 'with its own' '0 0' "$(status its-target unload-target)"
	refused no-parameter 2 bad-parameter "it has no parameter 'cuont' (did you mean 'count'?)"
}

the_kernel_itself_refuses() {
	refused locked-down 5 lockdown "lockdown keeps modules out that are not signed by a key of the kernel's"
	expect_in 'the kernel says' 'Lockdown: klpctl: unsigned module loading is restricted' "$(json locked-down '.kernel[]')"
	refused appraised 5 ima "IMA's appraisal takes modules from signed files only"
}

parameters_are_given() {
	expect 'status' '0 0' "$(status parameters unload-parameters)"
	expect 'what it shows' '3 7 false 5 1 2' "$(answer parameters-shown)"
}

a_cumulative_one_takes_over() {
	expect 'status' '0 0' "$(status dry upgrade)"
	expect 'dry' admin_first "$(answer dry-patches)"
	expect_in 'dry' 'which fixes CVE-2026-2222' "$(json dry '.warnings[]')"
	expect_in 'dry' '2020-02-29' "$(json dry '.warnings[]')"
	expect 'what it replaced' admin_first "$(json upgrade '.replaces[]')"
	expect 'cmdline' next "$(answer upgraded-cmdline)"
	expect 'modules' admin_next "$(answer upgraded-modules)"
	expect 'the picture' 'false admin_next 2.0 CVE-2026-1111 vmlinux:cmdline_proc_show admin_next' \
		"$(json status '"\(.ok) \(.patches[0] | "\(.name) \(.version) \(.fixes[0])") \(.functions[0] | "\(.object):\(.function) \(.by)")"')"
	expect_in 'in words' "the last day of 'admin_next' was 2020-02-29" "$(answer status-text)"
}

patches_are_unloaded() {
	expect 'status' '0 0' "$(status unload unload-all)"
	expect 'what is left' '' "$(answer unloaded)"
}

what_is_installed_is_loaded() {
	expect 'status' '0 0 0 0 0' "$(status install install-again load-name stays all)"
	expect 'changed' 'true false' "$(json install .changed) $(json install-again .changed)"
	expect_in 'the store' '/order' "$(answer store)"
	expect 'outcomes' 'loaded already-in-force loaded' \
		"$(json load-name '.patches[].outcome') $(json stays '.patches[].outcome') $(json all '.patches[].outcome')"
	refused load-other 1 not-installed
	refused unsafe 1 unsafe-directory
	expect_in 'metrics' 'klpctl_fix{fix="CVE-2026-1111",patch="admin_first"} 1' "$(answer metrics)"
	expect_in 'metrics' 'klpctl_transition_pending 0' "$(answer metrics)"
	expect 'uninstalled' '0 1' "$(status uninstall uninstall-again)"
	expect 'what is left' $'order\nadmin_first' "$(answer uninstalled)"
}

not_after_a_crash() {
	expect 'held back' '1 held-back' "$(status held) $(json held '.patches[].reason')"
	expect_in 'status says' 'a boot ended uncleanly' "$(json held-status '.installed[].why')"
	expect 'asked for' '0 loaded' "$(status lifted) $(json lifted '.patches[].outcome')"
	expect_in 'when the boot has settled' held "$(answer settled)"
	expect 'the mark' '' "$(answer settled | grep -x loading || true)"
}

nor_if_switched_off() {
	expect_in 'why' /etc/klpctl/off "$(json switched-off .switched_off)"
	expect 'patches' '' "$(answer switched-off-patches)"
}

the_newest_is_taken_back() {
	expect 'status' '0 0 0 0' "$(status install-next load-next downgrade-dry downgrade)"
	expect 'with the newest' next "$(answer next-cmdline)"
	expect 'what would be' 'admin_next admin_first true' "$(json downgrade-dry '"\(.from) \(.to[]) \(.gap)"')"
	expect 'without it' first "$(answer downgraded-cmdline)"
}

# The kernel kills it in the middle of the file, by the limit of a file's size; into another system's root, with the kernel of the cache.
installs_in_whole() {
	local root=$work/root modules=$work/modules
	export KLPCTL_ROOT=$root
	rm -rf "$root" && mkdir "$root"
	"$klpctl" -q install "$modules/admin_first.ko"
	expect 'it died' 153 "$(ulimit -f 16; status_of "$klpctl" install "$modules/admin_next.ko")"
	expect 'what counts' admin_first "$(sed 's/@.*//' "$root"/var/lib/klpctl/*/order)"
	"$klpctl" -q install "$modules/admin_next.ko"
	expect 'what counts' $'admin_first\nadmin_next' "$(sed 's/@.*//' "$root"/var/lib/klpctl/*/order)"
	expect 'what is left' '' "$(find "$root" -name '*.new')"
	cmp "$modules/admin_next.ko" "$root"/var/lib/klpctl/*/admin_next@*.ko
}

# By the kernel's own program; whom the signature is by is read again.
signed_by() {
	# shellcheck disable=SC2016
	"$top/scripts/builder" -- sh -euc 'cd "$1"
		openssl req -x509 -newkey rsa:2048 -nodes -subj "/O=Example/CN=Test key" -keyout key.pem -out key.crt 2>/dev/null
		cp admin_hold.ko signed.ko
		"$2" sign signed.ko --key key.pem --cert key.crt --sign-file "$3/scripts/sign-file"' - "$work/modules" "$klpctl" "$kdir"
	expect 'signer' 'Test key' "$("$klpctl" info --json "$work/modules/signed.ko" | jq -r '.patches[].signature | .. | .issuer? // empty')"
	expect 'twice' 4 "$(status_of "$klpctl" sign "$work/modules/signed.ko" --key x --cert y)"
}

two_wait_for_each_other() {
	expect 'status' '0 0' "$(status first second)"
	expect 'patches' $'admin_first\nklp_test_two' "$(answer both)"
	expect 'order' 2 "$(json unload-all '.unloaded | length')"
}

a_stalled_load_is_reverted() {
	refused stalled-load 3 stalled
	expect 'how it was left' reverted "$(json stalled-load .left)"
	expect 'who held it' "$(answer held-by) cat klp_test_system:klp_test_hold" \
		"$(json stalled-load '.blocking[] | "\(.tid) \(.name) \(.in | join(" "))"')"
	expect 'what is left' '' "$(answer reverted)"
}

or_kept() {
	expect 'status' '3 3 3 3' "$(status kept blocking check waited)"
	expect_in 'in words' "task: $(answer held-by) (cat) in klp_test_system:klp_test_hold" "$(answer kept)"
	expect_in 'in words' 'help: ' "$(answer kept)"
	expect 'who holds it' "$(answer held-by)" "$(json blocking '.transition.blocking[].tid')"
	expect 'since' number "$(json blocking '.transition.seen_since | type')"
	expect 'to another user' 5 "$(status blocking-nobody)"
	refused pending 3 pending
	expect 'reversed' '0 unpatching' "$(status reverse-load) $(json reverse-load .direction)"
	refused reverse-none 1 not-pending
	expect 'unloaded' 0 "$(status unload-hold)"
}

a_stalled_unload_is_reverted() {
	refused stalled-unload 3 stalled
	expect 'how it was left' reverted "$(json stalled-unload .left)"
	expect 'enabled' 1 "$(answer still-enabled)"
}

there_is_no_way_back() {
	expect 'status' '0 0' "$(status load-deep load-above)"
	refused no-way-back 3 stalled "'admin_first' replaces vmlinux:cmdline_proc_show, too"
	expect 'how it was left' pending "$(json no-way-back .left)"
	refused no-reverse 4 no-way-back "'admin_first' replaces vmlinux:cmdline_proc_show, too"
	expect 'enabled' 0 "$(answer no-way-back-enabled)"
	expect 'unloaded, in the end' '0 0' "$(status deep-gone unload-deep)"
}

a_killed_one_is_taken_up() {
	expect 'after the kill' unpatching "$(json after-kill .transition.direction)"
	expect 'the next' 0 "$(status taken-up)"
	expect 'what is left' '' "$(answer gone)"
}

it_is_forced_after_a_yes() {
	refused force-idle 1 not-pending
	refused force-stall 3 stalled
	expect 'how it was left' pending "$(json force-stall .left)"
	refused force-unasked 1 not-confirmed
	expect 'forced' '0 klp_test_sleep' "$(status force) $(json force '.stay[]')"
	expect 'noted' klp_test_sleep "$(json forced '.forced[].stay[]')"
	refused forced-unload 1 module-in-use 'stays until the next boot'
}

klpctl=$(make -s -C "$top" klpctl)
modules
run_guest
case_is 'a patch is loaded, once' a_patch_is_loaded
case_is 'it says what is fixed' it_says_what_is_fixed
case_is 'what may not be is refused, with its reason' what_may_not_be_is_refused
case_is 'what the kernel refuses is told in its words' the_kernel_itself_refuses
case_is 'parameters are given to the module' parameters_are_given
case_is 'a cumulative patch takes over' a_cumulative_one_takes_over
case_is 'patches are unloaded' patches_are_unloaded
case_is 'what is installed is loaded' what_is_installed_is_loaded
case_is 'but not after a crash, until somebody asks for it' not_after_a_crash
case_is 'nor if it is switched off' nor_if_switched_off
case_is 'the newest is taken back' the_newest_is_taken_back
case_is 'an install is whole, or not at all' installs_in_whole
case_is 'a module is signed' signed_by
case_is 'two klpctl wait for each other' two_wait_for_each_other
case_is 'a load that tasks hold is reverted' a_stalled_load_is_reverted
case_is 'or kept, and reversed' or_kept
case_is 'an unload that tasks hold is reverted' a_stalled_unload_is_reverted
case_is 'or stays pending, where the kernel would not find the way back' there_is_no_way_back
case_is 'what a killed one began is taken up' a_killed_one_is_taken_up
case_is 'a transition is forced after a yes' it_is_forced_after_a_yes
done_testing
