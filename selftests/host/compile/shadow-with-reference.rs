// SPDX-License-Identifier: GPL-2.0
// error: `&u32` does not outlive the module

struct Owner(u32);

// SAFETY: Never compiled.
const VARIABLE: klp::Shadow<Owner, &'static u32> = unsafe { klp::Shadow::new(1) }; // here

#[allow(dead_code)]
fn uses() -> bool {
    VARIABLE.get(&Owner(1)).is_some() // here
}
