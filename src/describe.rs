// SPDX-License-Identifier: GPL-2.0

//! A module's description of its patch, to be read from the file (`modinfo`) and, once the module
//! is loaded, from `/sys/module/<name>/notes/.note.klp-rs`.
//!
//! Both hold the same NUL-terminated strings `key=value`, in one note or in several, one after the
//! other:
//!
//! | key           | value                                                                                 |
//! |---------------|---------------------------------------------------------------------------------------|
//! | `klp_replace` | the expression that decides whether the patch is cumulative, as the source has it     |
//! | `klp_func`    | `FUNCTION`, which is `object:name`, or `object:name,sympos`; one for each function    |
//! | `klp_proto`   | `FUNCTION(arguments) -> result`, as the source has it; one for each function          |
//! | `klp_form`    | `FUNCTION=rust` or `=c`: what its replacement is written in; one for each function     |
//! | `klp_original` | `FUNCTION`; one for each function whose replacement may call the original            |
//! | `klp_relies`  | `FUNCTION=none`, or `=caller caller,sympos`: its callers that were compiled knowing it; `klpctl build` adds it |
//! | `klp_of_source` | FUNCTION; one whose prototype `klpctl patch` found in the source, as BTF lacks it        |
//! | `klp_target`  | `MODULE=BUILD-ID` of a module that is patched; `klpctl build` adds it |
//! | `klp_state`   | `id:version`; one for each state                                                      |
//! | `klp_data`    | `id:size=N,align=N,layout_since=VERSION,migrates=Y or N,name=TYPE`, a state's data    |
//! | `klp_shadow`  | `id`; one for each shadow variable that belongs to a state                            |
//! | `klp_version` | the patch's version                                                                     |
//! | `klp_fixes`   | the name of something that it fixes; one for each                                     |
//! | `klp_expires` | `YYYY-MM-DD`, after which it is not to be relied on                                   |
//! | `klp_unfinished` | `file:line`; one for each [`unfinished!`](crate::unfinished!)                       |
//!
//! The name in `klp_data` has no path, and is missing for types that have none. Whoever reads this
//! skips keys that it does not know: new ones do not change the note's version.

use crate::{
    data::Data,
    text::{
        Part::{Number, Str},
        Text,
    },
    State,
};
use core::ptr::copy_nonoverlapping;

/// No more of a state's shadow variables fit into its text.
pub(crate) const MOST_SHADOWS: usize = 30;

/// What is said of a state.
pub trait StateText {
    /// It, in a buffer.
    const BUFFER: Text<1536>;
    /// It.
    const TEXT: &'static [u8];
}

impl<S: State> StateText for S {
    const BUFFER: Text<1536> = {
        let name = <S::Data as Data>::NAME;
        let name = name.as_str();
        let mut text = Text::new().with(&[
            Str("klp_state="),
            Number(S::ID),
            Str(":"),
            Number(S::VERSION as usize),
            Str("\0klp_data="),
            Number(S::ID),
            Str(":size="),
            Number(size_of::<S::Data>()),
            Str(",align="),
            Number(align_of::<S::Data>()),
            Str(",layout_since="),
            Number(S::LAYOUT_SINCE as usize),
            Str(",migrates="),
            Str(if S::HAS_MIGRATE { "Y" } else { "N" }),
            Str(if name.is_empty() { "" } else { ",name=" }),
            Str(name),
            Str("\0"),
        ]);
        let mut i = 0;
        while i < S::SHADOWS.len() && i < MOST_SHADOWS {
            text = text.with(&[Str("klp_shadow="), Number(S::SHADOWS[i]), Str("\0")]);
            i += 1;
        }
        text
    };
    const TEXT: &'static [u8] = Self::BUFFER.as_bytes();
}

/// A value for the body of a replacement that is not written yet: compiles, does nothing else, and
/// marks the module as unfinished, which `klpctl verify` fails.
///
/// `unfinished!(VALUE)` is VALUE, `unfinished!()` is `()`.
///
/// # Examples
///
/// ```ignore
/// fn fixed_get_taint() -> c_ulong {
///     klp::unfinished!(0)
/// }
/// ```
#[macro_export]
macro_rules! unfinished {
    ($($value:expr)?) => {{
        const _: () = {
            const PIECES: &[$crate::describe::Piece] =
                &[$crate::describe::Piece::Plain($crate::describe::unfinished(file!(), line!()).as_str())];

            $crate::__description!(PIECES);
        };
        // Bodies that return the same are no longer the same: the compiler would make one of them, whose debug
        // information has one prototype.
        // SAFETY: There is no instruction in it.
        unsafe {
            ::core::arch::asm!("/* {line} */", line = const line!(), options(nomem, nostack, preserves_flags))
        };
        ($($value)?)
    }};
}

