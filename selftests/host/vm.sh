#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests of scripts/vm: what comes out of a guest, and every way in which a run can end.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
vm=$top/scripts/vm

work=$(mktemp -d)
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
trap 'rm -rf "$work"' EXIT

# vm_is STATUS [VM-ARGUMENT...]: leaves stdout and stderr in $work/out and $work/err.
vm_is() {
	local wanted=$1 status=0
	shift
	"$vm" "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" = "$wanted" ] || { echo "status: expected $wanted, got $status; stderr:"; tail -n 40 "$work/err"; return 1; }
}

out() { cat "$work/out"; }
err() { cat "$work/err"; }

# A QEMU that only leaves what a guest would have: $1 on the console, $2 as events. It exits with $3.
fake_qemu() {
	mkdir -p "$work/fake"
	cat >"$work/fake/qemu-system-x86_64" <<EOF
#!/bin/bash
[ "\$1" != --version ] || exec echo fake
echo "\$*" >>"$work/fake/calls"
[[ "\$*" =~ id=console,path=([^ ]*) ]] && printf '%s\n' $(printf %q "$1") >"\${BASH_REMATCH[1]}"
[[ "\$*" =~ id=events,path=([^ ]*) ]] && printf '%s\n' $(printf %q "$2") >"\${BASH_REMATCH[1]}"
echo 'qemu: a complaint' >&2
exit $3
EOF
	chmod +x "$work/fake/qemu-system-x86_64"
	PATH=$work/fake:$PATH
	export VM_ACCEL=tcg
}

build_faults() {
	local kdir
	kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
	mkdir "$work/faults"
	echo 'obj-m := faults.o' >"$work/faults/Kbuild"
	cat >"$work/faults/faults.c" <<'EOF'
#include <linux/module.h>
static char *fault = "";
module_param(fault, charp, 0);
static int __init faults_init(void)
{
	if (!strcmp(fault, "hang")) {
		pr_info("hanging\n");
		preempt_disable();
		for (;;)
			cpu_relax();
	}
	if (!strcmp(fault, "oops"))
		*(volatile int *)8 = 0;
	WARN(!strcmp(fault, "warn"), "a warning of the test\n");
	return 0;
}
module_init(faults_init);
MODULE_DESCRIPTION("faults");
MODULE_LICENSE("GPL");
EOF
	"$top/scripts/builder" -b "$work" -- make -s -C "$kdir" M="$work/faults" modules >&2
}

with_fault() {
	local wanted=$1 limit=$2 fault=$3
	vm_is "$wanted" -t "$limit" -f "$work/faults/faults.ko=/faults.ko" -- \
		sh -c "insmod /faults.ko fault=$fault; echo survived"
}

arguments=('a b' "q'\"" $'new\nline' '' "\$HOME *" 'a=b' --)

streams_and_arguments() {
	printf 'a\0b\001\r\n\xff\x03\x04\x11\x13\x1a end' >"$work/bytes"
	head -c 100000 /dev/urandom >"$work/random"
	# shellcheck disable=SC2016
	vm_is 7 -f "$work/bytes=/bytes" -f "$work/random=/random" -- \
		sh -c 'cat /bytes; printf "[%s]" "$@"; cat /random >&2; exit 7' sh "${arguments[@]}"
}

stdout_is_exact() {
	{ cat "$work/bytes"; printf '[%s]' "${arguments[@]}"; } | cmp - "$work/out"
}

stderr_is_exact() {
	cmp "$work/random" "$work/err"
}

files_are_copied() {
	mkdir -p "$work/tree/sub"
	echo inside >"$work/tree/sub/file"
	printf '#!/bin/sh\necho ran; exit 5\n' >"$work/tool"
	chmod 700 "$work/tool"
	ln -s tool "$work/link to tool"
	vm_is 5 -f "$work/tree=/lib/deep/tree" -f "$work/link to tool=/tmp/my tool" -- \
		bash -c 'cat /lib/deep/tree/sub/file; stat -c "%a %u" "/tmp/my tool" /tmp; '"$lacks"' "/tmp/my tool"'
	expect stdout $'inside\n700 0\n1777 0\nran' "$(grep -v '^lacks: ' "$work/out")"
}

