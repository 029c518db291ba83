#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a fix in C may need of the kernel, seen at work in one guest: static keys and calls, an exception table entry, a per-CPU
# variable, a name that is not unique, what is not exported, a variable of its own; two versions with a state, and one in
# Rust between them, each of which takes over. Also: what has no name in the source, and what is called by its address.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
release=$(cat "$kdir/include/config/kernel.release")
source=$(realpath "$kdir/source")
work=$top/build/selftests/patch-kinds

# version_is NAME: /proc/version tells more.
version_is() {
	edit "$1" fs/proc/version.c '/"internal.h"/a #include <linux/jump_label.h>\
#include <linux/percpu.h>\
#include <linux/sched.h>\
#include <linux/sched/stat.h>\
#include <linux/uaccess.h>\
#include <asm/cpufeature.h>\
\
DECLARE_STATIC_KEY_FALSE(sched_schedstats);\
DECLARE_PER_CPU(unsigned long, process_counts);
/^static int version_proc_show/,/^}/{
s/^\{/{\
	static int told;\
	int word, cpu, processes = 0;\
/
s/^\treturn 0;/\tcond_resched();\
	seq_printf(m, "'"$1"' told %d\\n", ++told);\
	for_each_possible_cpu(cpu)\
		processes += per_cpu(process_counts, cpu);\
	seq_printf(m, "processes %d\\n", nr_processes() > 0 \&\& processes > 0);\
	if (cpu_feature_enabled(X86_FEATURE_APIC))\
		seq_puts(m, "feature\\n");\
	if (static_branch_unlikely(\&sched_schedstats))\
		seq_puts(m, "stats\\n");\
	__get_kernel_nofault(\&word, (int *)-4096L, int, fault);\
	return 0;\
fault:\
	seq_puts(m, "fault\\n");\
&/
}'
}

# later NAME: tables with the state's next version, which has the data of the first.
later() {
	sed 's/name: "c_fix"/name: "'"$1"'"/; s/VERSION: u32 = 1;/VERSION: u32 = 2;\n    const LAYOUT_SINCE: u32 = 1;/
		s/states: \[Told\],/&\n    replace: true,/' "$top/samples/c-fix.rs"
}

# In a form that only the compiler names, of a module where two have one name, and by its address.
others_are() {
	edit others kernel/cgroup/pids.c '/^static int __pids_events_show/,/^}/s/^\treturn 0;/\tseq_puts(sf, "fixed\\n");\n&/'
	edit others drivers/md/md.c '/^metadata_show\(/,/^}/s/"none\\n"/"fixed\\n"/'
	edit others fs/proc/loadavg.c '/"internal.h"/a #include <linux/smp.h>\
\
static void noted(void *what)\
{\
	*(int *)what = 1;\
}\

/^static int loadavg_proc_show/,/^}/s/^\treturn 0;/\tint called = 0;\
\
	smp_call_function_single(0, noted, \&called, 1);\
	seq_printf(m, "called %d\\n", called);\
&/'
}

# One that is written in Rust, between those of fixes in C.
in_rust() {
	mkdir -p "$work/rusty"
	# shellcheck disable=SC2016
	printf '%s\n' '# SPDX-License-Identifier: GPL-2.0' 'obj-m := rusty.o' 'include $(KLP)/scripts/Makefile.klp' >"$work/rusty/Kbuild"
	later rusty | sed 's/^include!.*/use kernel::{ffi::c_void, seq_file::SeqFile, seq_print};/; s/^fix! /klp::livepatch! /
		s/^    states: /    objects: [vmlinux => [\n        \/\/ SAFETY: As in the README.\n        unsafe version_proc_show(m: \&SeqFile, v: *mut c_void) -> c_int => rusty_show,\n    ]],\n&/' \
		>"$work/rusty/rusty.rs"
	printf '\nfn rusty_show(m: &SeqFile, _v: *mut c_void) -> c_int {\n    seq_print!(m, "version\\nin Rust\\n");\n    0\n}\n' >>"$work/rusty/rusty.rs"
	"$klpctl" build --release "$release" "$work/rusty"
}

made() {
	local says
	rm -rf "$work"/{first,second}{,.patch,.rs}
	version_is first
	edit first fs/proc/consoles.c '/^static void \*c_start/,/^}/s/^\tconsole_list_lock\(\);/&\n\tif (!*pos)\n\t\tseq_puts(m, "fixed\\n");/'
	sed 's/name: "c_fix"/name: "first"/' "$top/samples/c-fix.rs" >"$work/first.rs"
	says=$(cd "$work" && "$klpctl" patch first.patch --with first.rs --release "$release")
	expect_in 'it says' 'replaced  c_start,' "$says"
	expect_in 'it says' '0 failed' "$says"
	version_is second
	later second >"$work/second.rs"
	says=$(cd "$work" && "$klpctl" patch second.patch --with second.rs --release "$release")
	expect_in 'it says' '0 failed' "$says"
}

