// SPDX-License-Identifier: GPL-2.0

//! A module's file: its tables, its description, its code.
#![no_main]

use klpctl::{
    elf::Elf,
    kernel::{Kernel, Object},
    patch, verify,
};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KERNEL: LazyLock<Kernel> = LazyLock::new(|| {
    let vmlinux = Object {
        symbols: Vec::new(),
        btf: Err(anyhow::anyhow!("none")),
    };
    Kernel::of_object("7.3.4", vmlinux)
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(elf) = Elf::parse(bytes) {
        if let Ok(patch) = patch::read(&elf) {
            verify::check(&elf, &patch, &KERNEL);
        }
    }
});
