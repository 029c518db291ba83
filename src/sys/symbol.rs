// SPDX-License-Identifier: GPL-2.0

//! Where the kernel writes the addresses of symbols that it does not export.
//!
//! Each symbol has one place, which the compiler does not look into: the address of a variable is in
//! a word of its own, and a function is reached by a jump. The compiler sees neither a weak symbol,
//! whose address it might take for zero, nor does it spread relocations over code that the kernel
//! would have to change while it runs. The jump is a direct one, as the original may lack the
//! `endbr64` that an indirect one needs.
//!
//! As long as the kernel has not written a place, it is zero: a jump that goes to the instruction
//! after it, which traps. Before `klpctl link` it is something else, and the kernel does not load the
//! module: it relocates nothing but zeroes.

/// The word `$label`, for the address of `$symbol`.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_word {
    ($label:expr, $symbol:expr) => {
        $crate::rt::global_asm!(
            ".pushsection .rodata, \"a\", @progbits",
            ".balign 8",
            concat!("\"", $label, "\": .quad -1"),
            concat!(".reloc \"", $label, "\", R_X86_64_64, \"", $symbol, "\""),
            concat!(".weak \"", $symbol, "\""),
            ".popsection",
            options(att_syntax),
        );
    };
}

/// The function `$label` in `$section`, which jumps to `$symbol`. Call depth tracking looks for 16 bytes of `nop` before whatever
/// is called. The addend is from what comes behind the jump, 4 bytes on.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_jump_text {
    ($section:literal, $label:expr, $symbol:expr, $addend:literal) => {
        concat!(
            ".pushsection ",
            $section,
            ", \"ax\", @progbits\n",
            ".balign 16, 0x90\n",
            ".skip 16, 0x90\n",
            ".type \"",
            $label,
            "\", @function\n",
            "\"",
            $label,
            "\": .byte 0xe9\n",
            "771: .long -1\n",
            ".reloc 771b, R_X86_64_PLT32, \"",
            $symbol,
            "\"",
            $addend,
            "\n",
            "int3\n",
            ".size \"",
            $label,
            "\", . - \"",
            $label,
            "\"\n",
            ".weak \"",
            $symbol,
            "\"\n",
            ".popsection",
        )
    };
}

/// The function `$label`, which jumps to `$symbol`, in the code that calls it: no code, no function. That may be inlined in
/// several places, the first of which makes it.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_jump_where_used {
    ($label:expr, $symbol:expr) => {
        ::core::arch::asm!(
            concat!(".ifndef \"", $label, "\""),
            $crate::__symbols_jump_text!(".text.klp_symbols", $label, $symbol, " - 4"),
            ".endif",
            options(att_syntax, nomem, nostack, preserves_flags),
        )
    };
}

/// The function `$label`, which jumps to `$symbol`.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_jump {
    ($label:expr, $symbol:expr) => {
        $crate::__symbols_jump!($label, $symbol, " - 4");
    };
    // Past the beginning of it.
    ($label:expr, $symbol:expr, $addend:literal) => {
        $crate::rt::global_asm!(
            $crate::__symbols_jump_text!(".text", $label, $symbol, $addend),
            options(att_syntax),
        );
    };
}
