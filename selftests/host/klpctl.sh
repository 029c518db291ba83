#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host program: its own tests, and what it says of real modules, in Rust, in C, and as other tools leave them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$top/build/selftests/klpctl
small=$work/small
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
kernel=$(dirname "$kdir")

upstream_modules() {
	mkdir -p "$work/upstream"
	cp -u "$kdir"/source/tools/testing/selftests/livepatch/test_modules/*.c "$kdir"/source/samples/livepatch/*.c "$work/upstream"
	cat >"$work/upstream/Kbuild" <<-'END'
		obj-m := $(patsubst $(src)/%.c,%.o,$(filter-out %.mod.c,$(wildcard $(src)/*.c)))
		include $(KLP)/scripts/Makefile.klp
	END
	M=$work/upstream "$top/scripts/kbuild" modules
}

own_modules() {
	mkdir -p "$work/own"
	cp -u "$here"/klpctl/{Kbuild,*.rs,klp_*.c} "$kdir/source/scripts/livepatch/init.c" "$work/own"
	M=$work/own "$top/scripts/kbuild" modules
	rm -rf "$work/rust"
	ln -s "$(samples)" "$work/rust"
}

# Without debug information and types they are small enough to be damaged at every byte.
small_files() {
	mkdir -p "$small"
	cp "$here/klpctl/debug.c" "$small"
	# shellcheck disable=SC2016
	"$top/scripts/builder" -- sh -eu -c '
		cd "$1/small"
		strip -g -R .BTF -R .BTF.base -o rust.ko ../rust/livepatch-sample.ko
		strip -g -R .BTF -R .BTF.base -o c.ko ../upstream/livepatch-sample.ko
		strip -g -R .BTF -R .BTF.base -o klp-build.ko ../own/klp_test_klp_build.ko
		gcc -g -O1 -c debug.c
		pahole --btf_encode_detached debug.btf debug.o' sh "$work"
	"$top/scripts/vm" ${KERNEL:+-k "$KERNEL"} -- sh -c '
		cat /sys/kernel/tracing/available_filter_functions_addrs
		echo ---
		cat /proc/kallsyms' >"$small/booted"
	sed '/^---$/,$d' "$small/booted" >"$small/sites"
	sed '1,/^---$/d' "$small/booted" >"$small/kallsyms"
}

cargo_tests() {
	"$top/scripts/cargo" test --release --locked --config "env.KLP_TEST_KERNEL='$kernel'" \
		--config "env.KLP_TEST_FILES='$small'" "$@" -- --include-ignored
}

# What damages files byte by byte needs the program as it is; the others would take the compiler longer than they run.
own_tests() {
	cargo_tests --package klpctl --test '*'
	cargo_tests --package klpctl --package klp-model --lib --bin klp-model --config profile.release.package.klpctl.opt-level=0
}

reads_functions() {
	local file=$1 says
	shift
	says=$("$klpctl" info --json "$file" | jq -r '.patches[0] | .name, .source, (.replace | tostring),
		(.objects[] | .name as $object | .functions[] | "\($object):\(.name),\(.sympos) \(.replacement.name)"),
		(.states[] | "\(.id)=\(.version)")')
	expect "$file" "$(printf '%s\n' "$@")" "$says"
}

info_of_c() {
	reads_functions "$work/upstream/livepatch-sample.ko" livepatch_sample tables no \
		'vmlinux:cmdline_proc_show,0 livepatch_cmdline_proc_show'
	reads_functions "$work/upstream/test_klp_state2.ko" test_klp_state2 tables yes 1=2
	reads_functions "$work/upstream/livepatch-shadow-fix1.ko" livepatch_shadow_fix1 tables no \
		'livepatch_shadow_mod:dummy_alloc,0 livepatch_fix1_dummy_alloc' \
		'livepatch_shadow_mod:dummy_free,0 livepatch_fix1_dummy_free'
	reads_functions "$work/upstream/test_klp_atomic_replace.ko" test_klp_atomic_replace tables \
		'{"when-loaded":"its code writes to the field"}' 'vmlinux:meminfo_proc_show,0 livepatch_meminfo_proc_show'
}

info_of_rust() {
	reads_functions "$work/rust/livepatch-sample.ko" livepatch_sample description no \
		'vmlinux:cmdline_proc_show,0 livepatch_cmdline_proc_show'
	reads_functions "$work/rust/livepatch-state-v3.ko" livepatch_state_v3 description yes 1=3
	expect 'shadow variables' '1 2' "$("$klpctl" info --json "$work/rust/livepatch-shadow-fix2.ko" | jq -r '.patches[0].shadows | join(" ")')"
	expect 'the build id' "$("$top/scripts/builder" -- readelf -n "$work/rust/livepatch-sample.ko" | sed -n 's/.*Build ID: //p')" \
		"$("$klpctl" info --json "$work/rust/livepatch-sample.ko" | jq -r '.patches[0].build_id')"
}

info_of_other_tools() {
	reads_functions "$work/own/klp_test_klp_build.ko" klp_test_klp_build klp-build \
		'{"when-loaded":"klp-build sets it in the module'\''s code, by default to true"}' \
		'vmlinux:cmdline_proc_show,0 klp_test_cmdline' 'vmlinux:version_proc_show,1 klp_test_cmdline' \
		'e1000:e1000_has_link,0 klp_test_cmdline'
	reads_functions "$work/own/klp_test_kpatch.ko" klp_test_kpatch kpatch \
		'{"when-loaded":"kpatch sets it in the module'\''s code, by default to true"}' \
		'vmlinux:cmdline_proc_show,1 klp_test_cmdline' 'e1000:e1000_has_link,0 klp_test_cmdline'
}

no_livepatch() {
	local says
	says=$(fails "$klpctl" info "$work/upstream/test_klp_mod_target.ko" 2>&1)
	expect_in 'it says' 'no livepatch' "$says"
	says=$(fails "$klpctl" info "$here/lib.sh" 2>&1)
	expect_in 'it says' 'no readable ELF file' "$says"
	says=$(fails "$klpctl" info /nowhere.ko 2>&1)
	expect_in 'it says' 'cannot open /nowhere.ko' "$says"
}

compatible() {
	local v1=$work/rust/livepatch-state-v1.ko v2=$work/rust/livepatch-state-v2.ko
	expect 'v2 over v1' 0 "$(status_of "$klpctl" compat "$v1" "$v2")"
	expect 'v1 over v2' 4 "$(status_of "$klpctl" compat "$v2" "$v1")"
	expect 'pairs' 'livepatch_state_v1 over livepatch_state_v1: false
livepatch_state_v1 over livepatch_state_v2: false
livepatch_state_v2 over livepatch_state_v1: true
livepatch_state_v2 over livepatch_state_v2: false' "$("$klpctl" compat --matrix --svg "$work/matrix.svg" --json "$v1" "$v2" |
		jq -r '.pairs[] | "\(.patch) over \(.over): \(.accepted)"')"
	"$top/scripts/builder" -- python3 -c "import xml.dom.minidom as x; x.parse('$work/matrix.svg')"
}

different() {
	expect_in 'v1 to v3' 'state 1 1 version 1' "$("$klpctl" diff --json "$work/rust/livepatch-state-v1.ko" \
		"$work/rust/livepatch-state-v3.ko" | jq -r '.changes[] | "\(.what) \(.name) \(.from) \(.to)"')"
}

verify() {
	"$klpctl" verify --kernel "$kernel" --modules "$work/rust" "$@"
}

good_ones_pass() {
	local file
	for file in "$work"/rust/livepatch-{sample,callbacks-demo,state-v1,shadow-fix1}.ko "$work"/upstream/livepatch-{sample,shadow-fix2}.ko; do
		verify "$file"
	done
}

# finding FILE CHECK SUBJECT STATUS MESSAGE: what `verify` found.
finding() {
	expect_in "$2 $3" "$5" "$(jq -r --arg check "$2" --arg subject "$3" --arg status "$4" '.patches[].findings[] |
		select(.check == $check and .subject == $subject and .status == $status) | .message' <<<"$1")"
}

mismatches_fail() {
	local says
	says=$(verify --json "$work/own/klp_test_mismatch.ko" || true)
	finding "$says" prototype vmlinux:cmdline_proc_show failed 'takes 1 argument, the original 2'
	finding "$says" prototype vmlinux:meminfo_proc_show failed 'argument 2 is an unsigned integer of 32 bits in the replacement, a pointer in'
	finding "$says" prototype vmlinux:version_proc_show failed 'the result is an unsigned integer of 64 bits'
	finding "$says" prototype vmlinux:uptime_proc_show failed 'the result is an unsigned integer of 32 bits'
	finding "$says" prototype vmlinux:loadavg_proc_show failed 'a pointer to struct file in the replacement, a pointer to struct seq_file in'
	finding "$says" prototype vmlinux:devinfo_show unknown 'Wrapper'
	expect 'the exit code' 4 "$(status_of verify "$work/own/klp_test_mismatch.ko")"
}

# Without debug information, by what the source calls the types.
stripped_mismatches_fail() {
	local says
	"$top/scripts/builder" -- strip -g -o "$work/stripped.ko" "$work/own/klp_test_mismatch.ko"
	says=$(verify --json "$work/stripped.ko" || true)
	finding "$says" prototype vmlinux:cmdline_proc_show failed "by the source's types"
	finding "$says" prototype vmlinux:loadavg_proc_show failed 'a pointer to struct file in the replacement'
	finding "$says" prototype vmlinux:devinfo_show unknown 'Wrapper'
}

obstacles_fail() {
	local says
	says=$(verify --json "$work/own/klp_test_not_there.ko" || true)
	finding "$says" function vmlinux:klp_no_such_function failed 'no symbol of that name'
	finding "$says" function vmlinux:hex_to_bin failed 'no ftrace site'
	finding "$says" function vmlinux:proc_cmdline_init failed '__init'
	finding "$says" function vmlinux:jiffies failed 'as data'
	finding "$says" function vmlinux:cmdline_proc_show,9999 failed 'its position is 9999'
	finding "$says" function klp_no_such_module:function failed 'no module'
}

unresolved_symbols_fail() {
	local says
	says=$(verify --json "$work/own/klp_test_unresolved.ko" || true)
	finding "$says" symbol vmlinux:tainted_mask ok 'resolves'
	finding "$says" symbol vmlinux:klp_no_such_variable failed 'no symbol of that name'
	finding "$says" symbol vmlinux:e1000_has_link failed "another object's"
	finding "$says" symbol vmlinux:__func__.0 failed 'give a position from 1 to'
	expect 'the exit code' 4 "$(status_of verify "$work/own/klp_test_unresolved.ko")"
}

other_kernel_fails() {
	local says
	sed 's/vermagic=[0-9]/vermagic=0/' "$work/rust/livepatch-sample.ko" >"$work/other.ko"
	says=$(verify --json "$work/other.ko" || true)
	finding "$says" vermagic livepatch_sample failed 'it will not load'
}

# The first trampoline's frame is overwritten.
broken_trampoline_fails() {
	local says
	"$top/scripts/builder" -- python3 - "$small/rust.ko" "$work/broken.ko" <<-'END'
		import sys
		module = bytearray(open(sys.argv[1], 'rb').read())
		at = module.index(b'\x55\x48\x89\xe5\xe8')
		module[at:at + 4] = b'\x90' * 4
		open(sys.argv[2], 'wb').write(module)
	END
	says=$(verify --json "$work/broken.ko" || true)
	finding "$says" trampoline vmlinux:cmdline_proc_show failed 'it makes no frame at +0x9'
}

# A figure, which nobody judges.
verify_in_time() {
	local TIMEFORMAT='# verify took %U s and %S s of the processor (user, system)'
	time verify "$work/rust/livepatch-sample.ko" >/dev/null
}

same_prototypes() {
	"$klpctl" verify --json --kernel "$kernel" "$1" |
		jq '[.patches[].findings[] | select(.check == "prototype" and .status == "ok")] | length'
}

# builds_unfinished PATCH: as `new` wrote it.
builds_unfinished() {
	local status=0
	"$klpctl" build --release "${kernel##*/}" "$1" >says 2>&1 || status=$?
	expect "the status of $1" 4 "$status" || { grep -m 3 -A 12 '^error' says || tail -n 20 says; return 1; }
	[ -s "$1/$1.ko" ]
}

