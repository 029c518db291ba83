// SPDX-License-Identifier: GPL-2.0

//! What is refused where the author wrote it: a name, a type or a literal.
//!
//! What a constant panics with is reported where the macro is called that has the constant; that a type lacks a trait, at the type,
//! or at the value that has it. [`__here!`](crate::__here!) is for what is more than one word.

/// A type that a name stands for, to be pointed at.
pub struct Name;

macro_rules! refusal {
    ($(#[$attribute:meta])* $name:ident: $message:literal, $label:literal;) => {
        $(#[$attribute])*
        pub mod $name {
            /// What all are, unless it is refused.
            #[diagnostic::on_unimplemented(message = $message, label = $label)]
            pub trait Is<const FINE: bool> {
                /// Needs no more.
                const IS: () = ();
            }

            #[diagnostic::do_not_recommend]
            impl<T: ?Sized> Is<true> for T {}

            /// Refuses a value.
            pub struct Value<const FINE: bool>;

            impl<const FINE: bool> Value<FINE> {
                /// That one.
                pub const fn refuse<T: Copy + Is<FINE>>(_: T) {}
            }
        }
    };
}

refusal! {
    /// A field of `livepatch!`.
    field:
        "livepatch!: there is no such field; the fields are, in this order: type, name, authors, description, license, alias, \
         imports_ns, params, version, fixes, expires, objects, states, replace, keep",
        "not a field of livepatch!";
}

refusal! {
    /// A field of `livepatch!` behind those that come before it.
    field_in_its_place:
        "livepatch!: a field is out of place, or there twice; the fields are, in this order: type, name, authors, description, \
         license, alias, imports_ns, params, version, fixes, expires, objects, states, replace, keep",
        "this does not come behind the field before it";
}

refusal! {
    /// What is fixed.
    list_of_fixes:
        "livepatch!: `fixes` is a list of names in quotes, such as [\"CVE-2026-1234\"]",
        "this is given as a list";
}

refusal! {
    /// A version.
    version:
        "livepatch!: `version` is a word in quotes, such as \"1.2\", of at most 64 letters, digits and -_.:/+~#@, which begins with a \
         letter or a digit",
        "not a version";
}

refusal! {
    /// A day.
    day:
        "livepatch!: `expires` is a day in quotes, such as \"2027-03-31\", which is YEAR-MONTH-DAY",
        "not a day that there is";
}

refusal! {
    /// An object.
    object:
        "an object is vmlinux, without quotes, or a module's name in quotes: that of its file without '.ko', with '_' for '-', and \
         shorter than MODULE_NAME_LEN",
        "neither vmlinux nor the name of a module";
}

refusal! {
    /// An object that is listed once.
    object_listed_once:
        "livepatch!: an object is listed twice; put its functions into one list",
        "listed twice";
}

refusal! {
    /// A module that is an object of the patch.
    object_of_patch:
        "symbols!: a module is no object of the patch, so the kernel would not look for its symbols; add `\"MODULE\" => []` to the \
         objects of livepatch!",
        "not among the objects of livepatch!";
}

refusal! {
    /// A symbol's name.
    symbol:
        "symbols!: no symbol has this name, which has neither spaces nor ',' nor ':', and is shorter than KSYM_NAME_LEN; one that is no \
         identifier of Rust is given as `#[link_name = \"SYMBOL\"]`",
        "not the name of a symbol";
}

refusal! {
    /// The declaration of a symbol.
    declaration:
        "symbols!: this is neither `static NAME: TYPE;` nor `fn NAME(ARGUMENT: TYPE, …) -> TYPE;`, with no attributes in front but \
         `#[link_name = \"SYMBOL\"]`, and then `#[sympos(N)]`",
        "not declared as a symbol is";
}

refusal! {
    /// A declaration that points at what is as large as the kernel's header has it.
    size_of_header:
        "a reference in a declaration is to something of another size than the kernel's header has",
        "this points at something of another size";
}

/// Refuses, by one of the [refusals](self), a name or a literal unless the constant is true. The word comes twice, since one that is
/// told by its kind is no longer the author's.
#[doc(hidden)]
#[macro_export]
macro_rules! __refuse_unless {
    ($fine:block $refusal:ident $name:ident $here:tt) => {
        const _: () = {
            #[allow(non_camel_case_types)]
            type $here = $crate::check::place::Name;

            <$here as $crate::check::place::$refusal::Is<$fine>>::IS
        };
    };
    ($fine:block $refusal:ident $literal:literal $here:tt) => {
        const _: () = $crate::check::place::$refusal::Value::<$fine>::refuse($here);
    };
}
