// SPDX-License-Identifier: GPL-2.0

//! A kernel's image and the table of symbols in it.
#![no_main]

use klpctl::kernel::{read_kallsyms, KernelImage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(image) = KernelImage::parse(bytes.to_vec()) {
        let _ = image.release();
        if let Ok(table) = read_kallsyms(&image) {
            table.entries().for_each(drop);
        }
    }
});
