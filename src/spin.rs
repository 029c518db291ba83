// SPDX-License-Identifier: GPL-2.0

//! C's spin locks, held with interrupts off.
//!
//! With interrupts as they are, and for mutexes, `kernel::sync::SpinLock::from_raw` and
//! `kernel::sync::Mutex::from_raw` make a lock of the `kernel` crate of C's.
//!
//! C header: [`include/linux/spinlock.h`](srctree/include/linux/spinlock.h)

use crate::rt::{bindings, NotThreadSafe};
use core::marker::PhantomData;

/// A spin lock of C's that is held, and interrupts that are off on this processor until it is dropped. With `CONFIG_PREEMPT_RT` they stay
/// on, and the lock may sleep, as in C.
///
/// # Invariants
///
/// The lock is valid for `'a`, and is held since interrupts were as `flags` has it.
#[must_use = "the lock is released when the guard is dropped"]
pub struct SpinIrqGuard<'a> {
    lock: *mut bindings::spinlock_t,
    flags: raw::Flags,
    _lock: PhantomData<&'a ()>,
    _not_send: NotThreadSafe,
}

/// Takes a lock as `spin_lock_irqsave()` does, whatever the kernel's preemption makes of that.
///
/// # Safety
///
/// `lock` is initialised and valid for `'a`, and this processor does not hold it. Guards of this kind that overlap are dropped in the
/// reverse order.
///
/// # Examples
///
/// ```ignore
/// // SAFETY: The device has its lock as long as it is there, which the caller sees to; it does not hold it.
/// let _guard = unsafe { klp::spin_lock_irqsave(&raw mut (*device).lock) };
/// ```
pub unsafe fn spin_lock_irqsave<'a>(lock: *mut bindings::spinlock_t) -> SpinIrqGuard<'a> {
    // INVARIANT: The lock is held from here on.
    SpinIrqGuard {
        lock,
        // SAFETY: By the safety requirements.
        flags: unsafe { raw::lock(lock) },
        _lock: PhantomData,
        _not_send: NotThreadSafe,
    }
}

impl Drop for SpinIrqGuard<'_> {
    fn drop(&mut self) {
        // SAFETY: It is held, by the type invariants.
        unsafe { raw::unlock(self.lock, self.flags) }
    }
}

#[cfg(not(CONFIG_PREEMPT_RT))]
mod raw {
    use crate::rt::{bindings, c_ulong};

    pub(super) type Flags = c_ulong;

    /// # Safety
    ///
    /// As for `spin_lock_irqsave()`.
    pub(super) unsafe fn lock(lock: *mut bindings::spinlock_t) -> Flags {
        // SAFETY: A `spinlock_t` begins with its `raw_spinlock_t`; the rest is the caller's promise.
        unsafe { bindings::_raw_spin_lock_irqsave(lock.cast()) }
    }

    /// # Safety
    ///
    /// The lock is held, and was taken when interrupts were as `flags` has it.
    pub(super) unsafe fn unlock(lock: *mut bindings::spinlock_t, flags: Flags) {
        // SAFETY: By the safety requirements; for the type, as above.
        unsafe { bindings::_raw_spin_unlock_irqrestore(lock.cast(), flags) }
    }
}

/// A spin lock sleeps there, and leaves interrupts alone.
#[cfg(CONFIG_PREEMPT_RT)]
mod raw {
    use crate::rt::bindings;

    pub(super) type Flags = ();

    /// # Safety
    ///
    /// As for `spin_lock_irqsave()`.
    pub(super) unsafe fn lock(lock: *mut bindings::spinlock_t) {
        // SAFETY: By the safety requirements.
        unsafe { bindings::spin_lock(lock) }
    }

    /// # Safety
    ///
    /// The lock is held.
    pub(super) unsafe fn unlock(lock: *mut bindings::spinlock_t, (): Flags) {
        // SAFETY: By the safety requirements.
        unsafe { bindings::spin_unlock(lock) }
    }
}
