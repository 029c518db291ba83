#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# klpctl patch: fixes in C, cut out of the kernel's source when this runs; what they do in a guest, and what is refused.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

klpctl=$("$top/scripts/klpctl")
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
release=$(cat "$kdir/include/config/kernel.release")
source=$(realpath "$kdir/source")
work=$top/build/selftests/patch

make_livepatch() {
	local name=$1
	shift
	(cd "$work" && "$klpctl" patch "$name.patch" --release "$release" "$@")
}

# refused WORDS FILE SCRIPT: exit status 4, and a sentence.
refused() {
	local says status=0
	rm -rf "$work"/refused{,.patch}
	edit refused "$2" "$3"
	says=$(make_livepatch refused 2>&1) || status=$?
	expect status 4 "$status"
	expect_in 'it says' "$1" "$says"
	[ ! -e "$work/refused" ] || { echo 'a directory is left'; return 1; }
}

# Of the kernel and a module: a function with a string, and one with runtime constants and, by the fix, an entry of the bug table.
made() {
	local says
	rm -rf "$work"/{fixes,fixes.patch}
	edit fixes fs/proc/version.c '/^static int version_proc_show/,/^}/s/^\treturn 0;/\tseq_puts(m, "fixed\\n");\n&/'
	edit fixes fs/dcache.c '/^struct dentry \*__d_lookup\(/,/^}/s/^\trcu_read_lock\(\);/&\n\tWARN_ON_ONCE(!parent);/'
	edit fixes drivers/net/dummy.c '/^static int dummy_change_carrier/,/^}/s/new_carrier\)$/!new_carrier)/;/^static int dummy_change_carrier/s/!//'
	says=$(make_livepatch fixes)
	expect_in 'it says' 'replaced  dummy_change_carrier' "$says"
	expect_in 'it says' 'replaced  version_proc_show' "$says"
	expect_in 'it says' 'replaced  __d_lookup' "$says"
	expect_in 'it says' 'no caller has a copy of it, or relies on it' "$says"
	expect_in 'it says' '0 failed' "$says"
}

# The module comes after the livepatch, whose references to it the kernel fills in then.
in_force() {
	cat >"$work/guest.sh" <<-'END'
		set -e
		carrier() {
			insmod dummy.ko numdummies=1
			cd /sys/class/net/dummy0
			echo $(($(cat flags) | 1)) >flags
			echo 0 >carrier
			echo "carrier $(cat carrier)"
			cd /root
		}
		echo "lines $(grep -c . /proc/version)"
		carrier
		rmmod dummy
		insmod fixes.ko
		until [ "$(cat /sys/kernel/livepatch/fixes/transition)" = 0 ]; do sleep 1; done
		tail -n 1 /proc/version
		carrier
		find /sys/kernel -maxdepth 2 >/dev/null 2>&1
		echo 0 >/sys/kernel/livepatch/fixes/enabled
		while [ -d /sys/kernel/livepatch/fixes ]; do sleep 1; done
		rmmod fixes
		echo "lines $(grep -c . /proc/version)"
	END
	xz -dc "$(dirname "$kdir")"/modules/kernel/drivers/net/dummy.ko.xz >"$work/dummy.ko"
	expect 'the guest says' $'lines 1\ncarrier 0\nfixed\ncarrier 1\nlines 1' "$("$top/scripts/vm" -t 300 -k "$release" \
		-f "$work/fixes/fixes.ko=/root/fixes.ko" -f "$work/dummy.ko=/root/dummy.ko" -f "$work/guest.sh=/root/guest.sh" -- sh guest.sh)"
}

# BTF lacks rtc_ktime_to_tm(), which returns a struct in memory; raw_setsockopt() takes a struct without a name; the unit of
# name_to_int() has no local symbol before; filelayout_read_done_cb() has a tracepoint of nfsv4's, which would be set up before that comes.
by_the_source() {
	local says
	rm -rf "$work"/{source,source.patch}
	edit source drivers/rtc/lib.c '/^struct rtc_time rtc_ktime_to_tm\(/,/^}/s/^\tts = .*/&\n\tts.tv_sec += READ_ONCE(jiffies) ? 0 : 1;/'
	edit source net/ipv4/raw.c '/^static int raw_setsockopt\(/,/^}/s/^\tif \(level != SOL_RAW\)/\tif (optname < 0)\n\t\treturn -EINVAL;\n&/'
	edit source fs/proc/util.c 's/^unsigned name_to_int/static noinline unsigned in_words(const char *name, int len)\n{\n\treturn len == 3 \&\& !memcmp(name, "one", 3) ? 1 : ~0U;\n}\n\n&/
		s/^\treturn ~0U;/\tn = in_words(qstr->name, qstr->len);\n\treturn n == 1 ? n : ~0U;/'
	edit source fs/nfs/filelayout/filelayout.c '/^static int filelayout_read_done_cb/,/^}/s/^\ttrace_nfs4_pnfs_read\(.*/&\n\tif (!hdr->lseg)\n\t\treturn 0;/'
	says=$(make_livepatch source --strict)
	expect_in 'it says' '0 not known' "$says"
	expect_in 'it says' 'tracepoint nfs4_pnfs_read' "$says"
	expect 'what only the source has' rtc_ktime_to_tm "$("$klpctl" info --json "$work/source/source.ko" |
		jq -r '.patches[0].objects[].functions[] | select(.is_of_source).name')"
}

