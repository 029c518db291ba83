// SPDX-License-Identifier: GPL-2.0

//! Functions and variables that the kernel and its modules do not export.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

/// Declares functions and variables that a livepatch uses although they are not exported.
///
/// The kernel finds them by their names, as it finds the functions to be replaced: `static` ones
/// too. It does so when it loads the patch or, if they are a module's, when it loads that module.
/// `klpctl link`, which `make modules` runs, prepares the file for that; the kernel does not load
/// one that is not linked.
///
/// ```text
/// vmlinux => {
///     #[link_name = "SYMBOL"] #[sympos(N)]
///     static NAME: TYPE;
///     fn NAME(ARGUMENT: TYPE, …) -> TYPE;
/// },
/// "MODULE" => { … },
/// ```
///
/// NAME is the symbol's, unless there is a `link_name`: for what is no Rust identifier, such as
/// `"count.12"`, which the C compiler makes of a `static` inside of a function. `#[sympos(N)]` is for
/// names that are not unique: the Nth of that name in the object, from 1, in the order of
/// `/proc/kallsyms`. Visibility and doc comments go in front of `static` and `fn`.
///
/// A module is also one of the `objects` of [`livepatch!`](crate::livepatch!), which stands in the
/// crate's root: that is how the kernel knows that the patch has to do with it. Its list of functions
/// may be empty.
///
/// A function that is declared and not called is none of the patch's symbols.
///
/// # What is declared
///
/// | | of `vmlinux` | of a module |
/// |---|---|---|
/// | `static NAME: TYPE` | [`Variable<TYPE>`](crate::Variable) | [`ModuleVariable<TYPE>`](crate::ModuleVariable) |
/// | `fn NAME(…) -> TYPE` | `unsafe fn NAME(…) -> TYPE` | `unsafe fn NAME(…) -> Option<TYPE>` |
///
/// The compiler compares types with those of the kernel's header where `kernel::bindings` has the
/// symbol; all others are as they are declared here, and whoever calls a function or follows a
/// variable's pointer says in the `unsafe` block why that is right. What is per-CPU is found as an
/// offset, and what is `__init` where it no longer is.
///
/// # A module that comes and goes
///
/// What belongs to a module may be used from when the module is patched until it is unpatched:
///
/// - in replacements of its own functions,
/// - in the [`Callbacks`](crate::Callbacks) of it as an object,
/// - elsewhere, such as in a replacement for a function of `vmlinux`, only where something keeps the
///   module from coming and going meanwhile, such as a lock that `post_patch` and `pre_unpatch` take
///   to say whether it is there.
///
/// While the module is not loaded, its variables are [`None`], and its functions are not called but
/// return [`None`]. That is no protection against a module that comes or goes at that moment, when a
/// function that is called may trap, nor does it help a patch that is no longer in force: the kernel
/// does not tell it that a module goes.
///
/// If the module lacks a symbol, or has more than one of the name and no position is given, or if
/// something else about it fails, the kernel refuses to load it, and from then on refuses it for as
/// long as the patch is in force: it does not clear what it has written by then.
///
/// # Examples
///
/// ```ignore
/// klp::symbols! {
///     vmlinux => {
///         static saved_command_line: *mut c_char;
///         fn get_taint() -> c_ulong;
///     },
///     "e1000" => {
///         fn e1000_has_link(adapter: *mut c_void) -> bool;
///     },
/// }
///
/// // SAFETY: A `char *` in init/main.c, which is not written after boot.
/// let line = unsafe { saved_command_line.as_ptr().read() };
/// // SAFETY: The prototype is the original's; this is in a replacement of the module.
/// let has_link = unsafe { e1000_has_link(adapter) } == Some(true);
/// ```
///
/// C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)
#[macro_export]
macro_rules! symbols {
    ($($object:tt => { $($symbols:tt)* }),* $(,)?) => {
        $(
            $crate::__symbols_object!($object $object);
            $crate::__symbols!($object $($symbols)*);
        )*
    };
}

