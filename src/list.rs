// SPDX-License-Identifier: GPL-2.0

//! C's lists, walked entry by entry.
//!
//! The entries are pointers, as what they point at is C's. `kernel::interop::list` has lists whose entries are
//! references, for those that nobody changes meanwhile.
//!
//! C headers: [`include/linux/list.h`](srctree/include/linux/list.h),
//! [`include/linux/rculist.h`](srctree/include/linux/rculist.h)

use crate::rt::{
    bindings::{hlist_head, hlist_node, list_head},
    Atomic, Relaxed,
};
use core::marker::PhantomData;

/// The entries of a `struct list_head`, as `list_for_each_entry()` and `list_for_each_entry_rcu()` have them.
///
/// # Invariants
///
/// `at` and all that its `next` lead to are nodes of the list of `head`, valid to be read, and all but `head` are at `offset` in a `T`.
pub struct ListEntries<T> {
    head: *mut list_head,
    at: *mut list_head,
    offset: usize,
    _entries: PhantomData<*mut T>,
}

impl<T> ListEntries<T> {
    /// The entries of a list whose nodes are at `offset` in a `T`, where `_node` has them.
    ///
    /// # Safety
    ///
    /// As [`list_entries!`](crate::list_entries!) has it.
    pub unsafe fn new(
        head: *mut list_head,
        offset: usize,
        _node: fn(*mut T) -> *mut list_head,
    ) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            head,
            at: head,
            offset,
            _entries: PhantomData,
        }
    }

    /// The entries, of which each may be taken off the list, and freed, when it is given: as
    /// `list_for_each_entry_safe()` has them.
    pub fn removable(self) -> Removable<Self> {
        Removable::new(self)
    }
}

impl<T> Iterator for ListEntries<T> {
    type Item = *mut T;

    fn next(&mut self) -> Option<*mut T> {
        // SAFETY: `at` is a valid node by the type invariants, whose `next` is written as a whole.
        let next = unsafe { Atomic::from_ptr(&raw mut (*self.at).next) }.load(Relaxed);
        if next == self.head {
            return None;
        }
        // INVARIANT: What a node's `next` leads to is a node of the list.
        self.at = next;
        Some(next.wrapping_byte_sub(self.offset).cast())
    }
}

/// The entries of a `struct hlist_head`, as `hlist_for_each_entry()` and `hlist_for_each_entry_rcu()` have them.
///
/// # Invariants
///
/// `at` and all that it leads to are pointers of one list, valid to be read, each of which is null or leads to a node at `offset` in
/// a `T`.
pub struct HlistEntries<T> {
    at: *mut *mut hlist_node,
    offset: usize,
    _entries: PhantomData<*mut T>,
}

impl<T> HlistEntries<T> {
    /// The entries of a list whose nodes are at `offset` in a `T`, where `_node` has them.
    ///
    /// # Safety
    ///
    /// As [`list_entries!`](crate::list_entries!) has it.
    pub unsafe fn new(
        head: *mut hlist_head,
        offset: usize,
        _node: fn(*mut T) -> *mut hlist_node,
    ) -> Self {
        // INVARIANT: By the safety requirements.
        Self {
            // SAFETY: The head is valid by the safety requirements.
            at: unsafe { &raw mut (*head).first },
            offset,
            _entries: PhantomData,
        }
    }

    /// As [`ListEntries::removable`].
    pub fn removable(self) -> Removable<Self> {
        Removable::new(self)
    }
}

impl<T> Iterator for HlistEntries<T> {
    type Item = *mut T;

    fn next(&mut self) -> Option<*mut T> {
        // SAFETY: `at` is valid by the type invariants, and is written as a whole.
        let node = unsafe { Atomic::from_ptr(self.at) }.load(Relaxed);
        if node.is_null() {
            return None;
        }
        // INVARIANT: The node is one of the list.
        // SAFETY: It is valid by the type invariants.
        self.at = unsafe { &raw mut (*node).next };
        Some(node.wrapping_byte_sub(self.offset).cast())
    }
}

/// Entries of which each is given when the next one is known.
pub struct Removable<I: Iterator> {
    entries: I,
    next: Option<I::Item>,
}

impl<I: Iterator> Removable<I> {
    fn new(mut entries: I) -> Self {
        let next = entries.next();
        Self { entries, next }
    }
}

impl<I: Iterator> Iterator for Removable<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let entry = self.next.take()?;
        self.next = self.entries.next();
        Some(entry)
    }
}

/// The entries of a list, which is a `struct list_head`, by their type and by the field that links them.
///
/// It is an iterator, over pointers to what C calls a `TYPE`, that goes on as `list_for_each_entry()` and
/// `list_for_each_entry_rcu()` do. With `.removable()` behind it, each may be taken off the list, and freed, when it is given: as
/// with `list_for_each_entry_safe()`.
///
/// # Safety
///
/// The head is initialised, and each of its nodes is the field of a `TYPE`. For as long as the entries are asked for, the head and
/// the entry that was given last are valid, and only what RCU allows or the caller itself does changes the list: by a lock, or in an
/// RCU read-side section.
///
/// # Examples
///
/// ```ignore
/// // SAFETY: Ports are valid in an RCU read-side section, which the caller is in.
/// for port in unsafe { klp::list_entries!(&raw mut (*team).port_list, c::team_port, list) } {
///     …
/// }
/// ```
#[macro_export]
macro_rules! list_entries {
    ($head:expr, $type:ty, $($field:ident).+) => {
        $crate::list::ListEntries::<$type>::new(
            $head,
            ::core::mem::offset_of!($type, $($field).+),
            |entry| &raw mut (*entry).$($field).+,
        )
    };
}

/// The entries of a hash's list, which is a `struct hlist_head`, by their type and by the field that links them.
///
/// All is as for [`list_entries!`](crate::list_entries!).
#[macro_export]
macro_rules! hlist_entries {
    ($head:expr, $type:ty, $($field:ident).+) => {
        $crate::list::HlistEntries::<$type>::new(
            $head,
            ::core::mem::offset_of!($type, $($field).+),
            |entry| &raw mut (*entry).$($field).+,
        )
    };
}