others_made() {
	local says
	rm -rf "$work"/others{,.patch,.rs}
	others_are
	says=$(cd "$work" && "$klpctl" patch others.patch --strict --release "$release")
	expect_in 'it says' 'replaced  __pids_events_show.isra.0' "$says"
	expect_in 'it says' 'replaced  metadata_show,' "$says"
	expect_in 'it says' 'the address of noted is taken' "$says"
	expect_in 'it says' 'the module stays' "$says"
	expect 'it is kept' true "$("$klpctl" info --json "$work/others/others.ko" | jq '.patches[0].kept')"
	sed -i 's/license: "GPL",/&\n    keep: false,/' "$work/others/tables.rs"
	"$klpctl" build --release "$release" "$work/others"
	expect 'it is kept' null "$("$klpctl" info --json "$work/others/others.ko" | jq '.patches[0].kept')"
	sed -i '/keep: false,/d' "$work/others/tables.rs"
	"$klpctl" build --release "$release" "$work/others"
}

# What the kernel has tables for.
has_all_kinds() {
	local section sections
	sections=$("$top/scripts/builder" -b "$work" -- readelf -SW "$work/first/first.ko")
	for section in __jump_table .static_call_sites __ex_table .altinstructions; do
		expect_in 'the module' "$section" "$sections"
	done
}

compared() {
	local first=$work/first/first.ko rusty=$work/rusty/rusty.ko second=$work/second/second.ko
	"$klpctl" compat "$first" "$rusty"
	"$klpctl" compat "$first" "$rusty" "$second"
	expect 'what differs' 4 "$(status_of "$klpctl" diff "$rusty" "$second")"
	expect 'the other way' 4 "$(status_of "$klpctl" compat "$second" "$first")"
	expect 'the state' '31:2' "$("$klpctl" info --json "$second" | jq -r '.patches[0].states[] | "\(.id):\(.version)"')"
}

# The state is set up by the first, and undone by the last alone.
in_force() {
	cat >"$work/guest.sh" <<-'END'
		set -e
		load() {
			insmod "$1.ko"
			until grep -qx 0 "/sys/kernel/livepatch/$1/transition"; do sleep 1; done
			tail -n +2 /proc/version
		}
		grep -c . /proc/version
		load first
		head -n 1 /proc/consoles
		echo 1 >/proc/sys/kernel/sched_schedstats
		tail -n +2 /proc/version
		load rusty
		load second
		grep -c fixed /proc/consoles || true
		rmmod first rusty
		echo 0 >/sys/kernel/livepatch/second/enabled
		while [ -d /sys/kernel/livepatch/second ]; do sleep 1; done
		rmmod second
		grep -c . /proc/version
		dmesg -t | grep '/proc/version has'
	END
	expect 'the guest says' '1
first told 1
processes 1
feature
fault
fixed
first told 2
processes 1
feature
stats
fault
in Rust
second told 1
processes 1
feature
stats
fault
0
1
first: /proc/version has a second line, told 1 times
second: /proc/version has one line' "$("$top/scripts/vm" -t 300 -k "$release" -f "$work/first/first.ko=/root/first.ko" -f "$work/second/second.ko=/root/second.ko" \
		-f "$work/rusty/rusty.ko=/root/rusty.ko" \
		-f "$work/guest.sh=/root/guest.sh" -- sh guest.sh)"
}

# The module with two functions of one name comes first; the livepatch's module stays.
others_in_force() {
	cat >"$work/guest.sh" <<-'END'
		set -e
		insmod md-mod.ko
		echo md_kinds >/sys/module/md_mod/parameters/new_array
		mkdir -p /cgroup
		mount -t cgroup2 none /cgroup
		echo +pids >/cgroup/cgroup.subtree_control
		mkdir /cgroup/one
		told() {
			cat /sys/block/md_kinds/md/metadata_version
			tail -n 1 /cgroup/one/pids.events
			tail -n 1 /proc/loadavg | grep -o 'called.*' || true
		}
		told
		insmod others.ko
		until grep -qx 0 /sys/kernel/livepatch/others/transition; do sleep 1; done
		told
		echo 0 >/sys/kernel/livepatch/others/enabled
		while [ -d /sys/kernel/livepatch/others ]; do sleep 1; done
		told
		rmmod others 2>/dev/null || echo it stays
	END
	xz -dc "$(dirname "$kdir")"/modules/kernel/drivers/md/md-mod.ko.xz >"$work/md-mod.ko"
	expect 'the guest says' $'none\nmax 0\nfixed\nfixed\ncalled 1\nnone\nmax 0\nit stays' "$("$top/scripts/vm" -t 300 -k "$release" \
		-f "$work/others/others.ko=/root/others.ko" -f "$work/md-mod.ko=/root/md-mod.ko" -f "$work/guest.sh=/root/guest.sh" -- sh guest.sh)"
}

mkdir -p "$work"
case_is 'two versions are made and verified' made
case_is 'one is made in Rust' in_rust
case_is 'static keys, static calls and exceptions are in the module' has_all_kinds
case_is 'klpctl reads them as any other' compared
case_is 'all of it is in force, the second takes over, and it goes again' in_force
case_is 'one of the compiler'"'"'s forms, one of two of a name in a module, and one by its address are made' others_made
case_is 'they are in force, and the module stays' others_in_force
done_testing
