// SPDX-License-Identifier: GPL-2.0

//! The functions of a state, without its type: as little as can be is compiled for each state.

use crate::{
    data,
    forced::Unpatched,
    rt::{c_void, Result},
    state::{Prev, State},
};
use core::alloc::Layout;

/// The functions of a state.
///
/// The data that they are given are a *value of the state*: [`holds`](Functions::holds) says yes to them, and whoever else
/// may access them, needs `klp_mutex`, which callbacks hold.
pub(super) struct Functions {
    pub(super) id: usize,
    pub(super) layout_since: u32,
    layout: Layout,
    /// Writes a value of the state: what `migrate` makes of the previous one, if that is given, or else what `setup` returns.
    ///
    /// # Safety
    ///
    /// There is room for it, which nobody else has.
    fill: unsafe fn(*mut c_void, Option<&Prev<'_>>) -> Result,
    /// # Safety
    ///
    /// The data are a value of the state.
    pub(super) change: unsafe fn(*mut c_void, Change<'_>),
}

/// What happens to a value of a state.
pub(super) enum Change<'a> {
    Enable,
    Disable,
    Adopt(&'a Prev<'a>),
    Release(&'a Unpatched),
}

impl Functions {
    pub(super) const fn of<S: State>() -> Self {
        Self {
            id: S::ID,
            layout_since: S::LAYOUT_SINCE,
            layout: Layout::new::<S::Data>(),
            fill: fill::<S>,
            change: change::<S>,
        }
    }

    /// Whether there is room for the data of the state.
    pub(super) fn holds(&self, data: *mut c_void) -> bool {
        data::holds(data, self.layout)
    }

    /// A value of the state, which nobody else has: what `migrate` makes of the previous one, if that is given, or else what
    /// `setup` returns. It is allocated before they do what would have to be undone.
    pub(super) fn make(&self, prev: Option<&Prev<'_>>) -> Result<*mut c_void> {
        let data = data::allocate(self.layout)?;
        // SAFETY: There is room, and nobody knows of it.
        unsafe { (self.fill)(data, prev) }
            // SAFETY: They have just been allocated.
            .inspect_err(|_| unsafe { self.free(data) })?;
        Ok(data)
    }

    /// # Safety
    ///
    /// The data are a value of the state, or room for one, and nobody's any more.
    pub(super) unsafe fn free(&self, data: *mut c_void) {
        // SAFETY: By this function's safety requirements.
        unsafe { data::free(data, self.layout) };
    }
}

/// # Safety
///
/// As of [`Functions::fill`].
unsafe fn fill<S: State>(data: *mut c_void, prev: Option<&Prev<'_>>) -> Result {
    let value = match prev {
        None => S::setup(),
        Some(prev) => S::migrate(prev),
    }?;
    // SAFETY: By this function's safety requirements.
    unsafe { data::place::<S::Data>(data).write(value) };
    Ok(())
}

/// # Safety
///
/// As of [`Functions::change`].
unsafe fn change<S: State>(data: *mut c_void, change: Change<'_>) {
    // SAFETY: By this function's safety requirements there is room for the data, whatever they are is valid, and nobody
    // accesses them before the callback that this is called in returns.
    let data = unsafe { data::place::<S::Data>(data).as_mut() };
    match change {
        Change::Enable => S::enable(data),
        Change::Disable => S::disable(data),
        Change::Adopt(prev) => S::adopt(data, prev),
        Change::Release(unpatched) => S::release(*data, unpatched),
    }
}
