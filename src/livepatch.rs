// SPDX-License-Identifier: GPL-2.0

//! The macro that a livepatch module is written with.

/// Declares a livepatch module.
///
/// The module's init function enables the patch. `rmmod` is possible once the patch has been disabled
/// (`echo 0 > /sys/kernel/livepatch/<name>/enabled`) or replaced, and its transition has completed.
///
/// # Fields
///
/// In this order; `name`, `license` and `objects` are needed.
///
/// - `type`: a type that implements `kernel::Module`, for what the module has as long as it is
///   loaded. Its `init` is called before the patch is enabled; it is dropped if that fails, or else
///   when the module is unloaded, also after the patch was replaced.
/// - `name`, `authors`, `description`, `license`, `alias`, `imports_ns`, `params`: as in
///   `kernel::prelude::module`. The name is that of the module's file, less `.ko`.
/// - `version`: the patch's, a word as `"1.2"`; it is the module's version, too.
/// - `fixes`: a list of what is fixed, each a word in quotes, as `["CVE-2026-1234", "kernel.org#218712"]`. `klpctl fixes`
///   prints it of the patches in force, by what they say themselves. A cumulative patch lists what it goes on fixing.
/// - `expires`: the day, `"2027-03-31"`, after which the patch is not to be relied on. `klpctl` warns from then on; nothing is
///   unloaded.
/// - `objects`: a list of `OBJECT => [FUNCTION, …]`. OBJECT is `vmlinux`, without quotes, or a
///   module's name as a string. `OBJECT with TYPE => […]` has the [`Callbacks`](crate::Callbacks)
///   that TYPE implements.
/// - `states`: a list of types that implement [`State`](trait@crate::State), in the order in which
///   they are set up.
/// - `replace`: a `bool` expression, evaluated when the module is loaded. It may read
///   [`parameters!`](crate::parameters!). With `true` the patch is cumulative and replaces all others in
///   force; `false` is the default.
/// - `keep`: a constant `bool` expression. With `true` the module cannot be removed, whatever becomes of
///   the patch: for functions that others may call by their addresses, which the kernel does not see.
///   `false` is the default.
///
/// # Functions
///
/// ```text
/// // SAFETY: …
/// #[sympos(N)]
/// #[original]
/// unsafe NAME(ARGUMENT: TYPE, …) -> TYPE => REPLACEMENT
/// unsafe NAME(ARGUMENT: TYPE, …) -> TYPE => extern "C" REPLACEMENT
/// ```
///
/// NAME is the function to replace; one that is not a Rust identifier, such as `"vfs_read.part.0"`,
/// or is a keyword, is written as a string. Its prototype is declared as the kernel has it; a
/// pointer may be a reference, where the kernel's is valid for the call, also to the `kernel`
/// crate's transparent wrapper of the C struct.
///
/// Where C returns an `int`, a `long` or a pointer that may be an error, REPLACEMENT may return a `Result` of it, and for a
/// number also a `Result` of nothing, which is 0.
///
/// `unsafe` is the promise that the prototype is right and that the callers of NAME can do with
/// REPLACEMENT, a safe `fn` in scope at the macro's place. The compiler compares the prototype with
/// the replacement's, and with the kernel header's where `kernel::bindings` has the function and
/// NAME is no string.
///
/// `#[sympos(N)]` is for names that are not unique: the function is the Nth of that name in the
/// object, from 1, in the order of `/proc/kallsyms`.
///
/// `#[original]` gives the replacement the original as its first argument, an [`Original`](crate::Original) of
/// the function's type, which it may call once. The promise of `unsafe` includes that it may be called with whatever the
/// replacement gives it. In C there is no such argument.
///
/// A function takes at most six integer or pointer arguments, none of them floating-point, on the
/// stack or variadic, and returns at most two registers. Structs by value need
/// [`InRegisters`](crate::InRegisters). Functions that never return (`-> !`) cannot be replaced.
///
/// The trampoline bears REPLACEMENT's name, which no function or variable of `kernel::bindings` may
/// have: calls from the module would go to the trampoline.
///
/// `=> extern "C" REPLACEMENT` is a function in C, which another object of the module has. It is
/// entered directly, and may take and return what C can; only the header is compared with then. The
/// kernel does not see a task in what it *jumps* to inside of the module: compile it with
/// `-fno-optimize-sibling-calls -fno-reorder-blocks-and-partition`.
///
/// `unsafe "NAME.isra.0"(..) => extern "C" REPLACEMENT` is for a form that the compiler made of a
/// function and that no header or type information has. `klpctl patch` writes it, which replaces
/// each caller that would call it in another way.
///
/// # Errors
///
/// Loading the module fails as [`Patch::enable`](crate::Patch::enable) does, and as [`Original`](crate::Original) says.
/// The functions of a module that is not loaded then are looked up when it is, and that module does not load if one is
/// missing.
///
/// # Context
///
/// A replacement runs wherever the original did: the same locks held, and it may sleep if the
/// original may. While a task sleeps in one, a transition stays pending.
///
/// # Examples
///
/// ```ignore
/// klp::parameters! {
///     replace: bool { default: false, mode: 0o444, description: "Replace all patches in force" },
/// }
///
/// klp::livepatch! {
///     name: "fix",
///     description: "Two functions of the kernel, one of a module",
///     license: "GPL",
///     version: "1.2",
///     fixes: ["CVE-2026-1234"],
///     expires: "2027-03-31",
///     objects: [
///         vmlinux => [
///             // SAFETY: The prototype is the original's; procfs calls with a valid, locked `struct seq_file`.
///             unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => cmdline,
///             #[sympos(1)]
///             // SAFETY: As above.
///             unsafe version_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => version,
///         ],
///         "e1000" => [
///             // SAFETY: The prototype is the original's, and no caller relies on the result.
///             unsafe e1000_has_link(adapter: *mut c_void) -> bool => has_link,
///         ],
///     ],
///     replace: parameters::replace.get(),
/// }
/// ```
///
/// C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)
#[macro_export]
macro_rules! livepatch {
    ($($fields:tt)*) => {
        $crate::__livepatch_fields! { $($fields)* }
        $crate::__livepatch_names! { [] [] [$($fields)*] $($fields)* }
        $crate::__about! { $($fields)* }
    };
}