# shellcheck disable=SC2016
lacks='
	for dir in /proc /sys /dev /sys/kernel/debug /sys/kernel/tracing; do grep -q " $dir " /proc/mounts || echo "lacks: $dir"; done
	dmesg | grep -q "Linux version" || echo "lacks: the begin of dmesg"
	dmesg | grep -q "Calibrating delay loop (skipped) preset value" || echo "lacks: the speed of a processor, and measures it"
	for tool in awk sysctl modinfo insmod rmmod grep sed sh hostname cmp; do command -v $tool >/dev/null || echo "lacks: $tool"; done
	[ $(id -u) = 0 ] || echo "lacks: root";'

guest_is_furnished() {
	expect 'what it lacks' '' "$(grep '^lacks: ' "$work/out")"
}

misuse_is() {
	local message=$1
	shift
	vm_is 2 "$@"
	expect_in stderr "$message" "$(err)"
	expect 'lines on stderr' 1 "$(err | wc -l)"
}

instructions_are_counted() (
	fake_qemu '' $'started\nended 0' 0
	VM_ACCEL=kvm vm_is 0 -i -- true
	expect_in 'QEMU is called with' '-accel tcg,thread=single -icount shift=0,sleep=off' "$(tail -n 1 "$work/fake/calls")"
)

misuse_is_told() {
	misuse_is "no '='" -f /etc/passwd -- true
	misuse_is 'must begin with /' -f /etc/passwd=etc/passwd -- true
	misuse_is 'must not have ..' -f /etc/passwd=/../x -- true
	misuse_is 'not a number' -t 99999999999999999999 -- true
	misuse_is 'no such file on the host: /nowhere' -f /nowhere=/x -- true
	misuse_is 'not a number' -t soon -- true
	misuse_is 'not a number of CPUs' -c 0 -- true
	misuse_is 'no COMMAND' -t 5
	misuse_is 'no option -z' -z -- true
}

output_is_live() {
	local first
	coproc "$vm" -- sh -c 'echo first; sleep 1000'
	read -r first <&"${COPROC[0]}"
	expect 'first line' first "$first"
	# shellcheck disable=SC2154
	kill -0 "$COPROC_PID"
	kill "$COPROC_PID"
	wait "$COPROC_PID" || expect status 130 $?
}

# shellcheck disable=SC2016
signal_is_a_status() {
	vm_is 137 -- sh -c 'sleep 1000 & kill -KILL $$'
}

command_not_found() {
	vm_is 127 -- nosuchcommand
	expect_in stderr nosuchcommand "$(err)"
}

time_limit() {
	vm_is 124 -t 5 -- sh -c 'echo a line of the console >/dev/kmsg; sleep 1000'
	expect_in stderr 'vm: time limit of 5 s' "$(err)"
	expect_in stderr 'a line of the console' "$(err)"
}

hanging_kernel() {
	with_fault 124 10 hang
	expect_in stderr 'vm: time limit of 10 s' "$(err)"
	expect_in stderr '] hanging' "$(err)"
}

boot_that_hangs() {
	VM_BOOT_LIMIT=2 vm_is 124 -- true
	expect_in stderr "the boot's time limit of 2 s" "$(err)"
}

# A QEMU that needs two seconds of its processor, which has other work.
waiting_for_a_processor_does_not_count() {
	local busy=() i
	fake_qemu '' started 0
	# shellcheck disable=SC2016
	sed -i '/^exit/i trap "enough=1" XCPU; ulimit -St 2; until [ "$enough" ]; do :; done; echo ended 9 >>events' \
		"$work/fake/qemu-system-x86_64"
	for i in 1 2 3; do
		taskset -c 0 sh -c 'while :; do :; done' & busy+=($!)
	done
	taskset -c 0 "$vm" -t 5 -- true || expect 'the status' 9 $? || i=failed
	kill "${busy[@]}"
	[ "$i" != failed ]
}

consoles_kept() {
	printf '%s\n' "$cache"/log/vm-console.??????.log
}

# In a cache of its own, since it makes the oldest go.
each_failure_keeps_its_console() {
	local i says
	new_cache
	for i in {1..12}; do
		fake_qemu "[    1.000000] Kernel panic - not syncing: number $i" started 0
		vm_is 123 -- true
		says=$(sed -n 's/^vm: the whole console: //p' "$work/err")
		expect_in "console $i" "number $i" "$(cat "$says")"
	done
	expect 'consoles kept' 10 "$(consoles_kept | wc -l)"
	fails grep -l 'number [12]$' "$cache"/log/vm-console.*
}

