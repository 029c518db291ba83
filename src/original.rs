// SPDX-License-Identifier: GPL-2.0

//! The original of a replaced function, called by its replacement.
//!
//! The kernel redirects a function at its ftrace site, the first instruction but for an `endbr64`. What comes behind that
//! is the original. Nothing can be jumped to there indirectly, as it has no `endbr64` of its own, and where it is differs
//! from function to function: so there are two direct jumps, and which one is right is seen, before the object is
//! patched, from what stands at the function's start. A function that begins in another way is refused.
//!
//! C source: `arch/x86/net/bpf_jit_comp.c` (`BPF_TRAMP_F_CALL_ORIG`, which does the same)

mod begins;

use self::begins::Start;
use crate::{
    log::say,
    patch::Wanted,
    rt::{bindings, c_ulong, code, Result},
    transition::{ObjectView, Transition},
};
use core::{cell::UnsafeCell, ffi::CStr, marker::PhantomData};

/// The original of a replaced function, as its replacement gets it.
///
/// A function that is listed in [`livepatch!`](crate::livepatch!) with `#[original]` has a replacement that takes this as
/// its first argument, and calls it once or not at all. `F` is the function's type, as it is declared.
///
/// The call goes to the kernel's own function, past where the kernel redirects it: not to another patch's replacement
/// (which is why a patch that is not cumulative is refused over one that has the function too), and unseen by what traces
/// the function, which has seen its call already. A task that sleeps in it is in the replacement as well: a transition
/// waits for it.
///
/// It cannot be kept or handed to another task: it is good for the call that it came with.
///
/// # Errors
///
/// Loading the patch, or later on the patched module, fails with `EINVAL`, and the kernel's log names the function, if
///
/// - the function begins neither with its ftrace site nor with `endbr64` and its ftrace site, or
/// - the patch is not cumulative, and another patch in force replaces the function.
///
/// `klpctl verify` says so before.
///
/// # Context
///
/// That of the function: which locks are held, and whether it may sleep. What a replacement has looked at may have changed
/// when the original looks again, see `Documentation/writing.md`.
///
/// # Examples
///
/// ```ignore
/// klp::livepatch! {
///     name: "fix",
///     license: "GPL",
///     objects: [
///         vmlinux => [
///             #[original]
///             // SAFETY: The prototype is the original's, as are the pointers that it is called with.
///             unsafe cmdline_proc_show(m: &SeqFile, v: *mut c_void) -> c_int => with_greeting,
///         ],
///     ],
/// }
///
/// fn with_greeting(
///     original: klp::Original<fn(&SeqFile, *mut c_void) -> c_int>,
///     m: &SeqFile,
///     v: *mut c_void,
/// ) -> c_int {
///     seq_print!(m, "hello: ");
///     original.call(m, v)
/// }
/// ```
#[must_use = "whoever does not call the original, does in its place what the callers need"]
pub struct Original<F> {
    function: F,
    /// It stays in the task that it is given to.
    _not_send: PhantomData<*mut ()>,
}

impl<F> Original<F> {
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(function: F) -> Self {
        Self {
            function,
            _not_send: PhantomData,
        }
    }
}

macro_rules! impl_call {
    ($($type:ident $argument:ident)*) => {
        impl<R, $($type),*> Original<fn($($type),*) -> R> {
            /// Calls it.
            #[inline(always)]
            pub fn call(self, $($argument: $type),*) -> R {
                (self.function)($($argument),*)
            }
        }
    };
}

impl_call!();
impl_call!(A a);
impl_call!(A a B b);
impl_call!(A a B b C c);
impl_call!(A a B b C c D d);
impl_call!(A a B b C c D d E e);
impl_call!(A a B b C c D d E e F f);

/// Where an original is, and how it begins.
///
/// # Invariants
///
/// `start_is_marked` is written before the object is patched, when no replacement reads it.
#[doc(hidden)]
pub struct Site {
    object: Option<&'static CStr>,
    name: &'static CStr,
    sympos: c_ulong,
    /// The address of the function, which the kernel writes there before the object is patched.
    start: *const *const u8,
    start_is_marked: UnsafeCell<bool>,
}