/// The fields in their order, but for those that [`__about!`](crate::__about!) is for.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_fields {
    (
        $(type: $type:ty,)?
        name: $name:tt,
        $(authors: $authors:tt,)?
        $(description: $description:tt,)?
        license: $license:tt,
        $(alias: $alias:tt,)?
        $(imports_ns: $imports_ns:tt,)?
        $(params: $params:tt,)?
        $(version: $version:tt,)?
        $(fixes: $fixes:tt,)?
        $(expires: $expires:tt,)?
        objects: $objects:tt
        $(, states: $states:tt)?
        $(, replace: $replace:expr)?
        $(, keep: $keep:expr)?
        $(,)?
    ) => {
        $crate::__livepatch! {
            $(type: $type,)?
            name: $name,
            $(authors: $authors,)?
            $(description: $description,)?
            license: $license,
            $(alias: $alias,)?
            $(imports_ns: $imports_ns,)?
            $(params: $params,)?
            objects: $objects
            $(, states: $states)?
            $(, replace: $replace)?
            $(, keep: $keep)?
        }
    };
    ($($fields:tt)*) => {
        $crate::__livepatch_fault! {
            [type name authors description license alias imports_ns params version fixes expires objects states replace keep]
            $($fields)*
        }
    };
}

/// Says which field does not exist or is out of place, or else which are needed; first, those that may still come.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_fault {
    ($order:tt $field:tt: $value:tt $(, $($rest:tt)*)?) => {
        $crate::__livepatch_field! { $field $field $order $($($rest)*)? }
    };
    ($order:tt $field:tt: $value:tt $($rest:tt)+) => {
        $crate::__livepatch_fault! { $order $field: $($rest)+ }
    };
    ($order:tt $($other:tt)*) => {
        compile_error!(
            "livepatch!: the fields are, in this order: type, name, authors, description, license, alias, imports_ns, params, version, \
             fixes, expires, objects, states, replace, keep; name, license and objects are needed"
        );
    };
}