/// The object is `vmlinux` or one of the patch's.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_object {
    ($module:literal $here:tt) => {
        $crate::__object_checked! { $module $here }
        $crate::__refuse_unless! {
            {
                !$crate::check::is_module($module)
                    || $crate::check::is_listed($module, <$crate::__symbols_patch!() as $crate::callbacks::Owner>::OBJECTS)
            }
            object_of_patch $module $here
        }
    };
    ($object:tt $here:tt) => {
        $crate::__object_checked! { $object $here }
    };
}

/// The type of the patch, from the root of the crate that has the symbols.
#[allow(clippy::crate_in_macro_def)]
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_patch {
    () => {
        crate::Livepatch
    };
}

/// The symbols of an object: one list, as macros that call themselves for each are soon too deep.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols {
    ($object:tt $(
        $(#[$($attribute:tt)*])*
        $visibility:vis $kind:ident $name:tt $(($($arguments:tt)*))? $(-> $result:ty)? $(: $type:ty)?;
    )*) => {
        $($crate::__symbol!(
            $object $(#[$($attribute)*])* $visibility $kind $name $(($($arguments)*))? $(-> $result)? $(: $type)?;
        );)*
        $crate::__symbols_compare!($(
            [$(#[$($attribute)*])*] $kind $name [$(($($arguments)*))?] [$($result)?] [$($type)?];
        )*);
    };
    ($object:tt $($other:tt)*) => {
        $crate::__symbols_fault!($($other)*);
    };
}

/// Refuses the first that is no declaration.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_fault {
    (
        $(#[$($attribute:tt)*])*
        $visibility:vis $kind:ident $name:ident $(($($arguments:tt)*))? $(-> $result:ty)? $(: $type:ty)?;
        $($rest:tt)*
    ) => {
        $crate::__symbols_fault!($($rest)*);
    };
    ($(#[$($attribute:tt)*])* $visibility:vis static mut $name:tt $($other:tt)*) => {
        $crate::__refuse_unless! { { false } declaration $name $name }
    };
    ($(#[$($attribute:tt)*])* $visibility:vis $kind:ident $name:tt $($other:tt)*) => {
        $crate::__refuse_unless! { { false } declaration $name $name }
    };
    ($($other:tt)*) => {
        compile_error!(concat!(
            "symbols!: this does not begin with `static NAME: TYPE;` or `fn NAME(ARGUMENT: TYPE, …) -> TYPE;`: ",
            stringify!($($other)*)
        ));
    };
}

/// One symbol.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbol {
    (
        $object:tt
        $(#[doc = $doc:literal])* $(#[link_name = $symbol:tt])? $(#[sympos($sympos:literal)])?
        $visibility:vis static $name:tt: $type:ty;
    ) => {
        $crate::__symbols_variable!(
            $object [$(#[doc = $doc])*] [$($symbol)? $name] [$($sympos)?] [$visibility] $name: $type
        );
    };
    (
        $object:tt
        $(#[doc = $doc:literal])* $(#[link_name = $symbol:tt])? $(#[sympos($sympos:literal)])?
        $visibility:vis fn $name:tt($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?;
    ) => {
        $crate::__symbols_function!(
            $object [$(#[doc = $doc])*] [$($symbol)? $name] [$($sympos)?]
            $visibility $name($($argument: $type),*) [$($result)?]
        );
    };
    ($object:tt $(#[$($attribute:tt)*])* $visibility:vis $kind:ident $name:tt $($other:tt)*) => {
        $crate::__refuse_unless! { { false } declaration $name $name }
    };
}

/// Compares with the kernel's header, as [`__livepatch_compare!`](crate::__livepatch_compare!) does; only
/// symbols that have no `link_name`. What is declared has a name that the header has not.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_compare {
    ($($attributes:tt $kind:ident $name:tt $arguments:tt $result:tt $type:tt;)*) => {
        const _: () = {
            mod absent {
                $($crate::__header_absent!($name $name);)*
            }
            #[allow(unused_imports)]
            use absent::*;

            const _: () = {
                $($crate::__symbols_declared!($attributes $kind $name $arguments $result $type);)*

                const _: () = {
                    #[allow(unused_imports)]
                    use $crate::header::names::*;

                    $($crate::__symbols_compared!($attributes $kind $name);)*
                };
            };
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_declared {
    ($attributes:tt static $name:ident [] [] [$type:ty]) => {
        $crate::__symbols_declared!($name (), $type);
    };
    ($attributes:tt fn $name:ident $arguments:tt [] []) => {
        $crate::__symbols_declared!($attributes fn $name $arguments [()] []);
    };
    ($attributes:tt fn $name:ident [($($argument:ident: $type:ty),* $(,)?)] [$result:ty] []) => {
        $crate::__symbols_declared!($name ($($type,)*), $result);
    };
    ($name:ident $arguments:ty, $result:ty) => {
        $crate::rt::paste! {
            #[allow(dead_code, non_upper_case_globals)]
            const [<$name __declared>]: $crate::header::Declared<$arguments, $result> =
                $crate::header::Declared::NEW;
        }
    };
    // Refused where the symbol is declared.
    ($attributes:tt $kind:ident $name:ident $($other:tt)*) => {
        $crate::__symbols_declared!($name (), ());
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_compared {
    ([$(#[doc = $doc:literal])* #[link_name = $symbol:literal] $($attribute:tt)*] $kind:ident $name:tt) => {};
    ($attributes:tt static $name:tt) => {
        $crate::__symbols_compared!(compare_variable $name);
    };
    ($attributes:tt fn $name:tt) => {
        $crate::__symbols_compared!(compare $name);
    };
    ($compare:ident $name:tt) => {
        $crate::rt::paste! {
            $crate::__refuse_unless! {
                { $crate::header::$compare([<$name __declared>], $name) } size_of_header $name $name
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_variable {
    (
        $object:tt [$($doc:tt)*] [$symbol:tt $($name_too:tt)?] [$($sympos:literal)?]
        [$visibility:vis] $name:tt: $type:ty
    ) => {
        $crate::__symbols_place!(__symbols_word $object $symbol [$($sympos)?] $name);

        $($doc)*
        #[allow(non_upper_case_globals)]
        $visibility static $name: $crate::__symbols_variable_type!($object $type) = {
            extern "C" {
                #[link_name = $crate::__symbols_label!($name)]
                static WORD: usize;
            }
            $crate::__symbols_variable_at!($object $type, &raw const WORD)
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_variable_type {
    (vmlinux $type:ty) => {
        $crate::Variable<$type>
    };
    ($module:tt $type:ty) => {
        $crate::ModuleVariable<$type>
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_variable_at {
    (vmlinux $type:ty, $word:expr) => {
        // SAFETY: The kernel writes the address of a symbol of its own while it loads this module.
        unsafe { $crate::Variable::<$type>::new($word) }
    };
    ($module:tt $type:ty, $word:expr) => {
        // SAFETY: The word is zero until the kernel writes the address of a symbol of the module.
        unsafe { $crate::ModuleVariable::<$type>::new($word, $crate::__symbols_module!($module)) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_module {
    ($module:tt) => {
        const {
            // SAFETY: That is its place in the table.
            unsafe {
                $crate::variable::PatchedModule::new(
                    <$crate::__symbols_patch!() as $crate::callbacks::Owner>::patch,
                    $crate::check::place(
                        $crate::__livepatch_name!($module),
                        <$crate::__symbols_patch!() as $crate::callbacks::Owner>::OBJECTS,
                        <$crate::__symbols_patch!() as $crate::callbacks::Owner>::HAS_DRIVER,
                    ),
                )
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_function {
    ($object:tt $doc:tt $symbol:tt $sympos:tt $visibility:vis $name:ident $arguments:tt []) => {
        $crate::__symbols_function!($object $doc $symbol $sympos $visibility $name $arguments [()]);
    };
    (
        $object:tt [$($doc:tt)*] [$symbol:tt $($name_too:tt)?] [$($sympos:literal)?]
        $visibility:vis $name:ident($($argument:ident: $type:ty),*) [$result:ty]
    ) => {
        $crate::__symbol_checked!($symbol [$($sympos)?]);

        $($doc)*
        ///
        /// # Safety
        ///
        /// The prototype is that of the kernel's function, which may be called here with these
        /// arguments. If it is a module's, that neither comes nor goes meanwhile.
        #[allow(dead_code)]
        $visibility unsafe fn $name($($argument: $type),*) -> $crate::__symbols_result!($object $result) {
            // The compiler looks less closely at what a pointer points at in a definition than in a
            // declaration, for which structs of the `kernel` crate would not do.
            #[deny(improper_ctypes_definitions)]
            #[allow(clippy::empty_loop, dead_code, unused_variables)]
            extern "C" fn prototype($($argument: $type),*) -> $result {
                loop {}
            }

            // For klpctl, which finds the type in the debug information; it is in no code.
            #[allow(dead_code, improper_ctypes_definitions)]
            static PROTOTYPE: ::core::marker::PhantomData<unsafe extern "C" fn($($type),*) -> $result> =
                ::core::marker::PhantomData;

            #[allow(improper_ctypes)]
            extern "C" {
                #[link_name = $crate::__symbols_label!($name)]
                fn jump($($argument: $type),*) -> $result;
            }
            // SAFETY: It makes another function, and does nothing here.
            unsafe {
                $crate::__symbols_jump_where_used!(
                    $crate::__symbols_label!($name),
                    $crate::__symbols_name!($object $symbol [$($sympos)?])
                );
            }
            $crate::__symbols_call!($object jump($($argument),*))
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_result {
    (vmlinux $result:ty) => {
        $result
    };
    ($module:tt $result:ty) => {
        ::core::option::Option<$result>
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_call {
    (vmlinux $jump:ident($($argument:ident),*)) => {
        // SAFETY: By this function's safety requirements.
        unsafe { $jump($($argument),*) }
    };
    ($module:tt $jump:ident($($argument:ident),*)) => {
        // SAFETY: By this function's safety requirements, if the module is there.
        $crate::__symbols_module!($module).is_there().then(|| unsafe { $jump($($argument),*) })
    };
}

/// The place of a symbol, made by one of the macros that make places.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_place {
    ($place:ident $object:tt $symbol:tt [$($sympos:literal)?] $name:tt) => {
        $crate::__symbol_checked!($symbol [$($sympos)?]);
        $crate::$place!(
            $crate::__symbols_label!($name),
            $crate::__symbols_name!($object $symbol [$($sympos)?])
        );
    };
}

/// Refuses a name that no symbol can have, where it is.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbol_checked {
    ($symbol:tt [$($sympos:literal)?]) => {
        $crate::__refuse_unless! {
            { $crate::check::is_symbol($crate::__livepatch_name!($symbol), 0 $(+ $sympos)?) }
            symbol $symbol $symbol
        }
    };
}

/// What `klpctl link`, and then the kernel, knows a symbol by.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_name {
    ($object:tt $symbol:tt [$($sympos:literal)?]) => {
        concat!(
            ".klp.sym.",
            $crate::__livepatch_name!($object),
            ".",
            $crate::__livepatch_name!($symbol),
            ",",
            $crate::__livepatch_text_or!($($sympos)?; "0")
        )
    };
}

/// What a symbol's place is called: by Rust's path, which is unique.
#[doc(hidden)]
#[macro_export]
macro_rules! __symbols_label {
    ($name:ident) => {
        concat!(module_path!(), "::", stringify!($name))
    };
}