// SAFETY: Nobody but the kernel writes where `start` points at, and it does so while nobody reads it. The same holds for
// `start_is_marked` by the type invariants.
unsafe impl Sync for Site {}

impl Site {
    /// The function's.
    ///
    /// # Safety
    ///
    /// `start` is what the kernel writes the function's address to, before the object is patched.
    pub const unsafe fn new(
        object: Option<&'static CStr>,
        name: &'static CStr,
        sympos: c_ulong,
        start: *const usize,
    ) -> Self {
        Self {
            object,
            name,
            sympos,
            start: start.cast(),
            start_is_marked: UnsafeCell::new(false),
        }
    }

    /// Whether the function begins with an `endbr64`, which is known once its object is about to be patched.
    ///
    /// Each call of the original asks this. An `Atomic` would be read by a function of the kernel's.
    #[inline(always)]
    pub fn is_marked(&self) -> bool {
        // SAFETY: By the type invariants nobody writes it at the same time.
        unsafe { self.start_is_marked.get().read_volatile() }
    }

    fn start(&self) -> *const u8 {
        // SAFETY: It is a word of this module. The compiler knows of no one who writes there.
        unsafe { self.start.read_volatile() }
    }

    /// The first bytes of the function, or zeroes where there is nothing.
    fn bytes(&self) -> u64 {
        let mut bytes = 0_u64;
        let place = (&raw mut bytes).cast();
        // SAFETY: There is room for 8 bytes. Whether there are as many where they come from, the function sees itself. It
        // takes them at once, whatever the kernel changes there at the same time.
        unsafe { bindings::copy_from_kernel_nofault(place, self.start().cast(), 8) };
        bytes
    }

    /// The same, once the kernel is done with changing the ftrace site, which it soon is.
    fn settled_bytes(&self) -> u64 {
        const MOST_MILLISECONDS: usize = 1000;
        for _ in 0..MOST_MILLISECONDS {
            let bytes = self.bytes();
            if Start::of(bytes) != Start::Changing {
                return bytes;
            }
            // SAFETY: This is process context, without a spinlock.
            unsafe { bindings::msleep(1) };
        }
        self.bytes()
    }

    fn look(&self, view: &ObjectView<'_>) -> Result {
        let bytes = self.settled_bytes();
        let is_marked = match Start::of(bytes) {
            Start::Site => false,
            Start::Marked => true,
            Start::Changing | Start::Other => {
                say!(
                    "%s: the original of %s cannot be called: it begins with %016llx, neither with its ftrace site nor \
                     with endbr64 and that",
                    view.patch().name(),
                    self.name,
                    bytes.swap_bytes()
                );
                return Err(code::EINVAL);
            }
        };
        // SAFETY: The object is about to be patched: no replacement of its functions runs.
        unsafe { self.start_is_marked.get().write_volatile(is_marked) };
        Ok(())
    }

    fn look_below(&self, transition: &Transition<'_>) -> Result {
        let function = Wanted {
            object: self.object,
            name: self.name,
            sympos: self.sympos,
            start: self.start(),
        };
        let Some(other) = transition.earlier_that_replaces(&function) else {
            return Ok(());
        };
        say!(
            "%s: the original of %s cannot be called: %s replaces it too, which the call would pass over; a \
             cumulative patch (replace) can take its place",
            transition.patch().name(),
            self.name,
            other
        );
        Err(code::EINVAL)
    }
}

/// Before an object is patched: sees how the originals in it begin.
pub(crate) fn look(sites: &[&Site], view: &ObjectView<'_>) -> Result {
    sites
        .iter()
        .filter(|site| site.object == view.name())
        .try_for_each(|site| site.look(view))
}

/// Before a patch is enabled: refuses originals that it shares with a patch that stays in force.
pub(crate) fn look_below(sites: &[&Site], transition: &Transition<'_>) -> Result {
    if transition.patch().is_cumulative() {
        return Ok(());
    }
    sites
        .iter()
        .try_for_each(|site| site.look_below(transition))
}