macro_rules! known_fields {
    ($dollar:tt $($field:ident)*) => {
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __livepatch_field {
            $(
                ($field $dollar here:tt [$field $dollar($dollar later:tt)*] $dollar($dollar rest:tt)*) => {
                    $dollar crate::__livepatch_fault! { [$dollar($dollar later)*] $dollar($dollar rest)* }
                };
                ($field $dollar here:tt [$dollar other:tt $dollar($dollar later:tt)*] $dollar($dollar rest:tt)*) => {
                    $dollar crate::__livepatch_field! { $field $dollar here [$dollar($dollar later)*] $dollar($dollar rest)* }
                };
                ($field $dollar here:tt [] $dollar($dollar rest:tt)*) => {
                    $dollar crate::__refuse_unless! { { false } field_in_its_place $field $dollar here }
                };
            )*
            ($dollar other:tt $dollar here:tt $dollar($dollar rest:tt)*) => {
                $dollar crate::__refuse_unless! { { false } field $dollar other $dollar here }
            };
        }
    };
}

known_fields!($ type name authors description license alias imports_ns params version fixes expires objects states replace keep);

/// Has the name and the license checked in the author's lines. The fields come twice, since one that is told by its name is no longer
/// the author's.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_names {
    ([] [] [$field:tt $colon:tt $name:tt $($rest:tt)*] name : $($same:tt)*) => {
        $crate::__livepatch_names! { [$field $name] [] [$($rest)*] $($rest)* }
    };
    ($name:tt [] [$field:tt $colon:tt $license:tt $($rest:tt)*] license : $($same:tt)*) => {
        $crate::__livepatch_names! { $name [$field $license] [$($rest)*] $($rest)* }
    };
    ([$name_field:tt $name:tt] [$license_field:tt $license:tt] [$field:tt $colon:tt $objects:tt $($rest:tt)*] objects : $($same:tt)*) => {
        const _: () = {
            $crate::__here! { $name_field $objects {
                $crate::check::own_name($name, ::core::option_env!("RUST_MODFILE"))
            } }
            $crate::__here! { $license_field $objects { $crate::check::license($license) } }
        };
    };
    ($name:tt $license:tt [$skipped:tt $($rest:tt)*] $($same:tt)*) => {
        $crate::__livepatch_names! { $name $license [$($rest)*] $($rest)* }
    };
    // The fields are not in order, which is said elsewhere.
    ($name:tt $license:tt []) => {};
}

