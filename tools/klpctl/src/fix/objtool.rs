// SPDX-License-Identifier: GPL-2.0

//! How objtool is called, and what it says.

use super::Refusal;
use crate::tree::Tree;

/// The arguments that the kernel's build system gives objtool in this configuration.
pub fn arguments(tree: &Tree) -> String {
    format!(
        "printf '%s\\n' 'include include/config/auto.conf' 'include $(srctree)/scripts/Kbuild.include' \
         'include $(srctree)/scripts/Makefile.lib' 'print: ; @echo $(filter-out --werror,$(objtool-args-y))' |
         make -s -f - srctree='{}' objtree=. obj=. src=. print",
        tree.source.display()
    )
}

/// What objtool refuses, in words for the author.
pub fn refusal(says: &str) -> Option<Refusal> {
    let line = says.lines().find(|line| line.contains("error: "))?;
    let after = |start: &str| Some(line.split_once(start)?.1.trim().to_owned());
    if let Some(data) = after("changed data: ") {
        // The table of ids that a module's file has of it is another name of the same variable.
        let name = match data.strip_prefix("__mod_device_table__") {
            Some(alias) => alias.rsplit("__").next().unwrap_or(alias).to_owned(),
            None => data,
        };
        return Some(Refusal::Data(name));
    }
    if let Some(key) = after("unsupported static branch key ") {
        let key = key.split('.').next().unwrap_or_default().to_owned();
        return Some(Refusal::StaticKey(key));
    }
    if let Some(key) = after("unsupported static call key ") {
        let key = key.split('.').next().unwrap_or_default().to_owned();
        return Some(Refusal::StaticKey(key));
    }
    if let Some((before, _)) = line.split_once(": can't patch or reference init code/data") {
        let name = before.rsplit(": ").next().unwrap_or_default();
        return Some(Refusal::Init(name.to_owned()));
    }
    let words = line.split_once("error: ")?.1;
    Some(Refusal::Objtool(format!(
        "objtool: {}",
        words.trim_start_matches("objtool: ")
    )))
}

/// What goes quiet.
pub fn quiet(says: &str) -> Vec<String> {
    let mut quiet = Vec::new();
    for line in says.lines() {
        if let Some((_, what)) = line.split_once("disabling unsupported ") {
            let function = line
                .split(": ")
                .nth(line.split(": ").count().saturating_sub(2));
            let what = format!("{what} in {}", function.unwrap_or_default());
            if !quiet.contains(&what) {
                quiet.push(what);
            }
        }
    }
    quiet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_objtool_refuses_is_said_in_our_words() {
        let data = "x.fix.o: error: objtool: changed data: ops\n";
        assert_eq!(refusal(data), Some(Refusal::Data("ops".into())));
        let ids = "x.fix.o: error: objtool: changed data: __mod_device_table__kmod_qmi_wwan__usb__products\n";
        assert_eq!(refusal(ids), Some(Refusal::Data("products".into())));
        let key = "x: error: objtool: f+0x1: unsupported static branch key my_key.  Use static_key_enabled() instead\n";
        assert_eq!(refusal(key), Some(Refusal::StaticKey("my_key".into())));
        let init = "x.o: error: objtool: setup: can't patch or reference init code/data\n";
        assert_eq!(refusal(init), Some(Refusal::Init("setup".into())));
        assert_eq!(refusal("changed function: f\n"), None);
    }
}
