// SPDX-License-Identifier: GPL-2.0

//! A file with a number, in a directory of its own in `/sys/kernel`: the kernel crate has none.

use core::ptr::{self, NonNull};
use kernel::{
    bindings,
    error::to_result,
    ffi::{c_char, CStr},
    prelude::*,
    str::as_char_ptr_in_const_context,
};

/// What the file shows.
pub(crate) trait Number {
    const NAME: &'static CStr;

    fn number() -> u32;
}

/// # Invariants
///
/// The directory is there, and belongs to this value.
pub(crate) struct Directory(NonNull<bindings::kobject>);

// SAFETY: A kobject may be put on any thread.
unsafe impl Send for Directory {}

// SAFETY: There is nothing to do with a shared reference.
unsafe impl Sync for Directory {}

type Show = unsafe extern "C" fn(*mut bindings::kobject, *mut Attribute, *mut c_char) -> isize;

/// `struct kobj_attribute`, whose fields are in unions from Linux 7.3 on.
#[repr(C)]
struct Attribute {
    attr: bindings::attribute,
    show: Show,
    store: usize,
}

const _: () = assert!(size_of::<Attribute>() == size_of::<bindings::kobj_attribute>());

struct File<N>(N);

impl<N: Number> File<N> {
    const ATTRIBUTE: &'static Attribute = &Attribute {
        attr: Self::attr(),
        show: Self::show,
        store: 0,
    };

    /// With `CONFIG_DEBUG_LOCK_ALLOC`, there are more fields.
    const fn attr() -> bindings::attribute {
        let mut attr: bindings::attribute = pin_init::zeroed();
        attr.name = as_char_ptr_in_const_context(N::NAME);
        attr.mode = 0o444;
        attr
    }

    /// # Safety
    ///
    /// `buffer` is sysfs's.
    unsafe extern "C" fn show(
        _directory: *mut bindings::kobject,
        _file: *mut Attribute,
        buffer: *mut c_char,
    ) -> isize {
        // SAFETY: By this function's safety requirements, and `%u` is for a `u32`.
        unsafe { bindings::sysfs_emit(buffer, c"%u\n".as_char_ptr(), N::number()) as isize }
    }
}

impl Directory {
    pub(crate) fn create<N: Number>(name: &'static CStr) -> Result<Self> {
        // SAFETY: The kernel has the parent from boot on.
        let directory =
            unsafe { bindings::kobject_create_and_add(name.as_char_ptr(), bindings::kernel_kobj) };
        // INVARIANT: It is new.
        let directory = Self(NonNull::new(directory).ok_or(ENOMEM)?);
        // SAFETY: The directory is there, and the file's attribute is static.
        to_result(unsafe {
            bindings::sysfs_create_file_ns(
                directory.0.as_ptr(),
                &raw const File::<N>::ATTRIBUTE.attr,
                ptr::null(),
            )
        })?;
        Ok(directory)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // SAFETY: By the type invariants. The file goes with it, once nobody reads it.
        unsafe { bindings::kobject_put(self.0.as_ptr()) };
    }
}
