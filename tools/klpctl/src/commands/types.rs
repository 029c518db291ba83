// SPDX-License-Identifier: GPL-2.0

//! `klpctl types`: structs of the kernel's, in Rust.

use super::verify;
use crate::{
    cli::KernelChoice,
    exit::Exit,
    near, progress, show,
    types::{declare, Bindings},
};
use anyhow::{bail, Context, Result};

/// Prints them.
pub fn run(
    object: &str,
    structs: &[String],
    release: Option<&str>,
    choice: &KernelChoice,
) -> Result<Exit> {
    let (kernel, tree) = match verify::chosen_or_stock(choice, release)? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    let module;
    let found = match object {
        "vmlinux" => kernel.vmlinux(),
        name => {
            module = kernel
                .module(name)?
                .with_context(|| format!("the kernel has no module '{name}'"))?;
            &module
        }
    };
    let btf = match &found.btf {
        Ok(btf) => btf,
        Err(why) => bail!("{object}: {why:#}"),
    };
    // Without a prepared tree there are none: all that is held is declared then.
    let bindings = tree.and_then(|tree| Bindings::of(&tree).ok());
    let names: Vec<_> = structs
        .iter()
        .map(|name| name.strip_prefix("struct ").unwrap_or(name).to_owned())
        .collect();
    let made = declare(btf, &bindings.unwrap_or_default(), &names)?;
    if let [first, ..] = made.missing.as_slice() {
        let all = btf.struct_names();
        let near = near::in_parentheses(near::did_you_mean(first, all.iter().map(String::as_str)));
        bail!(
            "{object} has no struct '{first}'{near} in its type information (BTF), or not its fields"
        );
    }
    for warning in &made.warnings {
        progress::say(&format!("warning: {warning}"));
    }
    show::print(&made.text)?;
    Ok(Exit::Ok)
}