/// What belongs to an entry that asks for its original, outside of the replacement: where it is, and the jumps.
#[doc(hidden)]
#[macro_export]
macro_rules! __original_site {
    ([] $($entry:tt)*) => {};
    // Refused where the replacement is.
    ([original $($more:tt)+] $($entry:tt)*) => {
        $crate::__original_site!([original] $($entry)*);
    };
    ([original] $object:tt $function:tt [$($sympos:literal)?] extern $($replacement:tt)*) => {};
    ([original] $object:tt $function:tt [$($sympos:literal)?] $replacement:tt) => {
        $crate::__symbols_word!(
            $crate::__original_label!($replacement "start"),
            $crate::__symbols_name!($object $function [$($sympos)?])
        );
        $crate::__symbols_jump!(
            $crate::__original_label!($replacement "plain"),
            $crate::__symbols_name!($object $function [$($sympos)?]),
            " + 5 - 4"
        );
        $crate::__symbols_jump!(
            $crate::__original_label!($replacement "marked"),
            $crate::__symbols_name!($object $function [$($sympos)?]),
            " + 9 - 4"
        );

        #[allow(non_upper_case_globals)]
        pub(super) static $replacement: $crate::original::Site = {
            extern "C" {
                #[link_name = $crate::__original_label!($replacement "start")]
                static START: usize;
            }
            // SAFETY: `klpctl link` makes it a relocation that the kernel applies before it patches the object.
            unsafe {
                $crate::original::Site::new(
                    $crate::__livepatch_object_name!($object),
                    $crate::__livepatch_cstr!($function),
                    0 $(+ $sympos)?,
                    &raw const START,
                )
            }
        };
    };
}

/// It, by the replacement's name.
#[doc(hidden)]
#[macro_export]
macro_rules! __original_listed {
    // In C, which is refused where the replacement is.
    (extern) => {{
        #[allow(improper_ctypes)]
        extern "C" {
            static REFUSED: $crate::original::Site;
        }
        // SAFETY: Never compiled.
        unsafe { &REFUSED }
    }};
    ($replacement:tt) => {
        &__livepatch_originals::$replacement
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __original_label {
    ($replacement:tt $part:literal) => {
        concat!(stringify!($replacement), ".original.", $part)
    };
}

/// Calls a replacement, with the original if it asks for that.
#[doc(hidden)]
#[macro_export]
macro_rules! __original_passed {
    ([] $replacement:tt ($($argument:ident: $type:ty),*) $result:ty) => {
        $crate::prototype::call($replacement, ($($argument,)*))
    };
    ([original] $replacement:tt ($($argument:ident: $type:ty),*) $result:ty) => {{
        fn __original($($argument: $type),*) -> $result {
            #[allow(improper_ctypes)]
            extern "C" {
                #[link_name = $crate::__original_label!($replacement "plain")]
                fn plain($($argument: $type),*) -> $result;
                #[link_name = $crate::__original_label!($replacement "marked")]
                fn marked($($argument: $type),*) -> $result;
            }
            // SAFETY: The author of the patch promises, by the `unsafe` in front of the function, that it may be called with
            // what the replacement gives it. Where it goes on has been seen before it was patched.
            unsafe {
                if __livepatch_originals::$replacement.is_marked() {
                    marked($($argument),*)
                } else {
                    plain($($argument),*)
                }
            }
        }
        $crate::prototype::call(
            $replacement,
            ($crate::Original::new(__original as fn($($type),*) -> $result), $($argument,)*),
        )
    }};
    // Refused where the replacement is.
    ([original $($more:tt)+] $($call:tt)*) => {
        loop {}
    };
}

/// A text of an entry that asks for its original.
#[doc(hidden)]
#[macro_export]
macro_rules! __original_text {
    ([] $text:expr) => {
        ""
    };
    ([original $($more:tt)*] $text:expr) => {
        $text
    };
}
