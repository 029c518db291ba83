#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# klpctl's command line: what it shows, how it ends, what `new` makes.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
unset COLUMNS

work=$top/build/selftests/cli
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
kernel=$(dirname "$kdir")
release=$(basename "$kernel")

# variant NAME SED: code.rs or code.c, by another name and with a change.
variant() {
	sed -e "s/\"NAME\"/\"$1\"/" -e "$3" "$here/cli/$2" >"$work/code/$1.${2#*.}"
}

variants() {
	rm -rf "$work/code" && mkdir -p "$work/code"
	variant code_first code.rs ''
	# shellcheck disable=SC2016
	variant code_moved code.rs 's/v as usize as c_int/v as usize as i32/; s|// MORE|unsafe version_proc_show(m: \&SeqFile, v: *mut c_void) -> c_int => other_show,|
		$a fn other_show(m: \&SeqFile, v: *mut c_void) -> c_int { seq_print!(m, "{}", v as usize); 1 }'
	variant code_body code.rs 's/^    scramble/    1 + scramble/'
	variant code_helper code.rs 's/0x1234/0x1235/'
	variant code_c code.c ''
	variant code_c_moved code.c '/^static noinline int scramble/i static noinline int another(int value)\n{\n\treturn value + 77;\n}\n
		s/more((long)v)/more((long)v)/; /^static void done/,/^}/c static void done(void)\n{\n\tpr_info("%d", another(current->pid));\n}'
	variant code_c_helper code.c 's/0x1234/0x1235/'
	cat >"$work/code/Kbuild" <<-'END'
		obj-m := $(patsubst $(src)/%.rs,%.o,$(wildcard $(src)/*.rs)) code_c.o code_c_moved.o code_c_helper.o
		include $(KLP)/scripts/Makefile.klp
	END
	M=$work/code "$top/scripts/kbuild" modules
}

# differs A B: status and changes, one a line.
differs() {
	local says status=0
	says=$("$klpctl" diff --json "$work/code/code_$1.ko" "$work/code/code_$2.ko") || status=$?
	jq -r '.changes[] | "\(.what) \(.name)"' <<<"$says"
	echo "$status $(jq .same <<<"$says")"
}

code_that_moved_is_the_same() {
	expect 'in Rust' $'function vmlinux:version_proc_show\n4 false' "$(differs first moved)"
	expect 'in C' '0 true' "$(differs c c_moved)"
	expect 'one file' '0 true' "$(differs first first)"
}

code_that_changed_is_told() {
	expect 'the body' $'code vmlinux:cmdline_proc_show\n4 false' "$(differs first body)"
	expect 'what it calls' $'code vmlinux:cmdline_proc_show\n4 false' "$(differs first helper)"
	expect 'what it calls in C' $'code vmlinux:cmdline_proc_show\n4 false' "$(differs c c_helper)"
	expect_in 'where' 'what it calls or reads' "$(COLUMNS=200 "$klpctl" diff "$work/code/code_first.ko" "$work/code/code_helper.ko" || true)"
	expect_in 'where' 'the replacement itself' "$(COLUMNS=200 "$klpctl" diff "$work/code/code_first.ko" "$work/code/code_body.ko" || true)"
}

another_language_is_no_other_prototype() {
	expect 'changes' $'callbacks vmlinux\nparameter loud\ndescription \ncode vmlinux:cmdline_proc_show\n4 false' \
		"$(differs first c | grep -vx 'written in .*')"
}

info_tells_all() {
	local says
	says=$("$klpctl" info "$work/code/code_c.ko")
	for line in 'description      code.rs in C' 'licence          GPL' 'authors          Somebody' \
		'parameter        loud (bool): says more' 'callbacks        vmlinux: pre_patch'; do
		expect_in 'in C' "$line" "$says"
	done
	says=$("$klpctl" info --json "$work/code/code_first.ko")
	expect 'in Rust' "$((16#$("$top/scripts/builder" -- nm -S "$work/code/code_first.ko" | awk '$4 == "klp_test_show.body" { print $2 }')))" \
		"$(jq '.patches[0].objects[0].functions[0].replacement.body.size' <<<"$says")"
}

fits_80_columns() {
	local says
	says=$("$klpctl" verify --kernel "$kernel" "$work"/code/*.ko
		"$klpctl" info "$work"/code/*.ko
		"$klpctl" compat --matrix "$work"/code/*.ko
		"$klpctl" diff "$work"/code/code_{first,c}.ko || true)
	expect 'lines of several words beyond' '' "$(awk 'length($0) > 80 && NF > 1' <<<"$says" | grep -v ^against)"
	expect_in 'wider' 'vmlinux:cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => klp_test_show, Rust' \
		"$(COLUMNS=300 "$klpctl" info "$work/code/code_first.ko")"
}

# The first line of the table is below the file's name and the header.
what_failed_comes_first() {
	local says
	sed 's/vermagic=[0-9]/vermagic=0/' "$work/code/code_first.ko" >"$work/other.ko"
	says=$(CLICOLOR_FORCE=1 "$klpctl" verify --kernel "$kernel" "$work/code/code_first.ko" "$work/other.ko" || true)
	expect_in 'in colour' $'\e[31mFAILED\e[0m' "$says"
	expect 'without' '' "$(NO_COLOR=1 "$klpctl" verify --kernel "$kernel" "$work/other.ko" | grep $'\e' || true)"
	expect 'the first' FAILED "$("$klpctl" verify --kernel "$kernel" "$work/other.ko" | sed -n '5s/ .*//p')"
}

quiet_is_quiet() {
	local quiet=("$klpctl" verify --quiet --kernel "$kernel")
	expect 'of what is right' '' "$("${quiet[@]}" "$work/code/code_first.ko")"
	expect 'of what is not' FAILED "$("${quiet[@]}" "$work/other.ko" | grep -oE '^ *(ok|warning|FAILED)' | sort -u)"
}

full_disks_are_errors() {
	local command says
	for command in --version --help 'help verify' 'completions bash' doctor "info $work/code/code_c.ko" "info --json $work/code/code_c.ko" \
		"diff $work/code/code_first.ko $work/code/code_c.ko" "compat --matrix $work/code/code_c.ko" "kdir $release" \
		"verify --kernel $kernel $work/code/code_c.ko"; do
		# shellcheck disable=SC2086
		says=$("$klpctl" $command 2>&1 >/dev/full && echo "it ended with 0" || echo "status $?")
		says=$(without_progress <<<"$says")
		expect "klpctl $command" "klpctl: cannot write to the standard output: No space left on device (os error 28)
status 1" "$says"
	done
	expect 'stderr too' 1 "$("$klpctl" info /nowhere.ko 2>/dev/full || echo $?)"
	expect 'a reader who has gone' 0 "$("$klpctl" completions bash | true; echo "${PIPESTATUS[0]}")"
}

exit_codes() {
	local dir
	expect 'unknown words' 2 "$(status_of "$klpctl" inof x)"
	expect 'no target' 2 "$(status_of "$klpctl" new fix --target vfs_read)"
	expect 'no cache' 5 "$(XDG_CACHE_HOME=/proc/none status_of "$klpctl" kdir)"
	expect_in 'a near miss' 'info' "$("$klpctl" inof 2>&1 || true)"
	dir=$(mktemp -d)
	cp "$klpctl" "$work/code/code_c.ko" "$dir"
	chmod 755 "$dir"
	chmod 000 "$dir/code_c.ko"
	if [ "$(id -u)" = 0 ]; then
		expect 'no permission' 5 "$(status_of setpriv --reuid 65534 --clear-groups "$dir/klpctl" info "$dir/code_c.ko")"
	else
		expect 'no permission' 5 "$(status_of "$dir/klpctl" info "$dir/code_c.ko")"
	fi
	rm -rf "$dir"
}

# The shell that starts it becomes a program that does not wait for it, so that how it ended stays to be seen: the status
# of wait(2), where a signal is its number.
interrupt_ends_it() {
	local parent pid
	cd "$work"
	rm -rf cut && cp -r fix cut && rm -f cut/*.ko
	# shellcheck disable=SC2016
	bash -c 'env --default-signal=INT "$1" build cut >/dev/null 2>&1 & echo $! >cut/pid; exec sleep 600' sh "$klpctl" & parent=$!
	until [ -s cut/pid ]; do sleep 0.1; done
	pid=$(cat cut/pid)
	until pgrep -f "M=$work/cut" >/dev/null || ended "$pid"; do sleep 0.1; done
	kill -INT "$pid"
	until ended "$pid"; do sleep 0.1; done
	expect 'it died by' 2 "$(awk '{ print $52 }' "/proc/$pid/stat")"
	kill "$parent"
	expect 'what still runs' '' "$(pgrep -f "M=$work/cut" || true)"
	expect 'what is half made' '' "$(find cut -name '*.partial')"
}

ended() {
	[ "$(awk '{ print $3 }' "/proc/$1/stat")" = Z ]
}

# Outside of the checkout, whose Rust files rust-analyzer's list is made of.
failed_compile_is_1() {
	local dir
	dir=$(mktemp -d)
	cp -r "$work/fix" "$dir/broken"
	echo 'fn broken( {' >>"$dir/broken/fix.rs"
	expect 'the status' 1 "$(status_of "$klpctl" build --release "$release" "$dir/broken")"
	rm -r "$dir"
}

new_is_to_be_finished() {
	local status=0 says
	cd "$work" && rm -rf fix
	says=$("$klpctl" new fix --release "$release" --target vmlinux:version_proc_show vmlinux:__x64_sys_getpid 2>&1)
	expect_in 'what is next' "klpctl build fix" "$says"
	says=$("$klpctl" build --json --release "$release" fix 2>"$work/said") || status=$?
	expect 'the status' 4 $status
	expect 'beside JSON' '' "$(cat "$work/said")"
	[ -s fix/fix.ko ]
	expect 'unfinished' 2 "$(jq '[.patches[].findings[] | select(.check == "finished" and .status == "failed")] | length' <<<"$says")"
	expect 'prototypes' 2 "$(jq '[.patches[].findings[] | select(.check == "prototype" and .status == "ok")] | length' <<<"$says")"
	sed -i 's/klp::unfinished!(\(.*\))/\1/' fix/fix.rs
	"$klpctl" build --release "$release" fix
}

new_takes_the_kernels_names() {
	cd "$work" && rm -rf CVE-2026-1234
	"$klpctl" new --kernel "$kdir" --target vmlinux:version_proc_show vmlinux:cmdline_proc_show CVE-2026-1234
	says=$("$klpctl" build --release "$release" CVE-2026-1234 2>&1) && fails echo 'it is finished'
	expect 'warnings' '' "$(grep -i 'warning:' <<<"$says")"
	[ -s CVE-2026-1234/CVE-2026-1234.ko ]
}

new_refuses_all_at_once() {
	local says name
	cd "$work"
	says=$(fails "$klpctl" new --kernel "$kdir" klp --target vmlinux:vfs_read vmlinux:klp_no_such no_such_module:f vmlinux:vfs_read,1 2>&1)
	for line in "'klp' is what a crate is called" 'vmlinux:klp_no_such: ' 'no_such_module:f: kernel '"$release"' has no module' \
		'vmlinux:vfs_read,1: is named twice'; do
		expect_in 'it says' "  $line" "$says"
	done
	for name in kernel core vmlinux pin-init e1000 loop; do
		says=$(fails "$klpctl" new --kernel "$kdir" $name --target vmlinux:vfs_read 2>&1)
		expect_in $name 'choose another' "$says"
		[ ! -e $name ]
	done
}

# One that is static, with one caller; one in a header; one that there is not.
new_finds_the_callers_of_inlined_functions() {
	local says unit=drivers/net/ethernet/intel/e1000/e1000_main.c
	cd "$work"
	says=$(fails "$klpctl" new --kernel "$kdir" inlined --target e1000:e1000_smartspeed vmlinux:e1000_smartspeed vmlinux:list_add \
		vmlinux:lits_add_rcu 2>&1)
	for line in "e1000:e1000_smartspeed: 'e1000' has no symbol of that name: it was inlined in $unit: its only caller is 'e1000_watchdog'" \
		"vmlinux:e1000_smartspeed: 'vmlinux' has no symbol of that name: it is in $unit, for 'e1000': name that object" \
		"vmlinux:list_add: 'vmlinux' has no symbol of that name: it is in include/linux/list.h, for whoever includes that" \
		"vmlinux:lits_add_rcu: 'vmlinux' has no symbol of that name: the kernel's source has no function of that name"; do
		expect_in 'it says' "  $line" "$says"
	done
}

mkdir -p "$work"
variants
klpctl=$(make -s -C "$top" klpctl)
case_is 'diff: code that moved is the same' code_that_moved_is_the_same
case_is 'diff: code that changed is told, also what it calls' code_that_changed_is_told
case_is 'diff: Rust and C have one prototype' another_language_is_no_other_prototype
case_is 'info tells all' info_tells_all
case_is 'tables fit 80 columns' fits_80_columns
case_is 'what failed comes first, and in red' what_failed_comes_first
case_is 'with --quiet, only what is not right is said' quiet_is_quiet
case_is 'a full disk is an error' full_disks_are_errors
case_is 'exit codes' exit_codes
case_is 'what new writes is to be finished' new_is_to_be_finished
case_is 'new takes names that the kernel takes' new_takes_the_kernels_names
case_is 'new refuses all at once' new_refuses_all_at_once
case_is 'new finds the callers of what was inlined' new_finds_the_callers_of_inlined_functions
case_is 'a failed compile is status 1' failed_compile_is_1
case_is 'an interrupt ends all that was started' interrupt_ends_it
done_testing
