// SPDX-License-Identifier: GPL-2.0

//! Shadow variables: fields that a livepatch adds to existing objects.
//!
//! C header: [`include/linux/livepatch.h`](srctree/include/linux/livepatch.h)

use crate::{
    data::Persist,
    forced::Unpatched,
    log::say,
    rt::{c_int, c_ulong, c_void, code, raw_flags, Flags, Result},
    sys,
};
use core::{marker::PhantomData, mem, ptr};

/// A variable of type `T` that is attached to objects of type `Owner`, by their address.
///
/// The variables belong to the kernel and outlive the patch, so that the patch which replaces it
/// goes on with them. They are freed one by one, with their owners, and the rest when the
/// [`State`](crate::State) that they belong to is released.
///
/// The value is what C has at `shadow_data`, without a header.
///
/// # Invariants
///
/// What the kernel has under `id` for the address of an `Owner`, is a `T`.
///
/// # Examples
///
/// ```ignore
/// // SAFETY: All patches that use 1 for a `struct dummy` have the state `Leak` and an `int *` there.
/// const LEAK: klp::Shadow<Dummy, KBox<c_int>> = unsafe { klp::Shadow::new(1) };
///
/// fn fixed_dummy_free(mut dummy: KBox<Dummy>) {
///     drop(LEAK.free(&mut dummy));
/// }
///
/// #[vtable]
/// impl klp::State for Leak {
///     const SHADOWS: &'static [usize] = &[LEAK.id()];
///     // …
///     fn release(_data: (), unpatched: &klp::Unpatched) {
///         LEAK.free_all(unpatched);
///     }
/// }
/// ```
pub struct Shadow<Owner, T> {
    id: usize,
    _types: PhantomData<fn(&Owner) -> T>,
}

impl<Owner, T: Persist + Send + Sync> Shadow<Owner, T> {
    /// The variable `id` of each `Owner`.
    ///
    /// # Safety
    ///
    /// All patches that are ever in force together, or one after the other, agree on the variable:
    ///
    /// - what they have under `id` for the address of an `Owner` is a `T`;
    /// - each has the same [`State`](crate::State), and calls [`free_all`](Shadow::free_all) when
    ///   that is released and at no other time;
    /// - what [`get`](Shadow::get) and [`get_or_init`](Shadow::get_or_init) return is used in
    ///   replacements only, or is out of use when `free_all` is called.
    pub const unsafe fn new(id: usize) -> Self {
        const {
            assert!(
                size_of::<Owner>() > 0,
                "an owner that has no size has no address of its own; declare a field of it"
            );
            assert!(
                align_of::<T>() <= align_of::<usize>(),
                "a shadow variable is aligned as a long is, which is not enough for the type"
            )
        };
        // INVARIANT: By this function's safety requirements.
        Self {
            id,
            _types: PhantomData,
        }
    }

    /// The number that it is known by, also to patches in C.
    pub const fn id(&self) -> usize {
        self.id
    }

