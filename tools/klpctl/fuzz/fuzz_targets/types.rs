// SPDX-License-Identifier: GPL-2.0

//! BTF, alone and on top of itself.
#![no_main]

use klpctl::types::{Bindings, Btf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(base) = Btf::parse(bytes) {
        let _ = base.function("replacement");
        let _ = base.signature("replacement", &Bindings::default());
        if let Ok(split) = Btf::parse_split(bytes, &base) {
            let _ = split.function("replacement");
        }
    }
});
