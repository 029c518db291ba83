// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that begin in each way in which functions begin. They are called, and what they return is shown, when the
 * files in /sys/kernel/debug/klp_test_callee/ are read.
 */
#include <linux/debugfs.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "target.h"

void klp_test_wait(void);
long klp_test_marked(long a, long b);
long klp_test_odd(void);

#define SHOW(name, value) \
	static int name##_show(struct seq_file *m, void *v) \
	{ \
		seq_printf(m, "%ld\n", (long)(value)); \
		return 0; \
	} \
	DEFINE_SHOW_ATTRIBUTE(name)

static volatile long one = 1, two = 2;

/* Others may call it by its address: it begins with endbr64. */
PATCHABLE long klp_test_marked(long a, long b)
{
	barrier();
	return a + b;
}
SHOW(marked, klp_test_marked(one, two));

/* Nobody does: it begins with its ftrace site. */
STATIC_PATCHABLE long klp_test_plain(long a, long b)
{
	barrier();
	return a * 10 + b;
}
SHOW(plain, klp_test_plain(one, two));

STATIC_PATCHABLE long klp_test_doze(long a)
{
	klp_test_wait();
	barrier();
	return a;
}
SHOW(doze, klp_test_doze(one));

/* No compiler makes one like this. */
asm(".pushsection .text\n"
    ".balign 16\n"
    ".globl klp_test_odd\n"
    ".type klp_test_odd, @function\n"
    "klp_test_odd:\n"
    "	nop\n"
    "771:	call __fentry__\n"
    "	movl $7, %eax\n"
    "	" ASM_RET
    ".size klp_test_odd, . - klp_test_odd\n"
#ifndef CONFIG_FTRACE_MCOUNT_USE_OBJTOOL
    ".pushsection __mcount_loc, \"a\", @progbits; .quad 771b; .popsection\n"
#endif
    ".popsection\n");
SHOW(odd, klp_test_odd());

static struct dentry *dir;

static int __init callee_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("marked", 0444, dir, NULL, &marked_fops);
	debugfs_create_file("plain", 0444, dir, NULL, &plain_fops);
	debugfs_create_file("doze", 0444, dir, NULL, &doze_fops);
	debugfs_create_file("odd", 0444, dir, NULL, &odd_fops);
	return 0;
}

static void __exit callee_exit(void)
{
	debugfs_remove(dir);
}

module_init(callee_init);
module_exit(callee_exit);
MODULE_DESCRIPTION("Functions for replacements to call");
MODULE_LICENSE("GPL");
