// SPDX-License-Identifier: GPL-2.0
// error: cannot return value referencing local variable `owner`

struct Owner(u32);

// SAFETY: Never compiled.
const VARIABLE: klp::Shadow<Owner, u32> = unsafe { klp::Shadow::new(1) };

#[allow(dead_code)]
fn uses<'a>() -> Option<&'a u32> {
    let owner = Owner(1);
    VARIABLE.get(&owner) // here
}