warning() {
	with_fault 123 120 warn
	expect stdout survived "$(out)"
	expect_in stderr "COMMAND's status: 0" "$(err)"
	expect_in stderr 'a warning of the test' "$(err)"
}

oops() {
	with_fault 123 120 oops
	expect_in stderr 'faults_init' "$(err)"
}

panic() {
	vm_is 123 -- sh -c 'echo c >/proc/sysrq-trigger'
	expect_in stderr 'Kernel panic - not syncing: sysrq triggered crash' "$(err)"
	expect_in stderr 'it did not end' "$(err)"
}

reports='------------[ cut here ]------------
WARNING: possible circular locking dependency detected
WARNING: suspicious RCU usage
BUG: KASAN: slab-use-after-free in f+0x1/0x2 [m]
BUG: unable to handle page fault for address: 0000000000000008
BUG: sleeping function called from invalid context at mm/slab.h:1
watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [insmod:1]
BUG kmalloc-64 (Tainted: G           O K  ): Redzone overwritten
kernel BUG at kernel/livepatch/core.c:1!
UBSAN: array-index-out-of-bounds in a.c:1:2
Oops: int3: 0000 [#1] SMP NOPTI
invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: INFO: rcu_preempt self-detected stall on CPU
INFO: task insmod:1 blocked for more than 120 seconds.
INFO: trying to register non-static key.
NMI watchdog: Watchdog detected hard LOCKUP on cpu 0
kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
Kernel panic - not syncing: Fatal exception'

harmless='Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on
PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug
traps: a.out[1] general protection fault ip:1 sp:2 error:0 in a.out[1]
printk: debug: ignoring loglevel setting.
livepatch: enabling patch livepatch_sample
INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.2 msecs'

every_report_counts() {
	local line
	while read -r line; do
		fake_qemu "[    1.000000] before"$'\n'"[   12.345678] $line" $'started\nended 0' 0
		vm_is 123 -- true || { echo "for: $line"; return 1; }
		expect_in stderr "$line" "$(err)"
	done <<<"$reports"
}

a_full_memory_is_told() {
	vm_is 137 -- tail /dev/zero
	expect_in stderr 'vm: the guest had no memory left: Out of memory: Killed process' "$(err)"
	expect_in stderr '(tail)' "$(err)"
}

harmless_lines_do_not_count() {
	local console
	# shellcheck disable=SC2001
	console=$(sed 's/^/[   12.345678] /' <<<"$harmless")
	fake_qemu "$console" $'started\nended 0' 0
	vm_is 0 -- true
}

failing_vm_is() {
	vm_is 125 -- true
	expect_in stderr "$1" "$(err)"
}

vm_failures() {
	fake_qemu '' '' 1
	failing_vm_is 'qemu: a complaint'
	fake_qemu '[    1.000000] Kernel panic - not syncing: no init' '' 0
	failing_vm_is 'before COMMAND was started'
	expect_in stderr 'no init' "$(err)"
	fake_qemu '[    1.000000] all is well' started 0
	failing_vm_is 'before COMMAND was done'
}

no_temporary_directory() {
	TMPDIR=/nowhere failing_vm_is 'no temporary directory'
}

qemu_is_missing() {
	mkdir "$work/bin"
	ln -sf /usr/bin/* /bin/* "$work/bin/" 2>/dev/null || true # /bin may be /usr/bin
	rm "$work"/bin/qemu-*
	PATH=$work/bin failing_vm_is 'qemu-system-x86_64 is not installed'
}

unknown_kernel() {
	vm_is 125 -k 0.0.0-none -- true
}

# A cache of its own, with what there is in the real one, but for logs and what is known of KVM.
new_cache() {
	local real=${XDG_CACHE_HOME:-$HOME/.cache}/klp-rs
	export XDG_CACHE_HOME=$work/cache
	cache=$XDG_CACHE_HOME/klp-rs
	rm -rf "$cache"
	mkdir -p "$cache"
	ln -s "$real"/* "$cache"
	rm -f "$cache"/{accel,log}
}

kvm_that_fails_is_tried_once() {
	new_cache
	fake_qemu '' $'started\nended 0' 0
	unset VM_ACCEL
	# shellcheck disable=SC2016
	sed -i '3a[[ "$*" != *"-accel kvm"* ]] || exit 1' "$work/fake/qemu-system-x86_64"
	rm -f "$work/fake/calls"
	vm_is 0 -- true
	vm_is 0 -- true
	expect 'accelerators used' $'kvm\ntcg,thread=single\ntcg,thread=single' "$(grep -o '[-]accel [^ ]*' "$work/fake/calls" | cut -c8-)"
}

qemus() {
	pgrep -f "qemu-system-x86_64 .*$work" || true
}

# scripts/vm starts what waits for a guest in a directory of its own.
others() {
	readlink /proc/[0-9]*/cwd | grep "^$work/" || true
}

start_a_guest() {
	env --default-signal=INT "$vm" -- sleep 1000 & guest=$! # what runs in the background ignores it
	eventually is_running
}

is_running() { [ "$(qemus)" ]; }
is_stopped() { [ ! "$(qemus)$(others)" ]; }

interrupted() {
	local signal status guest
	for signal in INT TERM; do
		status=0
		start_a_guest
		kill -$signal "$guest"
		wait "$guest" || status=$?
		expect "status after $signal" 130 $status
		expect "QEMU left over after $signal" '' "$(qemus)"
	done
}

killed() {
	local guest
	start_a_guest
	kill -KILL "$guest"
	eventually is_stopped || { echo "left over: $(qemus) $(others)"; return 1; }
	rm -rf "${TMPDIR:?}"/*
}

two_at_once() {
	local name
	for name in one two; do
		"$vm" -f "$here/../tap.sh=/$name" -- sh -c "sleep 1; ls /one /two 2>/dev/null" >"$work/$name" &
	done
	wait
	expect 'the first' /one "$(cat "$work/one")"
	expect 'the second' /two "$(cat "$work/two")"
}

nothing_is_left() {
	expect 'temporary files' '' "$(ls -A "$TMPDIR")"
	expect 'QEMU processes' '' "$(qemus)"
}

"$vm" -- true # whatever is prepared once must not count against a time limit below
build_faults

case_is 'the status is passed on' streams_and_arguments
case_is 'arguments arrive intact, stdout is exact' stdout_is_exact
case_is 'stderr is apart and exact' stderr_is_exact
case_is 'files and directories are copied with their modes' files_are_copied
case_is 'the guest has what tests need' guest_is_furnished
case_is 'a guest whose clock counts instructions is emulated by one thread' instructions_are_counted
case_is 'wrong usage is one line' misuse_is_told
case_is 'output is live' output_is_live
case_is 'death by a signal is a status, and children do not hold the guest' signal_is_a_status
case_is 'a command that does not exist is 127' command_not_found
case_is 'the time limit is 124 and shows the console' time_limit
case_is 'a hanging kernel is 124' hanging_kernel
case_is 'a boot that hangs is 124' boot_that_hangs
case_is 'the time in which QEMU waits for a processor does not count' waiting_for_a_processor_does_not_count
case_is 'a WARN is 123, whatever the command says' warning
case_is 'an oops is 123' oops
case_is 'a panic is 123' panic
case_is 'each failure keeps its console, ten of them' each_failure_keeps_its_console
case_is 'every kind of kernel report is 123' every_report_counts
case_is 'what a full memory has ended is told' a_full_memory_is_told
case_is 'harmless lines are not' harmless_lines_do_not_count
case_is 'a VM that fails is 125 and says why' vm_failures
case_is 'no QEMU is 125' qemu_is_missing
case_is 'no temporary directory is 125' no_temporary_directory
case_is 'an unknown kernel is 125' unknown_kernel
[ ! -w /dev/kvm ] || case_is 'KVM that fails is tried once' kvm_that_fails_is_tried_once
case_is 'an interrupt is 130 and leaves no QEMU' interrupted
case_is 'a killed run leaves no QEMU' killed
case_is 'two runs do not disturb each other' two_at_once
case_is 'nothing is left over' nothing_is_left
done_testing