/// That something is unfinished in a line of a file, whose name without a path is enough.
pub const fn unfinished(path: &str, line: u32) -> Text<512> {
    let mut name = path.as_bytes();
    let mut i = 0;
    while i < path.len() {
        if path.as_bytes()[i] == b'/' {
            name = path.as_bytes().split_at(i + 1).1;
        }
        i += 1;
    }
    let Ok(name) = core::str::from_utf8(name) else {
        panic!("a file's name is UTF-8")
    };
    Text::new().with(&[
        Str("klp_unfinished="),
        Str(name),
        Str(":"),
        Number(line as usize),
        Str("\0"),
    ])
}

/// A piece of the description.
pub enum Piece {
    /// As it is.
    Plain(&'static str),
    /// As it is, put together.
    Bytes(&'static [u8]),
    /// Source text: the compiler breaks what it finds too long, so line breaks become spaces.
    Source(&'static str),
}

impl Piece {
    const fn text(&self) -> &'static [u8] {
        match self {
            Self::Plain(text) | Self::Source(text) => text.as_bytes(),
            Self::Bytes(text) => text,
        }
    }
}

/// How long the pieces are together.
pub const fn len(pieces: &[Piece]) -> usize {
    let mut len = 0;
    let mut i = 0;
    while i < pieces.len() {
        len += pieces[i].text().len();
        i += 1;
    }
    len
}

/// The pieces, which fill `N` bytes.
pub const fn bytes<const N: usize>(pieces: &[Piece]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut len = 0;
    let mut i = 0;
    while i < pieces.len() {
        let text = pieces[i].text();
        let place = bytes.split_at_mut(len).1.split_at_mut(text.len()).0;
        // SAFETY: Both are `text.len()` bytes, and the place is borrowed mutably. A loop would take
        // long here.
        unsafe { copy_nonoverlapping(text.as_ptr(), place.as_mut_ptr(), text.len()) };
        if let Piece::Source(_) = pieces[i] {
            join_lines(place);
        }
        len += text.len();
        i += 1;
    }
    bytes
}

const fn join_lines(text: &mut [u8]) {
    let (mut i, len) = (0, text.len());
    while i < len {
        if text[i] == b'\n' {
            text[i] = b' ';
        }
        i += 1;
    }
}

/// Puts strings, each of which ends in a NUL, into the module's `.modinfo` section.
#[doc(hidden)]
#[macro_export]
macro_rules! __modinfo {
    ($name:ident, $pieces:expr) => {
        #[used(compiler)]
        #[link_section = ".modinfo"]
        static $name: [u8; $crate::describe::len($pieces)] = $crate::describe::bytes($pieces);
    };
}

/// What tells the kernel that a module is a livepatch.
pub const MARK: &str = "livepatch=Y\0";

/// Puts strings, each of which ends in a NUL, into the description: `.modinfo` and a note. With `marked` the first of them
/// is [`MARK`](crate::describe::MARK), which is in `.modinfo` alone.
#[doc(hidden)]
#[macro_export]
macro_rules! __description {
    (marked $pieces:expr) => {
        $crate::__description!($pieces, $crate::describe::MARK);
    };
    ($pieces:expr $(, $mark:expr)?) => {
        const BYTES: [u8; $crate::describe::len($pieces)] = $crate::describe::bytes($pieces);

        #[used(compiler)]
        #[link_section = ".modinfo"]
        static MODINFO: [u8; BYTES.len()] = BYTES;

        #[used(compiler)]
        #[link_section = ".note.klp-rs"]
        static NOTE: $crate::describe::Note<{ BYTES.len() $(- $mark.len())? }> = $crate::describe::Note::of_last(BYTES);
    };
}

/// An ELF note: `Elf64_Nhdr`, the owner's name, and a text.
#[repr(C, align(4))]
pub struct Note<const N: usize> {
    owner_len: u32,
    text_len: u32,
    version: u32,
    owner: [u8; 8],
    text: [u8; N],
}

impl<const N: usize> Note<N> {
    const OWNER: &'static [u8; 8] = b"klp-rs\0\0";

    /// A note of strings, each of which ends in a NUL: the last `N` bytes.
    pub const fn of_last<const LEN: usize>(strings: [u8; LEN]) -> Self {
        let Some(text) = strings.last_chunk::<N>() else {
            panic!("there are fewer strings than the note has")
        };
        Self {
            owner_len: Self::OWNER.len() as u32 - 1,
            text_len: N as u32,
            version: 1,
            owner: *Self::OWNER,
            text: *text,
        }
    }
}
