// SPDX-License-Identifier: GPL-2.0

//! Files that were cut off or damaged are an error or are read, but never a panic, a hang, or a
//! heap of memory. Each byte of small files is flipped, and each is cut off at each byte.
//!
//! The files are those that `selftests/host/klpctl.sh` builds, in `$KLP_TEST_FILES`.

#![allow(unsafe_code)] // an allocator that counts

use klpctl::{
    elf::Elf,
    kernel::{Kernel, Kind, Object, Symbol},
    patch,
    types::{Btf, Wanted},
    verify,
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    panic::{catch_unwind, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// All bits of a byte, and each of them.
const FLIPS: [u8; 9] = [0xff, 1, 2, 4, 8, 16, 32, 64, 128];
const MOST_MEMORY: usize = 256 << 20;
/// Of the processor, which may have other work.
const LONGEST: Duration = Duration::from_secs(2);

struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: All is passed on to the system's allocator; only sizes are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(used, Ordering::Relaxed);
        // SAFETY: The caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: As above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn file(name: &str) -> Vec<u8> {
    let dir = std::env::var_os("KLP_TEST_FILES").map(PathBuf::from);
    let path = dir
        .unwrap_or_else(|| {
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../build/selftests/klpctl/small")
        })
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; selftests/host/klpctl.sh makes it",
            path.display()
        )
    })
}

fn kernel() -> Kernel {
    let symbol = |name: &str| Symbol {
        name: name.into(),
        kind: Kind::Function,
        is_traced: Some(true),
        ..Symbol::default()
    };
    let names = ["cmdline_proc_show", "meminfo_proc_show", "vfs_read"];
    Kernel::of_object(
        "7.3.4",
        Object {
            symbols: names.map(symbol).into(),
            btf: Err(anyhow::anyhow!("none")),
        },
    )
}

fn read_module(bytes: &[u8], kernel: &Kernel) {
    if let Ok(elf) = Elf::parse(bytes) {
        if let Ok(patch) = patch::read(&elf) {
            let findings = verify::check(&elf, &patch, kernel);
            assert!(serde_json::to_string(&(patch, findings)).is_ok());
        }
    }
}

/// How long this thread has a processor meanwhile.
fn on_processor(work: impl FnOnce()) -> Duration {
    let so_far = || {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanoseconds = stat.split(' ').next().and_then(|field| field.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or(0))
    };
    let started = so_far();
    work();
    so_far() - started
}

/// Runs `read` on each damaged form of `bytes`; returns how many of them were tried.
fn damage(name: &str, bytes: &[u8], read: impl Fn(&[u8])) -> usize {
    let try_one = |what: &str, at: usize, bytes: &[u8]| {
        let started = Instant::now();
        PEAK.store(USED.load(Ordering::Relaxed), Ordering::Relaxed);
        let result = catch_unwind(AssertUnwindSafe(|| read(bytes)));
        assert!(result.is_ok(), "{name}: {what} {at:#x} makes it panic");
        if started.elapsed() >= LONGEST {
            let took = on_processor(|| read(bytes));
            assert!(took < LONGEST, "{name}: {what} {at:#x} takes {took:?}");
        }
        let peak = PEAK.load(Ordering::Relaxed);
        assert!(
            peak < MOST_MEMORY,
            "{name}: {what} {at:#x} takes {} MiB",
            peak >> 20
        );
    };
    let mut damaged = bytes.to_vec();
    for at in 0..bytes.len() {
        try_one("cut off at", at, &bytes[..at]);
        for flip in FLIPS {
            damaged[at] ^= flip;
            try_one("a flip at", at, &damaged);
            damaged[at] = bytes[at];
        }
    }
    bytes.len() * (1 + FLIPS.len())
}

fn modules(names: &[&str]) {
    let kernel = kernel();
    for name in names {
        let bytes = file(name);
        let patch =
            Elf::parse(&bytes).map(|elf| patch::read(&elf).map(|patch| patch.functions().count()));
        assert!(matches!(patch, Ok(Ok(1..))), "{name} is read undamaged");
        assert!(damage(name, &bytes, |bytes| read_module(bytes, &kernel)) > 1000);
    }
}

#[test]
#[ignore = "needs the files that selftests/host/klpctl.sh builds"]
fn a_damaged_module_in_rust() {
    modules(&["rust.ko"]);
}

#[test]
#[ignore = "needs the files that selftests/host/klpctl.sh builds"]
fn a_damaged_module_in_c() {
    modules(&["c.ko", "klp-build.ko"]);
}

#[test]
#[ignore = "needs the files that selftests/host/klpctl.sh builds"]
fn damaged_debug_information() {
    let wanted = Wanted {
        functions: ["replacement".to_owned()].into(),
        ..Wanted::default()
    };
    let read = |bytes: &[u8]| match Elf::parse(bytes) {
        Ok(elf) => klpctl::types::read_dwarf(&elf, &wanted)
            .map(|found| found.functions.len())
            .unwrap_or_default(),
        Err(_) => 0,
    };
    let bytes = file("debug.o");
    assert_eq!(read(&bytes), 1, "it is read undamaged");
    damage("debug.o", &bytes, |bytes| {
        read(bytes);
    });
}

#[test]
#[ignore = "needs the files that selftests/host/klpctl.sh builds"]
fn damaged_types() {
    let bytes = file("debug.btf");
    let read = |bytes: &[u8]| Btf::parse(bytes).and_then(|btf| btf.function("replacement"));
    assert!(matches!(read(&bytes), Ok(Some(_))), "it is read undamaged");
    damage("debug.btf", &bytes, |bytes| drop(read(bytes)));
}
