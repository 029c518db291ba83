// SPDX-License-Identifier: GPL-2.0

//! Why a file is not linked.

use thiserror::Error;

/// Why a file is not linked.
#[derive(Debug, Error)]
pub enum Error {
    /// It is not what it has to be.
    #[error("no kernel module for x86-64: not a relocatable ELF file of that machine; give the .ko that the build made")]
    NoModule,
    /// It cannot be read, or written.
    #[error("the ELF file is broken ({0}); build it again")]
    Read(#[from] object::read::Error),
    /// It cannot be rewritten.
    #[error("the ELF file cannot be rewritten ({0}); build it again")]
    Build(#[from] object::build::Error),
    /// It is made so as to take more memory or time than it is worth.
    #[error("the ELF file has {0}, as no linker makes it; build it again")]
    Bounds(&'static str),
    /// It has been signed.
    #[error(
        "the module is signed, and to change it would break the signature; link it first, sign it then"
    )]
    Signed,
    /// Nothing can be added to a description that is not there.
    #[error("the module does not describe itself, as livepatch! has it do: nothing can be added to that")]
    Undescribed,
    /// The kernel resolves symbols of livepatches only.
    #[error("the module has unexported symbols, but is no livepatch: its .modinfo lacks livepatch=Y, and the kernel would not resolve them; livepatch! writes the mark")]
    NoLivepatch,
    /// The kernel would not understand the name.
    #[error("the symbol {0} is not named .klp.sym.OBJECT.SYMBOL,POSITION, which the kernel needs to find it; klp::symbols! writes such names")]
    Name(String),
    /// The kernel would write to freed memory.
    #[error("{section} refers to a symbol of the module {object}; the kernel frees that section after init, and would write there when the module comes: use the symbol elsewhere")]
    Freed {
        /// The section.
        section: String,
        /// The module.
        object: String,
    },
    /// The kernel would have read what it writes.
    #[error("{section} refers to a symbol of the module {object}; the kernel reads that section while it loads the livepatch, and writes there only when the module comes: it oopses, or goes by what is not there; use the symbol in code or data, and ask for the state of a module's static key with static_key_enabled()")]
    ReadBefore {
        /// The section.
        section: String,
        /// The module.
        object: String,
    },
    /// objtool's table is not one.
    #[error("the table {0} that objtool left is broken; build the module again")]
    Table(String),
    /// There is nothing in the file that could be relocated.
    #[error("{section} has relocations, but no contents; build the module again")]
    NoContents {
        /// The section.
        section: String,
    },
    /// The kernel does not know the type.
    #[error("{section} refers to an unexported symbol by a relocation of type {r_type}, which the kernel does not know; klp::symbols! makes such that it does")]
    Type {
        /// The section.
        section: String,
        /// The type.
        r_type: u32,
    },
    /// It is not in the section.
    #[error("{section} has a relocation at {offset:#x}, outside of its contents; build the module again")]
    Outside {
        /// The section.
        section: String,
        /// Where the relocation is.
        offset: u64,
    },
}