/// What `livepatch!` declares, whose fields are in order.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch {
    (
        $(type: $type:ty,)?
        name: $name:tt,
        $(authors: $authors:tt,)?
        $(description: $description:tt,)?
        license: $license:tt,
        $(alias: $alias:tt,)?
        $(imports_ns: $imports_ns:tt,)?
        $(params: $params:tt,)?
        objects: [$(
            $object:tt $(with $callbacks:ty)? => [$(
                $(#[sympos($sympos:literal)])?
                $(#[original $($original:tt)*])?
                unsafe $function:tt $arguments:tt $(-> $result:ty)? => $replacement:tt $($abi:literal $symbol:tt)?
            ),* $(,)?]
        ),* $(,)?]
        $(, states: [$($state:ty),* $(,)?])?
        $(, replace: $replace:expr)?
        $(, keep: $keep:expr)?
    ) => {
        $crate::rt::module! {
            type: Livepatch,
            name: $name,
            $(authors: $authors,)?
            $(description: $description,)?
            license: $license,
            $(alias: $alias,)?
            $(imports_ns: $imports_ns,)?
            $(params: $params,)?
        }

        /// The module of the livepatch.
        struct Livepatch($($type)?);

        impl $crate::rt::Module for Livepatch {
            // Called once, by what the kernel calls: a function of its own would have a name, and stay in memory.
            #[inline(always)]
            fn init(_module: &'static $crate::rt::ThisModule) -> $crate::rt::Result<Self> {
                fn replace() -> bool {
                    $crate::__livepatch_or!($($replace)? ; false)
                }

                let livepatch = Self($(<$type as $crate::rt::Module>::init(_module)?)?);
                let replace = replace();
                // SAFETY: The module is initialised once, and nothing is left that could fail.
                unsafe { LIVEPATCH.enable(replace) }?;
                if const { $crate::__livepatch_or!($($keep)? ; false) } {
                    $crate::rt::keep(_module);
                }
                $crate::rt::Result::Ok(livepatch)
            }
        }

        impl $crate::callbacks::Owner for Livepatch {
            const HAS_STATES: bool = $crate::check::table_len(&[$($(stringify!($state)),*)?]) > 1;
            const HAS_ORIGINALS: bool =
                $crate::check::table_len(&[$($($(stringify!($($original)*),)?)*)*]) > 1;
            const OBJECTS: &'static [$crate::check::Object] = &[$($crate::check::Object {
                name: $crate::__livepatch_name!($object),
                is_module: $crate::__livepatch_object_name!($object).is_some(),
                functions: &[$($crate::check::Function {
                    name: $crate::__livepatch_name!($function),
                    sympos: 0 $(+ $sympos)?,
                    replacement: $crate::__livepatch_symbol!($replacement $($abi $symbol)?),
                }),*],
            }),*];
            const TWICE: ::core::option::Option<$crate::check::Twice> =
                $crate::check::twice::<{ $crate::check::slots(<Livepatch as $crate::callbacks::Owner>::OBJECTS) }>(
                    Self::OBJECTS,
                );

            fn patch() -> &'static $crate::Patch {
                &LIVEPATCH
            }

            fn states() -> &'static [$crate::LifeCycle] {
                $crate::__livepatch_table!($crate::LifeCycle: $($($crate::LifeCycle::of::<$state>(),)*)?)
            }

            fn originals() -> &'static [&'static $crate::original::Site] {
                $crate::__livepatch_table!(&'static $crate::original::Site: $($($({
                    let _ = stringify!($($original)*);
                    $crate::__original_listed!($replacement)
                },)?)*)*)
            }
        }

        #[allow(unused_imports)]
        mod __livepatch_originals {
            $($($crate::__original_site!(
                [$(original $($original)*)?] $object $function [$($sympos)?] $replacement $($abi $symbol)?
            );)*)*
        }

        static LIVEPATCH: $crate::Patch = {
            const LEN: usize = $crate::check::table_len(&["vmlinux", $(stringify!($object)),*]);
            static OBJECTS: [$crate::Object; LEN] = {
                let objects = [
                    $({
                        const LEN: usize = $crate::check::table_len(&[$(stringify!($replacement)),*]);
                        static FUNCTIONS: [$crate::Func; LEN] = [
                            $({
                                $crate::__livepatch_replacement!(
                                    [$(original $($original)*)?]
                                    $function $arguments [$($result)?] $replacement $($abi $symbol)?; $arguments
                                );
                                extern "C" {
                                    #[link_name = $crate::__livepatch_symbol!($replacement $($abi $symbol)?)]
                                    fn entry();
                                }
                                // SAFETY: The author of the patch promises, by the `unsafe` in
                                // front of the function, that the declared prototype is the
                                // function's and that the replacement may be called in its place.
                                // A trampoline calls a replacement in Rust in a frame of its own; one in
                                // C jumps to nothing in this module, which `klpctl verify` checks.
                                unsafe {
                                    $crate::Func::new($crate::__livepatch_cstr!($function), entry, 0 $(+ $sympos)?)
                                }
                            },)*
                            $crate::Func::END,
                        ];
                        const NAME: ::core::option::Option<&::core::ffi::CStr> =
                            $crate::__livepatch_object_name!($object);
                        // SAFETY: Nothing else uses the table, which is only nameable here.
                        unsafe {
                            $crate::Object::new(
                                NAME,
                                &FUNCTIONS,
                                $crate::__livepatch_callbacks!(NAME.is_none(), $($callbacks)?),
                            )
                        }
                    },)*
                    $crate::Object::END,
                    $crate::Object::END,
                ];
                static NO_FUNCTIONS: [$crate::Func; 1] = [$crate::Func::END];
                // SAFETY: As above.
                let spare = unsafe {
                    $crate::Object::new(
                        ::core::option::Option::None,
                        &NO_FUNCTIONS,
                        $crate::__livepatch_callbacks!(true,),
                    )
                };
                if <Livepatch as $crate::callbacks::Owner>::HAS_DRIVER {
                    $crate::Object::vmlinux_first(objects, spare)
                } else {
                    objects
                }
            };
            static STATES: [$crate::Entry; $crate::check::table_len(&[$($(stringify!($state)),*)?])] = [
                $($($crate::Entry::new(<$state as $crate::State>::ID, <$state as $crate::State>::VERSION),)*)?
                $crate::Entry::END,
            ];
            // SAFETY: Nothing else uses the tables, which are only nameable here.
            unsafe { $crate::Patch::new(&OBJECTS, &STATES) }
        };

        $crate::__livepatch_compare!(
            $($($function $arguments [$($result)?] $replacement $($abi $symbol)?;)*)*
        );

        $($crate::__livepatch_object_checked! { $object $object })*

        const _: () = {
            const IDS: &[usize] = &[$($(<$state as $crate::State>::ID),*)?];

            $($($crate::__livepatch_state_checked!(IDS, $state);)*)?
        };

        const _: () = {
            const PIECES: &[$crate::describe::Piece] = &[
                $crate::describe::Piece::Source(concat!(
                    "klp_replace=", $crate::__livepatch_text_or!($($replace)? ; "false")
                )),
                $crate::describe::Piece::Plain(
                    if $crate::__livepatch_or!($($keep)? ; false) { "\0klp_keep=true\0" } else { "\0" }
                ),
                $($(
                    $crate::describe::Piece::Plain(concat!(
                        "klp_func=", $crate::__livepatch_site!($object $function $($sympos)?), "\0",
                        "klp_form=", $crate::__livepatch_site!($object $function $($sympos)?), "=",
                        $crate::__livepatch_form!($replacement $($abi)?), "\0",
                        "klp_proto=", $crate::__livepatch_site!($object $function $($sympos)?),
                    )),
                    $crate::describe::Piece::Source(concat!(
                        stringify!($arguments), $(" -> ", stringify!($result),)?
                    )),
                    $crate::describe::Piece::Plain("\0"),
                    $crate::describe::Piece::Plain($crate::__original_text!(
                        [$(original $($original)*)?]
                        concat!("klp_original=", $crate::__livepatch_site!($object $function $($sympos)?), "\0")
                    )),
                )*)*
                $($($crate::describe::Piece::Plain(<$state as $crate::describe::StateText>::TEXT)),*)?
            ];

            $crate::__modinfo!(MARK, &[$crate::describe::Piece::Plain("livepatch=Y\0")]);
            $crate::__description!(PIECES);
        };
    };
}