# A patch of functions that are picked at random, 200 and more of them, by the kernel's own types; and with what they call, all of
# which is used here, as others may.
prototypes_round_trip() {
	local count says seed=${SEED:-$RANDOM}
	echo "SEED=$seed"
	rm -rf "$work"/new && mkdir "$work/new" && cd "$work/new"
	"$top/scripts/builder" -- sh -c "pfunct -F btf '$kdir/vmlinux' 2>/dev/null" | sort -u |
		shuf -n 320 --random-source=<(yes "$seed" 2>/dev/null) | sed 's/^/vmlinux:/' >all
	grep -qx vmlinux:yield all || echo vmlinux:yield >>all # a word of Rust's
	xargs -a all "$klpctl" new --kernel "$kdir" random --target 2>refused || true
	sed -n 's/^  \(vmlinux:[^:]*\): .*/\1/p' refused >refused-names
	grep -vxFf refused-names all >picked
	count=$(wc -l <picked)
	[ "$count" -ge 200 ] || { echo "only $count of 320 can be replaced"; head -n 20 refused; return 1; }
	xargs -a picked "$klpctl" new --kernel "$kdir" random --target
	sed -i 's/^        fn /        pub fn /' random/random.rs
	builds_unfinished random
	says=$("$klpctl" verify --json --kernel "$kernel" random/random.ko || true)
	expect 'symbols that are declared as they are' "$(grep -c '^        pub fn ' random/random.rs)" \
		"$(jq '[.patches[].findings[] | select(.check == "symbol" and .status == "ok")] | length' <<<"$says")"
	expect 'prototypes that are the same' "$count" "$(same_prototypes random/random.ko)"
}