    /// The variable of `owner`, if it has one.
    ///
    /// # Context
    ///
    /// Any but NMI. Takes the RCU read lock for the look-up.
    pub fn get<'a>(&self, owner: &'a Owner) -> Option<&'a T> {
        // SAFETY: By the type invariants it is a `T`. Freeing one takes a mutable reference to its
        // owner; freeing all, by the promise at `new()`, that nobody uses one any more.
        unsafe { self.find(owner).as_ref() }
    }

    /// The variable of `owner`; if it has none, it gets one with the value that `init` returns.
    ///
    /// If another task is faster, its value remains and the one of `init` is dropped.
    ///
    /// # Errors
    ///
    /// That of `init`, or `ENOMEM`.
    ///
    /// # Context
    ///
    /// Where sleeping is allowed with `GFP_KERNEL`; with `GFP_NOWAIT` or `GFP_ATOMIC`, where a
    /// `spinlock_t` may be taken: not in NMI, nor in hard interrupts of `PREEMPT_RT`. `init` is
    /// called without that lock, and may sleep if the caller may.
    pub fn get_or_init<'a>(
        &self,
        owner: &'a Owner,
        flags: Flags,
        init: impl FnOnce() -> Result<T>,
    ) -> Result<&'a T> {
        if let Some(variable) = self.get(owner) {
            return Ok(variable);
        }
        self.attach(owner, flags, init()?, sys::klp_shadow_get_or_alloc)
    }

    fn attach<'a>(&self, owner: &'a Owner, flags: Flags, value: T, alloc: Alloc) -> Result<&'a T> {
        let mut value = Some(value);
        // SAFETY: The constructor takes a `T` out of what the last argument points at, and has room
        // for it.
        let variable = unsafe {
            alloc(
                address(owner),
                self.id,
                size_of::<T>(),
                raw_flags(flags),
                Some(construct::<T>),
                (&raw mut value).cast(),
            )
        };
        // SAFETY: As in `get()`.
        unsafe { variable.cast::<T>().as_ref() }.ok_or(code::ENOMEM)
    }

    /// Gives `owner`, which has no variable, one with the value that `init` returns.
    ///
    /// # Errors
    ///
    /// `EEXIST` if it has one, that of `init`, or `ENOMEM`. The kernel WARNs if another task gives it
    /// one at the same time, and the result is `ENOMEM`; where that can be, use
    /// [`get_or_init`](Shadow::get_or_init).
    ///
    /// # Context
    ///
    /// As [`get_or_init`](Shadow::get_or_init).
    pub fn init<'a>(
        &self,
        owner: &'a Owner,
        flags: Flags,
        init: impl FnOnce() -> Result<T>,
    ) -> Result<&'a T> {
        if self.get(owner).is_some() {
            return Err(code::EEXIST);
        }
        self.attach(owner, flags, init()?, sys::klp_shadow_alloc)
    }

    /// Frees the variable of `owner`, if it has one, and returns the value.
    ///
    /// # Context
    ///
    /// Where a `spinlock_t` may be taken. It is released before the value, which the caller drops,
    /// is returned.
    pub fn free(&self, owner: &mut Owner) -> Option<T> {
        let variable = self.find(owner);
        if variable.is_null() {
            return None;
        }
        // SAFETY: By the type invariants it is a `T`; nobody else accesses it, since `owner` is
        // borrowed mutably, nor will, since it is freed.
        let value = unsafe { variable.read() };
        // SAFETY: The memory is freed without looking at the value.
        unsafe { sys::klp_shadow_free(address(owner), self.id, None) };
        Some(value)
    }

    /// Frees the variables of all owners, and drops their values.
    ///
    /// If tasks have ever been forced out of a patch that has the state, they may still use the
    /// variables: then these are kept, as the kernel keeps the module.
    ///
    /// # Context
    ///
    /// In [`State::release`](crate::State::release). The values are dropped with a spinlock held and
    /// interrupts off: that must neither sleep nor use shadow variables.
    pub fn free_all(&self, unpatched: &Unpatched) {
        if unpatched.is_forced() {
            say!(warning: "the shadow variables %lu are kept, since a transition was forced", self.id);
            return;
        }
        // SAFETY: In `release()` no patch is left that uses them, by the promise at `new()`.
        unsafe { self.free_all_unused() };
    }

    /// Frees the variables of all owners, and drops their values.
    ///
    /// For a module that has variables of its own objects and is no livepatch.
    ///
    /// # Safety
    ///
    /// Nobody uses a variable of the id, nor will use what [`get`](Shadow::get) has returned before.
    ///
    /// # Context
    ///
    /// Where a `spinlock_t` may be taken. The values are dropped with a spinlock held and interrupts
    /// off: that must neither sleep nor use shadow variables.
    pub unsafe fn free_all_unused(&self) {
        let destruct: sys::klp_shadow_dtor_t = if mem::needs_drop::<T>() {
            Some(destruct::<T>)
        } else {
            None
        };
        // SAFETY: By the type invariants they are `T`s, and by this function's safety requirements
        // nobody uses them.
        unsafe { sys::klp_shadow_free_all(self.id, destruct) };
    }

    fn find(&self, owner: &Owner) -> *mut T {
        // SAFETY: The kernel only compares the address.
        unsafe { sys::klp_shadow_get(address(owner), self.id) }.cast()
    }
}

/// `klp_shadow_alloc()` or `klp_shadow_get_or_alloc()`.
type Alloc = unsafe extern "C" fn(
    *mut c_void,
    c_ulong,
    usize,
    u32,
    sys::klp_shadow_ctor_t,
    *mut c_void,
) -> *mut c_void;

fn address<Owner>(owner: &Owner) -> *mut c_void {
    ptr::from_ref(owner).cast_mut().cast()
}

/// # Safety
///
/// `variable` has room for a `T`, and `value` points at an `Option<T>`.
unsafe extern "C" fn construct<T>(
    _owner: *mut c_void,
    variable: *mut c_void,
    value: *mut c_void,
) -> c_int {
    // SAFETY: By this function's safety requirements.
    match unsafe { (*value.cast::<Option<T>>()).take() } {
        Some(value) => {
            // SAFETY: As above.
            unsafe { variable.cast::<T>().write(value) };
            0
        }
        None => code::EINVAL.to_errno(),
    }
}

/// # Safety
///
/// `variable` is a `T`, and nobody will access it any more.
unsafe extern "C" fn destruct<T>(_owner: *mut c_void, variable: *mut c_void) {
    // SAFETY: By this function's safety requirements.
    unsafe { variable.cast::<T>().drop_in_place() };
}
