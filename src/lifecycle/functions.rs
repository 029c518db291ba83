// SPDX-License-Identifier: GPL-2.0

//! The functions of a state, without its type.

use crate::{
    data::{self, Data},
    forced::Unpatched,
    rt::{c_void, KBox, Result, GFP_KERNEL, __GFP_ZERO},
    state::{Prev, State},
};

/// The functions of a state.
///
/// The data that they are given are a *value of the state*: [`holds`](Functions::holds) says yes to them, and whoever else
/// may access them, needs `klp_mutex`, which callbacks hold.
pub(super) struct Functions {
    pub(super) id: usize,
    pub(super) layout_since: u32,
    /// Whether there is room for the data of the state.
    pub(super) holds: fn(*mut c_void) -> bool,
    /// Returns a value of the state, which nobody else has.
    pub(super) setup: fn() -> Result<*mut c_void>,
    /// As `setup`, if the state can.
    pub(super) migrate: Option<fn(&Prev<'_>) -> Result<*mut c_void>>,
    /// # Safety
    ///
    /// The data are a value of the state.
    pub(super) change: unsafe fn(*mut c_void, Change<'_>),
    /// # Safety
    ///
    /// The data are a value of the state, and nobody's any more.
    pub(super) end: unsafe fn(*mut c_void, End<'_>),
}

/// What happens to a value of a state.
pub(super) enum Change<'a> {
    Enable,
    Disable,
    Adopt(&'a Prev<'a>),
}

/// How a value of a state ends.
pub(super) enum End<'a> {
    Release(&'a Unpatched),
    /// It has never been in force.
    Discard,
}

impl Functions {
    pub(super) const fn of<S: State>() -> Self {
        Self {
            id: S::ID,
            layout_since: S::LAYOUT_SINCE,
            holds: data::holds::<S::Data>,
            setup: setup::<S>,
            migrate: if S::HAS_MIGRATE {
                Some(migrate::<S>)
            } else {
                None
            },
            change: change::<S>,
            end: end::<S>,
        }
    }
}

fn setup<S: State>() -> Result<*mut c_void> {
    filled(S::setup)
}

fn migrate<S: State>(prev: &Prev<'_>) -> Result<*mut c_void> {
    filled(|| S::migrate(prev))
}

/// Allocates before it calls `fill`, which may do what would have to be undone.
fn filled<T: Data>(fill: impl FnOnce() -> Result<T>) -> Result<*mut c_void> {
    let place = KBox::new_uninit(GFP_KERNEL | __GFP_ZERO)?;
    Ok(data::into_raw(place.write(fill()?)))
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
    }
}

/// # Safety
///
/// As of [`Functions::end`].
unsafe fn end<S: State>(data: *mut c_void, end: End<'_>) {
    // SAFETY: By this function's safety requirements.
    let data = unsafe { data::from_raw::<S::Data>(data) };
    match end {
        End::Release(unpatched) => S::release(*data, unpatched),
        End::Discard => drop(data),
    }
}