by_the_source_in_force() {
	# shellcheck disable=SC2016
	expect 'before, with it, and after' $'none\nprocess 1\nnone' "$("$top/scripts/vm" -t 300 -k "$release" -f "$work/source/source.ko=/root/source.ko" -- sh -euc '
		look() { echo 2 >/proc/sys/vm/drop_caches; if [ -e /proc/one/comm ]; then echo "process 1"; else echo none; fi; }
		look
		insmod source.ko
		until [ "$(cat /sys/kernel/livepatch/source/transition)" = 0 ]; do sleep 1; done
		look
		echo 0 >/sys/kernel/livepatch/source/enabled
		while [ -d /sys/kernel/livepatch/source ]; do sleep 1; done
		rmmod source
		look')"
}

what_the_author_wrote_stays() {
	echo '// mine' >>"$work/fixes/tables.rs"
	make_livepatch fixes
	expect_in 'tables.rs' '// mine' "$(cat "$work/fixes/tables.rs")"
}

described() {
	expect 'forms' 'c c c' "$("$klpctl" info --json "$work/fixes/fixes.ko" | jq -r '[.patches[0].objects[].functions[].form] | join(" ")')"
}

by_their_files() {
	refused 'lib/ is linked as an archive' lib/kstrtox.c 's/return -ERANGE;/return -EINVAL;/'
	refused 'configuration does not build it: CONFIG_ADF4377 is not set' drivers/iio/frequency/adf4377.c 's/return 0;/return -EIO;/'
	refused 'vdso' arch/x86/entry/vdso/common/vgetcpu.c 's/return 0;/return 1;/'
	refused 'assembly' arch/x86/entry/entry_64.S 's/^SYM_CODE_START\(entry_SYSCALL_64\)/&\n\tnop/'
}

# A private header changes the units that include it; one of the whole kernel's changes too many.
headers() {
	local says
	rm -f "$work/header.patch"
	edit header fs/proc/fd.h 's/return PROC_I\(inode\)->fd;/return READ_ONCE(PROC_I(inode)->fd) + 1;/'
	says=$(make_livepatch header --dry-run --json)
	expect units $'fs/proc/base.c\nfs/proc/fd.c' "$(jq -r '.objects[].units[]' <<<"$says")"
	expect 'one of them' proc_fd_link "$(jq -r '.objects[].replaced[].function | select(. == "proc_fd_link")' <<<"$says")"
	[ ! -e "$work/header" ] || { echo 'a directory is left'; return 1; }
	refused 'C files, more than' include/linux/fs.h 's/return smp_load_acquire\(&inode->i_size\);/return READ_ONCE(inode->i_size);/'
	says=$(make_livepatch header --json --max-units 1) && return 1
	expect 'the reason' too-many-units "$(jq -r .refused.reason <<<"$says")"
}

# What would not be as the fix has it.
by_what_they_change() {
	refused "the initial value of 'consoles_op'" fs/proc/consoles.c 's/\.stop	= c_stop/.stop	= c_next_stop/;/^static const struct seq_operations/i static void c_next_stop(struct seq_file *m, void *v)\
{\
	c_stop(m, v);\
}\
'
	refused 'proc_consoles_init' fs/proc/consoles.c 's/proc_create_seq\("consoles"/proc_create_seq("konsoles"/'
	refused 'use_bh_wq_enabled' drivers/md/dm-verity-target.c '/^static void verity_end_io/,/^\}/s/bio->bi_opf & REQ_RAHEAD/bio->bi_opf \& REQ_META/'
}

# What was inlined, what the configuration makes the same of, what has run, what a thread does not leave.
followed() {
	local says
	rm -f "$work/followed.patch"
	edit followed fs/proc/stat.c '/^static void show_all_irqs/,/^}/s/^\{/&\n\tseq_putc(p, 32);/'
	edit followed fs/proc/consoles.c '/^static void c_stop/,/^}/s/^\{/&\n\t\/* As it was. *\//;/^static void \*c_start/,/^}/s/off\+\+ ==/off++ >=/'
	edit followed mm/mmap.c '/^static int init_user_reserve/,/^}/s/ 32,/ 16,/'
	edit followed kernel/hung_task.c '/^static int watchdog\(/,/^}/s/set_user_nice\(current, 0\)/set_user_nice(current, 1)/'
	says=$(make_livepatch followed --dry-run --json)
	expect 'what was inlined' '{"show_all_irqs":["show_stat"]}' "$(jq -c '.objects[].inlined' <<<"$says")"
	expect 'what stays' '["c_stop"]' "$(jq -c .unchanged <<<"$says")"
	expect 'what a thread runs' '["watchdog"]' "$(jq -c '.objects[].threads' <<<"$says")"
	expect 'what has run' '["init_user_reserve"]' "$(jq -c '.objects[].at_boot' <<<"$says")"
}