# Enums that the kernel's bindings give a sign or make structs, as an argument and as a result, and a function that they
# have as a constant; a union of one struct.
prototypes_unlike_the_bindings() {
	cd "$work" && rm -rf unlike
	"$klpctl" new --kernel "$kdir" unlike --target \
		vmlinux:{__dma_sync_single_for_cpu,get_pfnblock_migratetype,no_action,compat_ptr_ioctl,__crypto_register_alg}
	builds_unfinished unlike
	expect 'prototypes that are the same' 5 "$(same_prototypes unlike/unlike.ko)"
}

new_refuses() {
	local says
	cd "$work"
	says=$(fails "$klpctl" new --kernel "$kdir" no-such --target vmlinux:klp_no_such vmlinux:vprintk 2>&1)
	expect_in 'it says' 'vmlinux:klp_no_such: ' "$says"
	[ ! -e no-such ]
	says=$(fails "$klpctl" new --kernel "$kdir" no-such --target vmlinux:do_exit 2>&1)
	expect_in 'it says' 'vmlinux:do_exit: it never returns' "$says"
	says=$(fails "$klpctl" new --kernel "$kdir" Bad.Name --target vmlinux:vfs_read 2>&1)
	expect_in 'it says' "'Bad.Name' is no name of a module" "$says"
	says=$(fails "$klpctl" new --kernel "$kdir" own --target vmlinux:vfs_read 2>&1)
	expect_in 'it says' 'own exists' "$says"
}

