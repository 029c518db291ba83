/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For replacements in C: what the kernel and its modules do not export. The kernel finds it by name, as it finds what
 * klp::symbols! declares in Rust; `klpctl link`, which `make modules` runs, prepares the file for that.
 *
 * What is declared is used as in the kernel's own source: called, read, written to, its address taken.
 *
 *	int uptime_proc_show(struct seq_file *m, void *v);
 *	KLP_SYMBOL(vmlinux, uptime_proc_show);
 *
 *	extern unsigned long tainted_mask;
 *	KLP_SYMBOL(vmlinux, tainted_mask);
 *
 * Nobody compares the declaration with the kernel's source but you, and `klpctl verify` as far as type information goes.
 * What belongs to a module may be used while that is there, hence in replacements of its own functions: elsewhere, a call
 * goes astray while it is not loaded. The module is one of the `objects` of livepatch!.
 */
#ifndef _KLP_H
#define _KLP_H

#include <linux/percpu-defs.h>
#include <linux/stringify.h>

/* NAME, which is declared before, is the symbol of that name that OBJECT has: vmlinux, or a module's name. */
#define KLP_SYMBOL(object, name)	__KLP_SYMBOL("declared", #object, #name, "0", name)

/* The same where the kernel's name is another (such as "count.12"), or is not unique: the POSITION-th, from 1, or 0. */
#define KLP_SYMBOL_NAMED(object, symbol, position, name)			\
	__KLP_SYMBOL("declared", #object, symbol, #position, name)

/* A per-CPU variable, which it also declares. */
#define KLP_PER_CPU(object, type, name)						\
	DECLARE_PER_CPU(type, name);						\
	__KLP_SYMBOL("per_cpu", #object, #name, "0", name)

#define KLP_PER_CPU_NAMED(object, symbol, position, type, name)			\
	DECLARE_PER_CPU(type, name);						\
	__KLP_SYMBOL("per_cpu", #object, symbol, #position, name)

/* In place of what is not written yet: `klpctl verify` fails the module until it is gone. */
#define KLP_UNFINISHED()							\
	do {									\
		static const char unfinished[] __used __aligned(1)		\
			__section(".modinfo") =					\
			"klp_unfinished=" __FILE_NAME__ ":" __stringify(__LINE__); \
	} while (0)

/* gcc takes an assembler's name as it is, clang quotes it. */
#ifdef __clang__
#define __KLP_QUOTED(symbol)		symbol
#else
#define __KLP_QUOTED(symbol)		"\"" symbol "\""
#endif

#define __KLP_SYMBOL(how, object, symbol, position, name)			\
	__KLP_PLACE(how, ".klp.sym." object "." symbol "," position, name)

/*
 * The word is not zero: the kernel does not load a module that has not been linked. Its name tells `klpctl verify`
 * that the type is the author's.
 */
#define __KLP_PLACE(how, symbol, name)						\
	extern typeof(name) name __asm__(__KLP_QUOTED(symbol));			\
	__KLP_WORD(how, symbol)

#define __KLP_WORD(how, symbol)							\
	asm(".weak \"" symbol "\"\n"						\
	    ".pushsection .rodata, \"a\", @progbits\n"				\
	    ".balign 8\n"							\
	    "\".klp." how "." symbol "\": .quad -1\n"				\
	    ".reloc \".klp." how "." symbol "\", R_X86_64_64, \"" symbol "\"\n"	\
	    ".popsection\n")

#endif /* _KLP_H */
