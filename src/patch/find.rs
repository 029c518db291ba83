// SPDX-License-Identifier: GPL-2.0

//! Functions in the tables of any patch, in C or in Rust.

use crate::{
    rt::{c_str, c_ulong},
    sys,
};
use core::ffi::CStr;

/// A function that tables are searched for.
pub(crate) struct Wanted<'a> {
    pub(crate) object: Option<&'a CStr>,
    pub(crate) name: &'a CStr,
    pub(crate) sympos: c_ulong,
    /// Where it is, if its object is there: it may have other names.
    pub(crate) start: *const u8,
}

impl Wanted<'_> {
    /// Whether a patch replaces it.
    ///
    /// # Safety
    ///
    /// The kernel has accepted the patch's tables, and nobody writes them meanwhile.
    pub(crate) unsafe fn is_in(&self, patch: &sys::klp_patch) -> bool {
        let mut object = patch.objs;
        // SAFETY: By this function's safety requirements the tables end in an entry of zeroes, and names are strings.
        unsafe {
            while !(*object).name.is_null() || !(*object).funcs.is_null() {
                if self.is_in_object(&*object) {
                    return true;
                }
                object = object.add(1);
            }
        }
        false
    }

    /// # Safety
    ///
    /// As of [`is_in`](Self::is_in).
    unsafe fn is_in_object(&self, object: &sys::klp_object) -> bool {
        // SAFETY: By this function's safety requirements.
        let name = (!object.name.is_null()).then(|| unsafe { c_str(object.name) });
        if name != self.object {
            return false;
        }
        let mut func = object.funcs;
        // SAFETY: As above.
        unsafe {
            while !(*func).old_name.is_null() {
                if self.is(&*func) {
                    return true;
                }
                func = func.add(1);
            }
        }
        false
    }

    /// # Safety
    ///
    /// As of [`is_in`](Self::is_in).
    unsafe fn is(&self, func: &sys::klp_func) -> bool {
        if !self.start.is_null() {
            return func.old_func.cast_const().cast() == self.start;
        }
        // SAFETY: By this function's safety requirements.
        let name = unsafe { c_str(func.old_name) };
        // The only one of a name has the position 0 or 1.
        name == self.name && func.old_sympos.max(1) == self.sympos.max(1)
    }
}
