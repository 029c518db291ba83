// SPDX-License-Identifier: GPL-2.0

//! What the bodies of replacements need, of the `kernel` crate and of `klp`.

use kernel::{
    ffi::{c_char, c_int, c_long},
    prelude::*,
    sync::{
        atomic::{atomic_load, atomic_store, Relaxed},
        rcu, Mutex,
    },
    uaccess::{UserPtr, UserSlice},
};

klp::headers!(mod c);

use c::{shelf, shelf_item};

klp::livepatch! {
    name: "klp_test_bodies",
    description: "Lists, locks, errors and user memory",
    license: "GPL",
    objects: [
        "klp_test_shelf" => [
            // SAFETY: The prototype is the original's, and the caller has the shelf; so for all of these.
            unsafe klp_test_sum(shelf: *mut shelf) -> c_int => sum,
            // SAFETY: As above.
            unsafe klp_test_hashed(shelf: *mut shelf) -> c_int => hashed,
            // SAFETY: As above.
            unsafe klp_test_drop_odd(shelf: *mut shelf) -> c_int => drop_odd,
            // SAFETY: As above.
            unsafe klp_test_half(value: c_long) -> c_long => half,
            // SAFETY: As above.
            unsafe klp_test_check(value: c_int) -> c_int => check,
            // SAFETY: As above.
            unsafe klp_test_find(shelf: *mut shelf, value: c_int) -> *mut shelf_item => find,
            // SAFETY: As above.
            unsafe klp_test_set(shelf: *mut shelf, from: *const c_char, size: usize) -> c_long => set,
        ],
    ],
}

fn sum(shelf: *mut shelf) -> c_int {
    // SAFETY: The shelf has its mutex for as long as it is there.
    let _guard = unsafe { Mutex::from_raw(&raw mut (*shelf).mutex) }.lock();
    // SAFETY: The mutex protects the items.
    unsafe {
        klp::list_entries!(&raw mut (*shelf).items, shelf_item, link)
            .map(|item| (*item).value)
            .fold(0, c_int::wrapping_add)
    }
}

fn hashed(shelf: *mut shelf) -> c_int {
    let _guard = rcu::read_lock();
    // SAFETY: The items are freed after a grace period, if ever.
    unsafe {
        klp::hlist_entries!(&raw mut (*shelf).hashed, shelf_item, hash)
            .fold(0, |sum, item| sum * 10 + (*item).value)
    }
}

/// How many; with interrupts off, a hundred more.
fn drop_odd(shelf: *mut shelf) -> c_int {
    // SAFETY: The shelf has its lock for as long as it is there, and the caller does not hold it.
    let _guard = unsafe { klp::spin_lock_irqsave(&raw mut (*shelf).lock) };
    let mut dropped = 0;
    // SAFETY: Nobody else changes the list now.
    unsafe {
        for item in klp::list_entries!(&raw mut (*shelf).items, shelf_item, link).removable() {
            if (*item).value % 2 != 0 {
                c::list_del(&raw mut (*item).link);
                dropped += 1;
            }
        }
        for item in klp::hlist_entries!(&raw mut (*shelf).hashed, shelf_item, hash).removable() {
            if (*item).value % 2 != 0 {
                c::hlist_del(&raw mut (*item).hash);
                dropped += 10;
            }
        }
        dropped
            + 100 * c_int::from(c::spin_is_locked(&raw mut (*shelf).lock) != 0)
            + 1000 * c_int::from(c::shelf_irqs_are_off())
    }
}

fn half(value: c_long) -> Result<c_long> {
    match value % 2 {
        0 => Ok(value / 2),
        _ => Err(EDOM),
    }
}

fn check(value: c_int) -> Result {
    match value {
        0 => Ok(()),
        _ => Err(EINVAL),
    }
}

fn find(shelf: *mut shelf, value: c_int) -> Result<*mut shelf_item> {
    // SAFETY: The caller has the shelf.
    unsafe { klp::list_entries!(&raw mut (*shelf).items, shelf_item, link) }
        // SAFETY: As above.
        .find(|item| unsafe { (**item).value } == value)
        .ok_or(ENOENT)
}

fn set(shelf: *mut shelf, from: *const c_char, size: usize) -> Result<c_long> {
    let mut digit = [0u8; 1];
    UserSlice::new(UserPtr::from_ptr(from.cast_mut().cast()), size)
        .reader()
        .read_slice(&mut digit)?;
    if !digit[0].is_ascii_digit() {
        return Err(EINVAL);
    }
    // SAFETY: The level is only read and written as a whole.
    unsafe {
        let was = atomic_load(&raw mut (*shelf).level, Relaxed);
        atomic_store(&raw mut (*shelf).seen, was, Relaxed);
        atomic_store(
            &raw mut (*shelf).level,
            c_long::from(digit[0] & 15),
            Relaxed,
        );
    }
    Ok(size as c_long)
}
