// SPDX-License-Identifier: GPL-2.0

//! Data that outlives the module which made it.

use crate::{
    rt::{
        bindings, c_ulong, c_void, Allocator, Atomic, KBox, Kmalloc, NumaNode, Result, GFP_KERNEL,
        __GFP_ZERO,
    },
    text::{
        Part::{Number, Str},
        Text,
    },
};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

/// Values that another module, in C or in Rust, can go on with when the one that made them is gone.
///
/// # Safety
///
/// The layout is C's. Nothing in the value leads into the module: no reference, no pointer to a
/// function, no vtable. Any task may use and drop it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not outlive the module",
    label = "this may lead into the module, or has a layout that only this compiler knows",
    note = "integers, `bool`, `Atomic`s, raw pointers, arrays and `KBox`es of such, and structs declared with \
            `klp::data!` do outlive it"
)]
pub unsafe trait Persist: 'static {}

/// The data of a [`State`](crate::State): plain values in C's layout.
///
/// Integers, raw pointers and arrays are. Structs are declared with [`data!`](crate::data!).
/// There is no `bool`, since C may have left any byte there; take a `u8`.
///
/// # Safety
///
/// Whatever bytes there are make a valid value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the data of a state",
    label = "the next patch, which may be written in C, would take this over when the module is gone",
    note = "integers, raw pointers and arrays of such can, and structs declared with `klp::data!`; functions, \
            references, `Arc` and `bool` cannot"
)]
pub unsafe trait Data: Persist + Copy {
    /// What the type is called, without the path, which a move in the source changes; nothing if it
    /// has no name.
    #[doc(hidden)]
    const NAME: Name = Name::new();
}

/// The name of a type; what is too long is cut short.
type Name = Text<128>;

macro_rules! impl_data {
    ($($type:ty),*) => {
        $(
            // SAFETY: C has the type, and it leads nowhere.
            unsafe impl Persist for $type {}
            // SAFETY: All values are valid.
            unsafe impl Data for $type {
                const NAME: Name = Name::named(stringify!($type));
            }
        )*
    };
}

impl_data!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

macro_rules! impl_atomic {
    ($($type:ty),*) => {
        // SAFETY: As the integer, which it has the layout of.
        $(unsafe impl Persist for Atomic<$type> {})*
    };
}

impl_atomic!(u32, u64, usize, i32, i64, isize);

// SAFETY: Nothing leads nowhere.
unsafe impl Persist for () {}
// SAFETY: There is only one value.
unsafe impl Data for () {
    const NAME: Name = Name::named("()");
}

// SAFETY: C has `bool`.
unsafe impl Persist for bool {}

// SAFETY: C has pointers. Whoever follows one, needs to say in an `unsafe` block why it still leads
// somewhere.
unsafe impl<T: 'static> Persist for *mut T {}
// SAFETY: All values are valid.
unsafe impl<T: 'static> Data for *mut T {
    const NAME: Name = Name::named("*mut _");
}
// SAFETY: As `*mut T`.
unsafe impl<T: 'static> Persist for *const T {}
// SAFETY: All values are valid.
unsafe impl<T: 'static> Data for *const T {
    const NAME: Name = Name::named("*const _");
}

// SAFETY: C has arrays.
unsafe impl<T: Persist, const N: usize> Persist for [T; N] {}
// SAFETY: As each of its elements.
unsafe impl<T: Data, const N: usize> Data for [T; N] {
    const NAME: Name = Name::new().with(&[
        Str("["),
        Str(T::NAME.as_str()),
        Str("; "),
        Number(N),
        Str("]"),
    ]);
}

// SAFETY: To C, it is a pointer to what `kmalloc()` returned. Dropping it calls `kfree()`, not the
// module.
unsafe impl<T: Persist + Send + Sync> Persist for KBox<T> {}
// SAFETY: As above, or NULL.
unsafe impl<T: Persist + Send + Sync> Persist for Option<KBox<T>> {}

/// Declares structs that are fit to be the [`Data`](trait@crate::Data) of a state.
///
/// They are `repr(C)`, `Clone` and `Copy`; their fields are `Data` themselves, else it does not
/// compile. Other attributes, such as `#[derive(Debug)]`, go above the `struct`.
///
/// # Examples
///
/// ```ignore
/// klp::data! {
///     /// What `console_printk` was.
///     pub struct Saved {
///         console: c_int,
///         default_message: c_int,
///     }
/// }
/// ```
#[macro_export]
macro_rules! data {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident: $type:ty),* $(,)?
        }
    )*) => {
        $(
            $(#[$attribute])*
            #[repr(C)]
            #[derive(Clone, Copy)]
            $visibility struct $name {
                $($(#[$field_attribute])* $field_visibility $field: $type),*
            }

            const _: () = {
                const fn check<T: $crate::Data>() {}
                $(check::<$type>();)*
            };

            // SAFETY: A C struct of fields that outlive the module, as has just been checked.
            unsafe impl $crate::Persist for $name {}
            // SAFETY: As each of its fields.
            unsafe impl $crate::Data for $name {
                const NAME: $crate::text::Text<128> = $crate::text::Text::named(stringify!($name));
            }
        )*
    };
}

/// Whether `data` is aligned as the layout is, and [`allocated`] finds it large enough.
pub(crate) fn holds(data: *mut c_void, layout: Layout) -> bool {
    layout.size() == 0
        || (data.addr() & (layout.align() - 1) == 0 && allocated(data) >= layout.size())
}

/// The size from which on data are too large to be passed around on the kernel's stack.
pub(crate) const MAX_SIZE: usize = 1024;

/// Whether `data` is from `kmalloc()`, as far as [`allocated`] can tell.
pub(crate) fn is_allocated(data: *mut c_void) -> bool {
    allocated(data) != 0
}

/// How many bytes `kmalloc()` has for `data`, which may be more than were asked for; 0 if `data` is
/// NULL or not in the kernel's linear mapping. Of other memory that is there, such as pages, the
/// kernel warns.
fn allocated(data: *mut c_void) -> usize {
    // SAFETY: It takes any address, and says whether it is in the linear mapping.
    if data.is_null() || !unsafe { bindings::__virt_addr_valid(data as c_ulong) } {
        return 0;
    }
    // SAFETY: It takes any address of the linear mapping.
    unsafe { bindings::ksize(data) }
}

/// Where a `T` is that `data` points at. Nothing is NULL in C.
pub(crate) fn place<T: Data>(data: *mut c_void) -> NonNull<T> {
    NonNull::new(data.cast()).unwrap_or(NonNull::dangling())
}

/// Memory for data, of zeroes. Nothing is NULL in C.
pub(crate) fn allocate(layout: Layout) -> Result<*mut c_void> {
    if layout.size() == 0 {
        return Ok(ptr::null_mut());
    }
    let data = Kmalloc::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::NO_NODE)?;
    Ok(data.as_ptr().cast())
}

/// Gives the memory back.
///
/// # Safety
///
/// `data` is an allocation that [`holds`] the layout, and nobody else's.
pub(crate) unsafe fn free(data: *mut c_void, layout: Layout) {
    if layout.size() != 0 {
        // SAFETY: By this function's safety requirements it is from `kmalloc()`.
        unsafe { bindings::kfree(data) };
    }
}
