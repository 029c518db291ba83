// SPDX-License-Identifier: GPL-2.0
// error: an owner that has no size has no address of its own

struct Owner {
    _unused: [u8; 0],
}

// SAFETY: Never compiled.
const VARIABLE: klp::Shadow<Owner, u32> = unsafe { klp::Shadow::new(1) };

pub fn uses() -> bool {
    VARIABLE.get(&Owner { _unused: [] }).is_some()
}