/// A livepatch whose module is kept unless the fields that come after its objects say otherwise.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_kept {
    ([$($done:tt)*], keep: $($rest:tt)*) => {
        $crate::livepatch! { $($done)*, keep: $($rest)* }
    };
    ([$($done:tt)*] $(,)?) => {
        $crate::livepatch! { $($done)*, keep: true }
    };
    ([$($done:tt)*] $next:tt $($rest:tt)*) => {
        $crate::__livepatch_kept! { [$($done)* $next] $($rest)* }
    };
}

/// A static table. An empty one is none: it would have a symbol.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_table {
    ($type:ty:) => {
        &[]
    };
    ($type:ty: $($element:expr,)+) => {{
        const LEN: usize = [$(stringify!($element)),+].len();
        static TABLE: [$type; LEN] = [$($element),+];
        &TABLE
    }};
}

/// Refuses an object that the kernel cannot have, or that is listed twice, where it is named.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_object_checked {
    ($object:tt $here:tt) => {
        $crate::__object_checked! { $object $here }
        $crate::__refuse_unless! {
            {
                $crate::check::is_listed_once(
                    $crate::__livepatch_name!($object),
                    <Livepatch as $crate::callbacks::Owner>::OBJECTS,
                )
            }
            object_listed_once $object $here
        }
    };
}

