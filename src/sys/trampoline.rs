// SPDX-License-Identifier: GPL-2.0

//! What the kernel is told to run in the place of a replaced function.
//!
//! A task is taken for outside of a replacement when no return address on its stack lies inside of
//! `[new_func, new_func + size)`. The compiler may turn the last call of a function into a jump,
//! and then a task that sleeps in what was called is overlooked: the module goes while the task is
//! in it. So `new_func` is this piece of assembly, whose frame stays for as long as the replacement
//! runs. Its entry calls `__fentry__` as the C compiler's functions do, which makes the replacement
//! traceable.
//!
//! The registers that carry arguments and results pass through, hence what a replacement may take
//! and return is limited: see [`registers`](crate::registers).
//!
//! C header: [`arch/x86/include/asm/linkage.h`](srctree/arch/x86/include/asm/linkage.h)

#[cfg(not(target_arch = "x86_64"))]
compile_error!("klp: livepatches in Rust need an x86-64 kernel");

/// Emits the function `$symbol`, a local symbol, which calls `$symbol.body`.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_trampoline {
    ($symbol:expr) => {
        $crate::rt::global_asm!(
            ".pushsection .text, \"ax\", @progbits",
            ".balign 16",
            concat!(".type ", $symbol, ", @function"),
            concat!($symbol, ":"),
            $crate::__livepatch_endbr!(),
            "771: call __fentry__",
            "push %rbp",
            "mov %rsp, %rbp",
            concat!("call ", $symbol, ".body"),
            "pop %rbp",
            $crate::__livepatch_return!(),
            concat!(".size ", $symbol, ", . - ", $symbol),
            $crate::__livepatch_ftrace_site!(),
            ".popsection",
            options(att_syntax),
        );
    };
}

/// The address is taken, so indirect branches may land here.
#[cfg(CONFIG_X86_KERNEL_IBT)]
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_endbr {
    () => {
        "endbr64"
    };
}

#[cfg(not(CONFIG_X86_KERNEL_IBT))]
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_endbr {
    () => {
        ""
    };
}

#[cfg(CONFIG_MITIGATION_RETHUNK)]
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_return {
    () => {
        "jmp __x86_return_thunk"
    };
}

#[cfg(all(not(CONFIG_MITIGATION_RETHUNK), CONFIG_MITIGATION_SLS))]
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_return {
    () => {
        "ret; int3"
    };
}

#[cfg(not(any(CONFIG_MITIGATION_RETHUNK, CONFIG_MITIGATION_SLS)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_return {
    () => {
        "ret"
    };
}

/// The list of ftrace sites, where it is not objtool that finds the calls of `__fentry__` and lists
/// them.
#[cfg(not(CONFIG_FTRACE_MCOUNT_USE_OBJTOOL))]
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_ftrace_site {
    () => {
        ".pushsection __mcount_loc, \"a\", @progbits; .quad 771b; .popsection"
    };
}

#[cfg(CONFIG_FTRACE_MCOUNT_USE_OBJTOOL)]
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_ftrace_site {
    () => {
        ""
    };
}