kdir_is_that_of_the_scripts() {
	expect 'the tree' "$kdir" "$("$klpctl" kdir "$(cat "$kdir/include/config/kernel.release")")"
	expect_in 'it says' 'no kernel tree' "$(fails "$klpctl" kdir "$work" 2>&1)"
}

doctor_finds_what_is_missing() {
	local tools
	expect 'with all' 0 "$(status_of "$klpctl" doctor)"
	tools=$(mktemp -d)
	ln -s /usr/bin/bwrap "$tools/"
	expect 'with little' 4 "$(PATH=$tools status_of "$klpctl" doctor)"
	expect_in 'what is missing' mmdebstrap "$(PATH=$tools "$klpctl" doctor --json | jq -r '.checks[] | select(.ok | not) | .what')"
	rm -r "$tools"
}

# What the kernel shows of patches that are in force, from within.
loaded_ones() {
	local says
	# shellcheck disable=SC2016
	says=$("$top/scripts/vm" ${KERNEL:+-k "$KERNEL"} -f "$klpctl=/klpctl" -f "$work/rust/livepatch-state-v2.ko=/v2.ko" \
		-f "$work/rust/livepatch-state-v1.ko=/v1.ko" -f "$work/upstream/livepatch-sample.ko=/c.ko" -- sh -euc '
		for patch in livepatch_state_v2:/v2.ko livepatch_sample:/c.ko; do
			insmod "${patch#*:}"
			until grep -qx 0 "/sys/kernel/livepatch/${patch%:*}/transition"; do sleep 1; done
		done
		/klpctl info livepatch_state_v2 livepatch_sample
		/klpctl compat /v1.ko || echo "compat: $?"
		dmesg -n 1
		insmod /v1.ko 2>/dev/null || echo "insmod: refused"
		/klpctl verify --running /c.ko || echo "verify: $?"')
	expect_in 'a Rust patch' $'state            1 version 2' "$says"
	expect_in 'a C patch' 'function         vmlinux:cmdline_proc_show' "$says"
	expect_in 'a C patch' 'states           not known' "$says"
	expect_in 'compat' 'livepatch_state_v1 over livepatch_state_v2, livepatch_sample: refused' "$says"
	expect_in 'compat' 'compat: 4' "$says"
	expect_in 'the kernel' 'insmod: refused' "$says"
	says=$(tr -s ' \n' ' ' <<<"$says")
	expect_in 'verify --running' "a patch named 'livepatch_sample' is loaded" "$says"
	expect_in 'verify --running' 'ok prototype vmlinux:cmdline_proc_show' "$says"
	expect_in 'verify --running' 'verify: 4' "$says"
}

one_source_for_help() {
	local shell
	"$klpctl" man "$work/man"
	for command in $("$klpctl" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help); do
		[ -s "$work/man/klpctl-$command.1" ] || { echo "no page of $command"; return 1; }
	done
	for shell in bash zsh fish; do
		expect_in "$shell" verify "$("$klpctl" completions $shell)"
	done
}

# run_page COMMAND: its output, with what differs from machine to machine as the page calls it. klpctl takes the newest
# kernel where it is given none, whatever is tested here.
run_page() {
	local releases
	releases=$(printf '%s\n' "${kernel##*/}" "$("$top/scripts/kernel" release)" | paste -sd '|')
	COLUMNS=80 STATES=$work/rust PATH=$top/build:$PATH bash -euc "${1//STATES/\$STATES}" 2>/dev/null |
		sed -E -e "s/${releases//+/\\+}/RELEASE/g" -e 's/\(\/.*\)/(IMAGE)/' -e 's/^\/.*my-fix.ko$/MY-FIX.ko/' -e 's/[0-9a-f]{40}/ID/'
}

# Every command of the page, in a directory of its own, prints what follows it there.
the_page_is_true() {
	local command expected ran=0
	rm -rf "$work/page" && mkdir "$work/page" && cd "$work/page"
	while IFS= read -r -d $'\1' command && IFS= read -r -d $'\1' expected; do
		expect "$command" "${expected%$'\n'}" "$(run_page "$command")"
		ran=$((ran + 1))
	done < <(awk '
		function flush() { if (command != "") printf "%s\1%s\1", command, text; command = text = "" }
		/^```/ { flush(); inside = $0 == "```console"; next }
		!inside { next }
		/^\$ / { flush(); command = substr($0, 3); next }
		{ text = text $0 "\n" }' "$top/Documentation/klpctl.md")
	expect 'commands' 5 $ran
}

upstream_modules
own_modules
small_files
klpctl=$(make -s -C "$top" klpctl)
case_is 'its own tests' own_tests
case_is 'info of C livepatches' info_of_c
case_is 'info of Rust livepatches' info_of_rust
case_is 'info of what klp-build and kpatch make' info_of_other_tools
case_is 'what is no livepatch' no_livepatch
case_is 'compat, and its matrix' compatible
case_is 'diff' different
case_is 'verify passes what is good' good_ones_pass
case_is 'verify fails each kind of wrong prototype' mismatches_fail
case_is 'verify fails them without debug information' stripped_mismatches_fail
case_is 'verify fails what cannot be replaced' obstacles_fail
case_is 'verify fails unexported symbols that the kernel would not find' unresolved_symbols_fail
case_is 'verify fails a module for another kernel' other_kernel_fails
case_is 'verify fails a broken trampoline' broken_trampoline_fails
verify_in_time 2>&1 || true
case_is 'random prototypes pass through new, build and verify' prototypes_round_trip
case_is 'prototypes that the bindings have otherwise' prototypes_unlike_the_bindings
case_is 'new refuses what cannot be' new_refuses
case_is 'kdir' kdir_is_that_of_the_scripts
case_is 'doctor' doctor_finds_what_is_missing
case_is 'patches that are loaded' loaded_ones
case_is 'Documentation/klpctl.md' the_page_is_true
case_is 'man pages and completions' one_source_for_help
done_testing