/// Refuses an object that is neither `vmlinux` nor may be a module, where it is named.
#[doc(hidden)]
#[macro_export]
macro_rules! __object_checked {
    (vmlinux $here:tt) => {};
    ($module:literal $here:tt) => {
        $crate::__refuse_unless! { { $crate::check::is_module($module) } object $module $here }
    };
    ($other:tt $here:tt) => {
        $crate::__refuse_unless! { { false } object $other $here }
    };
}

/// Refuses a state that the kernel cannot have, or not tell from those with the other ids, where it is listed.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_state_checked {
    ($ids:ident, $state:ty) => {
        const _: () = <$state as $crate::check::place::state_id::Is<
            { <$state as $crate::State>::ID != 0 },
        >>::IS;
        const _: () = <$state as $crate::check::place::state_id_of_its_own::Is<
            { $crate::check::is_there_once(<$state as $crate::State>::ID, $ids) },
        >>::IS;
        const _: () = <$state as $crate::check::place::state_layout::Is<
            {
                $crate::check::can_have_since(
                    <$state as $crate::State>::LAYOUT_SINCE,
                    <$state as $crate::State>::VERSION,
                )
            },
        >>::IS;
        const _: () = <$state as $crate::check::place::state_size::Is<
            {
                $crate::check::fits_stack(::core::mem::size_of::<<$state as $crate::State>::Data>())
            },
        >>::IS;
        const _: () = <$state as $crate::check::place::state_shadows::Is<
            { $crate::check::fits_description(<$state as $crate::State>::SHADOWS) },
        >>::IS;
    };
}

/// Has something checked where the author wrote it.
///
/// What a constant panics with is reported where the macro is called that has the constant. A macro that is called
/// by what the author wrote, its name and its text, is called in the author's line. It takes any text: what a macro of the author's
/// has put there does not match itself. Name and text have to come here as `tt`s all the way: as `ident`s they count as the outer
/// macro's. The `$` is for that macro, and may stand in this one at the end of a group.
#[doc(hidden)]
#[macro_export]
macro_rules! __here {
    ($name:tt $text:tt $check:tt) => {
        $crate::__items_here! { $name $text { const _: () = $check; } [$] }
    };
}

/// Has items where the author wrote something, as [`__here!`](crate::__here!) has a check.
#[doc(hidden)]
#[macro_export]
macro_rules! __items_here {
    ($name:tt $text:tt $items:tt) => {
        $crate::__items_here! { $name $text $items [$] }
    };
    ($name:tt $text:tt { $($items:tt)* } [$dollar:tt]) => {
        macro_rules! $name {
            ($dollar($dollar text:tt)*) => {
                $($items)*
            };
        }
        $name! $text;
    };
}

/// What is given, or else the default.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_or {
    (; $default:expr) => {
        $default
    };
    ($given:expr; $default:expr) => {
        $given
    };
}

/// What is given, or else the default, as text.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_text_or {
    (; $default:literal) => {
        $default
    };
    ($given:expr; $default:literal) => {
        stringify!($given)
    };
}

/// The name of an object or of a function, as a string.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:literal) => {
        $name
    };
}

/// A function as the description names it.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_site {
    ($object:tt $function:tt $($sympos:literal)?) => {
        concat!(
            $crate::__livepatch_name!($object), ":", $crate::__livepatch_name!($function) $(, ",", $sympos)?
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_cstr {
    ($name:tt) => {
        $crate::check::cstr(concat!($crate::__livepatch_name!($name), "\0"))
    };
}

/// The name of an object as the table has it.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_object_name {
    (vmlinux) => {
        ::core::option::Option::<&::core::ffi::CStr>::None
    };
    ($module:literal) => {
        ::core::option::Option::Some($crate::__livepatch_cstr!($module))
    };
    // Refused where it is named.
    ($other:tt) => {
        ::core::option::Option::<&::core::ffi::CStr>::None
    };
}

/// The callbacks of an object of this module's patch.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_callbacks {
    ($is_vmlinux:expr,) => {
        $crate::callbacks::table::<Livepatch, $crate::callbacks::Without>($is_vmlinux)
    };
    ($is_vmlinux:expr, $callbacks:ty) => {
        $crate::callbacks::table::<Livepatch, $crate::callbacks::With<$callbacks>>($is_vmlinux)
    };
}

