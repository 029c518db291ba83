// SPDX-License-Identifier: GPL-2.0

//! What an image says of its functions is what the kernel says once it has booted.
//!
//! The files are those that `selftests/host/klpctl.sh` makes: the image in `$KLP_TEST_KERNEL`, and the
//! booted kernel's `available_filter_functions_addrs` and `kallsyms` in `$KLP_TEST_FILES`.

use klpctl::kernel::{Kernel, Kind};
use std::{collections::BTreeSet, fs::read_to_string, path::PathBuf};

fn variable(name: &str) -> PathBuf {
    std::env::var_os(name)
        .unwrap_or_else(|| panic!("{name} is not set; selftests/host/klpctl.sh sets it"))
        .into()
}

#[test]
#[ignore = "needs a kernel, and the files that selftests/host/klpctl.sh makes"]
fn an_image_has_the_symbols_and_ftrace_sites_of_the_kernel_that_boots() {
    let kernel = Kernel::in_dir(&variable("KLP_TEST_KERNEL")).unwrap();
    let sites = read_to_string(variable("KLP_TEST_FILES").join("sites")).unwrap();
    let symbols = read_to_string(variable("KLP_TEST_FILES").join("kallsyms")).unwrap();

    let own = symbols.lines().filter(|line| !line.contains('['));
    let booted: Vec<_> = own
        .map(|line| (address(line), line.split(' ').nth(2).unwrap()))
        .collect();
    let found: Vec<_> = kernel
        .vmlinux()
        .symbols
        .iter()
        .map(|symbol| symbol.name.as_str())
        .collect();
    assert!(booted.len() > 100_000);
    assert_eq!(
        booted.iter().map(|(_, name)| *name).collect::<Vec<_>>(),
        found,
        "the symbols, in their order"
    );

    let sites: BTreeSet<_> = sites.lines().map(address).collect();
    assert!(sites.len() > 10_000);
    let has_site = |start: u64| {
        let after = booted.partition_point(|&(address, _)| address <= start);
        sites.range(start..booted[after].0).next().is_some()
    };
    let functions = kernel
        .vmlinux()
        .symbols
        .iter()
        .zip(&booted)
        .filter(|(symbol, _)| symbol.kind == Kind::Function);
    let wrong: Vec<_> = functions
        .filter(|(symbol, (address, _))| symbol.is_traced != Some(has_site(*address)))
        .collect();
    assert!(wrong.is_empty(), "ftrace disagrees about {wrong:?}");
}

fn address(line: &str) -> u64 {
    u64::from_str_radix(line.split(' ').next().unwrap(), 16).unwrap()
}
