// SPDX-License-Identifier: GPL-2.0

//! The macro that a livepatch module is written with.

mod compare;
mod fields;
mod names;
mod objects;
mod replacement;

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

            fn states() -> $crate::LifeCycles {
                let states = $crate::__livepatch_table!(
                    "__klp_life_cycles" $crate::LifeCycle: $($($crate::LifeCycle::of::<$state>(),)*)?
                );
                // SAFETY: The patch's table of states is of the same list.
                unsafe { $crate::LifeCycles::new(states, &LIVEPATCH) }
            }

            fn originals() -> &'static [&'static $crate::original::Site] {
                $crate::__livepatch_table!("__klp_originals" &'static $crate::original::Site: $($($({
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

        #[export_name = "__klp_patch"]
        static LIVEPATCH: $crate::Patch = {
            const LISTED: &[$crate::check::Object] = <Livepatch as $crate::callbacks::Owner>::OBJECTS;
            const VMLINUX_FIRST: bool = <Livepatch as $crate::callbacks::Owner>::HAS_DRIVER;
            #[export_name = "__klp_objects"]
            static OBJECTS: [$crate::Object; $crate::check::objects_len(LISTED, VMLINUX_FIRST)] = {
                static NO_FUNCTIONS: [$crate::Func; 1] = [$crate::Func::END];
                let entries = [
                    // SAFETY: Nothing else uses the table, which is only nameable here.
                    unsafe {
                        $crate::Object::new(
                            ::core::option::Option::None,
                            &NO_FUNCTIONS,
                            $crate::__livepatch_callbacks!(true,),
                        )
                    },
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
                ];
                $crate::Object::table(entries, VMLINUX_FIRST)
            };
            // SAFETY: Nothing else uses the tables, which are only nameable here.
            unsafe {
                $crate::Patch::new(&OBJECTS, $crate::__livepatch_table!("__klp_states" $crate::Entry: $(
                    $($crate::Entry::new(<$state as $crate::State>::ID, <$state as $crate::State>::VERSION),)*
                    $crate::Entry::END,
                )?))
            }
        };

        $crate::__livepatch_compare!(
            $($($function $arguments [$($result)?] $replacement $($abi $symbol)?;)*)*
        );

        const _: () = {
            const OBJECTS: &[$crate::check::Object] = <Livepatch as $crate::callbacks::Owner>::OBJECTS;
            const HASHES: &[$crate::check::Counted] = &$crate::check::count::<{ $crate::check::places(OBJECTS.len()) }>(
                &$crate::check::hashes::<{ OBJECTS.len() }>(OBJECTS),
            );

            $($crate::__livepatch_object_checked! { HASHES OBJECTS $object $object })*
        };

        const _: () = {
            const LISTED: &[usize] = &[$($(<$state as $crate::State>::ID),*)?];
            const IDS: &[$crate::check::Counted] =
                &$crate::check::count::<{ $crate::check::places(LISTED.len()) }>(LISTED);

            $($($crate::__livepatch_state_checked!(IDS, $state);)*)?
        };

        const _: () = {
            const PIECES: &[$crate::describe::Piece] = &[
                $crate::describe::Piece::Plain($crate::describe::MARK),
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
                $($($crate::describe::Piece::Bytes(<$state as $crate::describe::StateText>::TEXT)),*)?
            ];

            $crate::__description!(marked PIECES);
        };
    };
}

/// A static table. An empty one is none: it would have a symbol.
#[doc(hidden)]
#[macro_export]
macro_rules! __livepatch_table {
    ($name:literal $type:ty:) => {
        &[]
    };
    ($name:literal $type:ty: $($element:expr,)+) => {{
        #[export_name = $name]
        static TABLE: [$type; [$(stringify!($element)),+].len()] = [$($element),+];
        &TABLE
    }};
}