/// The symbol of a replacement.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_symbol {
    ($replacement:tt) => {
        stringify!($replacement)
    };
    (extern $abi:literal $replacement:tt) => {
        stringify!($replacement)
    };
}

/// What a replacement is written in.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_form {
    ($replacement:tt) => {
        "rust"
    };
    (extern $abi:literal) => {
        "c"
    };
}

/// The trampoline of a function in Rust, and the checks of its prototype.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_replacement {
    ($original:tt $function:tt $arguments:tt [] $($replacement:tt)*) => {
        $crate::__livepatch_replacement!($original $function $arguments [()] $($replacement)*);
    };
    ([original $($more:tt)*] $function:tt $arguments:tt $result:tt extern $abi:literal $replacement:tt; $call:tt) => {
        $crate::__here! { $replacement $call {
            compile_error!(concat!(
                "livepatch!: a replacement in C is not given the original of `", $crate::__livepatch_name!($function),
                "`; write it in Rust, or remove #[original]"
            ))
        } }
    };
    ([original $($more:tt)+] $function:tt $arguments:tt $result:tt $replacement:tt; $call:tt) => {
        $crate::__here! { $replacement $call { compile_error!("livepatch!: `#[original]` takes no arguments") } }
    };
    ([] $function:tt (..) [()] extern $abi:literal $replacement:tt; $call:tt) => {
        $crate::__here! { $replacement $call {
            $crate::check::is_of_the_compiler($crate::__livepatch_name!($function));
        } }
        $crate::__livepatch_replacement!([] $function () [()] extern $abi $replacement; $call);
    };
    // In C: another object of the module has it, and it is entered directly.
    (
        [] $function:tt($($argument:ident: $type:ty),* $(,)?) [$result:ty]
        extern $abi:literal $replacement:tt; $call:tt
    ) => {
        $crate::__here! { $replacement $call {
            $crate::check::function($crate::__livepatch_name!($function), stringify!($replacement));
            $crate::check::listed_once(&<Livepatch as $crate::callbacks::Owner>::TWICE, stringify!($replacement));
            $crate::check::abi(stringify!($replacement), $abi);
        } }
    };
    ($original:tt $function:tt($($argument:ident: $type:ty),* $(,)?) [$result:ty] $replacement:tt; $call:tt) => {
        // The symbol is none that C or Rust has. Its name, not a `sym` operand, is what assembly in
        // a module of its own can refer to.
        #[deny(improper_ctypes_definitions)]
        #[export_name = concat!(stringify!($replacement), ".body")]
        extern "C" fn body($($argument: $type),*) -> $result {
            $crate::__original_passed!($original $replacement ($($argument: $type),*) $result)
        }

        mod trampoline {
            $crate::__livepatch_trampoline!(stringify!($replacement));
        }

        $crate::__here! { $replacement $call {
            #[allow(unused_imports)]
            use $crate::registers::ByDefault as _;

            $crate::check::function($crate::__livepatch_name!($function), stringify!($replacement));
            $crate::check::listed_once(&<Livepatch as $crate::callbacks::Owner>::TWICE, stringify!($replacement));
            $crate::registers::check(
                $crate::__livepatch_name!($function),
                &[$($crate::registers::Kind::<$type>::PASSED),*],
                &$crate::registers::Kind::<$result>::PASSED,
            );
        } }
    };
    ($original:tt $function:tt $arguments:tt $result:tt extern $abi:literal $replacement:tt; $call:tt) => {
        $crate::__livepatch_arguments_fault! { $function $arguments $replacement $call }
    };
    ($original:tt $function:tt $arguments:tt $result:tt $replacement:tt; $call:tt) => {
        $crate::__livepatch_arguments_fault! { $function $arguments $replacement $call }
    };
}