layouts() {
	refused 'the layout of struct select_data' fs/dcache.c 's/^struct select_data \{/&\n\tlong more;/'
}

# What would jump there calls instead, in code that is compiled once more.
jump_to_a_new_function() {
	local says
	rm -rf "$work"/{jump,jump.patch}
	edit jump fs/proc/version.c '/^static int version_proc_show/i static noinline int told(struct seq_file *m, void *v)\
{\
	seq_puts(m, "told\\n");\
	return seq_has_overflowed(m);\
}\

/^static int version_proc_show/,/^}/s/return 0;/return told(m, v);/'
	says=$(make_livepatch jump --strict --json)
	expect 'instead of jumps' true "$(jq .calls_instead_of_jumps <<<"$says")"
	expect 'what is replaced' version_proc_show "$(jq -r '.objects[].replaced[].function' <<<"$says")"
	expect 'what it jumps to' ok "$(found "$(jq .verification <<<"$says")" version_proc_show)"
}

found() {
	jq -r --arg subject "vmlinux:$2" '.patches[].findings[] | select(.check == "entered" and .subject == $subject) | .status' <<<"$1"
}

written_by_hand() {
	local says
	rm -rf "$work/by-hand"
	cp -r "$here/by-hand" "$work"
	says=$("$klpctl" build --json --release "$release" "$work/by-hand" 2>/dev/null) && { echo 'it passes'; return 1; }
	expect 'a piece elsewhere' failed "$(found "$says" uptime_proc_show)"
	expect 'a call in its place at the end' failed "$(found "$says" version_proc_show)"
	expect 'a plain one' ok "$(found "$says" loadavg_proc_show)"
	sed -i '/^ccflags-remove-y/d' "$work/by-hand/Kbuild"
	"$klpctl" build --strict --release "$release" "$work/by-hand"
}

by_the_patch_itself() {
	local says
	printf -- '--- a/fs/proc/version.c\n+++ b/fs/proc/version.c\n@@ -1,2 +1,2 @@\n no such line\n-neither\n+this\n' >"$work/no.patch"
	says=$(make_livepatch no 2>&1) && return 1
	expect_in 'it says' 'does not apply' "$says"
	rm -f "$work"/{twice,already}.patch
	edit twice fs/proc/consoles.c '/^static void c_stop/,/^}/s/^\{/&\n\tcond_resched();/'
	cat "$work/twice.patch" "$work/twice.patch" >"$work/no.patch"
	says=$(make_livepatch no 2>&1) && return 1
	expect_in 'it says' 'does not apply' "$says"
	edit already fs/proc/consoles.c '/^static void c_stop/,/^}/s/^\{/&\n\tcond_resched();/'
	diff -u --label a/fs/proc/consoles.c --label b/fs/proc/consoles.c "$work/edited/fs/proc/consoles.c" "$source/fs/proc/consoles.c" >"$work/already.patch" || true
	says=$(make_livepatch already 2>&1) && return 1
	expect_in 'it says' 'is in this kernel already' "$says"
	printf -- '--- /dev/null\n+++ b/fs/proc/new.c\n@@ -0,0 +1 @@\n+int new;\n' >"$work/no.patch"
	says=$(make_livepatch no 2>&1) && return 1
	expect_in 'it says' 'makes, removes or renames' "$says"
}

mkdir -p "$work"
case_is 'a fix of the kernel and of a module is made and verified' made
case_is 'it is in force in a guest, and goes again' in_force
case_is 'what the type information lacks is known from the source' by_the_source
case_is 'that is in force, too' by_the_source_in_force
case_is 'the module says that its functions are in C' described
case_is 'what the author wrote stays' what_the_author_wrote_stays
case_is 'files that nothing can be replaced of are refused' by_their_files
case_is 'a header changes the units that include it' headers
case_is 'a changed struct is refused' layouts
case_is 'changed data, code that has run and the keys of modules are refused' by_what_they_change
case_is 'inlined functions are followed, and what comes to nothing is said' followed
case_is 'a replacement that would leave its own code calls instead' jump_to_a_new_function
case_is 'replacements written in C that leave their own code are found, and good ones pass' written_by_hand
case_is 'patches that are not for this kernel are refused' by_the_patch_itself
done_testing
