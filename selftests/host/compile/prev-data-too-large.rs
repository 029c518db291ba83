// SPDX-License-Identifier: GPL-2.0
// error: data are at most 1024 bytes, which the kernel's stack is not too small for

pub fn uses(prev: &klp::Prev<'_>) -> bool {
    matches!(prev.data::<[u64; 1024]>(), Some([1, ..]))
}
