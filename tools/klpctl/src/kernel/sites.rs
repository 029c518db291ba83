// SPDX-License-Identifier: GPL-2.0

//! Which function an ftrace site belongs to.
//!
//! C source: `kernel/trace/ftrace.c` (`ftrace_location()`)

use std::borrow::Cow;

/// Where each symbol ends at the latest: where one at another address begins.
pub fn ends(addresses: &[u64]) -> impl Iterator<Item = Option<u64>> + '_ {
    let mut sorted = Cow::Borrowed(addresses);
    if !addresses.is_sorted() {
        sorted.to_mut().sort_unstable();
    }
    addresses.iter().map(move |address| {
        let next = sorted.partition_point(|other| other <= address);
        sorted.get(next).copied()
    })
}

/// How far a function's site is from its beginning. The kernel takes one anywhere up to the next symbol for the
/// function's own: after an `endbr64` it is 4 bytes on.
pub fn site(sites: &[u64], start: u64, end: Option<u64>) -> Option<u64> {
    let first = sites.partition_point(|&site| site < start);
    let site = *sites.get(first)?;
    (site < end?).then_some(site - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_end_where_the_next_address_begins() {
        let found = |addresses: &[u64]| ends(addresses).collect::<Vec<_>>();
        assert_eq!(found(&[1, 4, 4, 9]), [Some(4), Some(9), Some(9), None]);
        assert_eq!(found(&[9, 4, 1, 4]), [None, Some(9), Some(4), Some(9)]);
    }

    #[test]
    fn a_site_after_endbr64_is_the_functions_and_the_next_functions_is_not() {
        let sites = [0x1004, 0x1020];
        assert_eq!(site(&sites, 0x1000, Some(0x1010)), Some(4));
        assert_eq!(site(&sites, 0x1010, Some(0x1020)), None);
        assert_eq!(site(&sites, 0x1020, Some(0x1030)), Some(0));
        assert_eq!(site(&sites, 0x1020, None), None);
    }
}
