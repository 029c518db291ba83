// SPDX-License-Identifier: GPL-2.0
// error: cannot borrow `*owner` as mutable because it is also borrowed as immutable

pub struct Owner(u32);

// SAFETY: Never compiled.
const VARIABLE: klp::Shadow<Owner, u32> = unsafe { klp::Shadow::new(1) };

pub fn uses(owner: &mut Owner) -> Option<u32> {
    let variable = VARIABLE.get(owner)?;
    VARIABLE.free(owner); // here
    Some(*variable)
}