/// Says what is wrong with how arguments are written.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_arguments_fault {
    ($function:tt($($argument:ident: $type:ty,)* ...) $replacement:tt $call:tt) => {
        $crate::__here! { $replacement $call {
            compile_error!(concat!(
                "livepatch!: `", $crate::__livepatch_name!($function), "` is variadic, which a replacement cannot be"
            ))
        } }
    };
    ($function:tt($($arguments:tt)*) $replacement:tt $call:tt) => {
        $crate::__here! { $replacement $call {
            compile_error!(concat!(
                "livepatch!: the arguments of `", $crate::__livepatch_name!($function), "` are not `name: type, …`: ",
                stringify!($($arguments)*)
            ))
        } }
    };
}

/// Compares with the kernel's header: each function's name is the header's if there is one, else
/// [`ABSENT`](crate::header::ABSENT), and each replacement's is the header's too, else what is
/// declared. Types are not looked up where the header's names are.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_compare {
    ($($function:tt $arguments:tt [$($result:ty)?] $replacement:tt $($abi:literal $symbol:tt)?;)*) => {
        const _: () = {
            mod absent {
                $($crate::__header_absent!($function $replacement $($abi $symbol)?);)*
            }
            #[allow(unused_imports)]
            use absent::*;

            const _: () = {
                $($crate::__livepatch_declared!(
                    $arguments $function $arguments [$($result)?] $replacement $($abi $symbol)?
                );)*

                const _: () = {
                    #[allow(unused_imports)]
                    use $crate::header::names::*;

                    $($crate::__livepatch_compared!($function $replacement $($abi $symbol)?);)*
                };
            };
        };
    };
}

/// What stands for a name that the header does not have.
#[doc(hidden)]
#[macro_export]
macro_rules! __header_absent {
    ($name:literal $($key:tt)*) => {};
    ($name:ident extern $abi:literal $key:ident) => {
        $crate::__header_absent!($name $key);
    };
    ($name:ident $key:ident) => {
        $crate::rt::paste! {
            #[allow(non_snake_case)]
            mod [<$name __ $key>] {
                pub use $crate::header::ABSENT as $name;
            }
            #[allow(unused_imports)]
            pub use [<$name __ $key>]::*;
        }
    };
}

/// What is declared, where its arguments are.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_declared {
    // In C and not compared with the header: the types need not be known here.
    ($here:tt $function:literal $arguments:tt $result:tt extern $abi:literal $replacement:tt) => {
        $crate::__livepatch_declared!($here $function () [] $replacement);
    };
    ($here:tt $function:tt $arguments:tt $result:tt extern $abi:literal $replacement:tt) => {
        $crate::__livepatch_declared!($here $function $arguments $result $replacement);
    };
    ($here:tt $function:tt ($($argument:ident: $type:ty),* $(,)?) [] $replacement:tt) => {
        $crate::__livepatch_declared!($here $function ($($argument: $type),*) [()] $replacement);
    };
    ($here:tt $function:tt ($($argument:ident: $type:ty),* $(,)?) [$result:ty] $replacement:tt) => {
        $crate::__items_here! { $replacement $here {
            #[allow(dead_code, non_upper_case_globals)]
            const $replacement: $crate::header::Declared<($($type,)*), $result> = $crate::header::Declared::NEW;
        } }
    };
    // Refused where its trampoline is made.
    ($here:tt $function:tt $arguments:tt $result:tt $replacement:tt) => {
        $crate::__livepatch_declared!($here $function () [] $replacement);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_compared {
    ($function:tt extern $abi:literal $replacement:tt) => {
        $crate::__livepatch_compared!($function $replacement);
    };
    ($function:literal $replacement:tt) => {
        const _: () = $crate::header::unused($replacement);
    };
    ($function:tt $replacement:tt) => {
        $crate::__refuse_unless! {
            { $crate::header::compare($replacement, $function) } size_of_header $function $function
        }
    };
}
