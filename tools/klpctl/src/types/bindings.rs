// SPDX-License-Identifier: GPL-2.0

//! What the kernel's bindings call its types and functions.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::Path,
};

/// The names in the bindings. Without a prepared kernel tree there are none.
#[derive(Debug, Default)]
pub struct Bindings {
    /// What a type's name stands for, if it is the alias of another.
    types: HashMap<String, Option<String>>,
    /// Structs and unions whose fields they have, and that can be copied.
    copyable: HashSet<String>,
    functions: HashSet<String>,
    never_return: HashSet<String>,
    no_functions: HashSet<String>,
}

impl Bindings {
    /// Reads those of a prepared kernel tree: what bindgen made of the headers, and what the kernel
    /// adds to it in its source, which is elsewhere or in the tree itself.
    pub fn of(tree: &Path) -> io::Result<Self> {
        let generated = fs::read_to_string(tree.join("rust/bindings/bindings_generated.rs"))?;
        let added = ["source/rust/bindings/lib.rs", "rust/bindings/lib.rs"]
            .iter()
            .find_map(|path| fs::read_to_string(tree.join(path)).ok());
        Ok(Self::parse(&(generated + &added.unwrap_or_default())))
    }

    /// Each item's name is on its first line.
    fn parse(text: &str) -> Self {
        let mut found = Self::default();
        let mut function = None;
        let mut is_extern = false;
        let (mut derives, mut structure) = ("", "");
        for line in text.lines() {
            if line.starts_with("#[derive(") {
                derives = line;
            } else if ["_unused: [u8; 0]", "pub _address: u8"]
                .contains(&line.trim().trim_end_matches(','))
            {
                // What the headers that it has read only name.
                found.copyable.remove(structure);
            }
            if line.ends_with("extern \"C\" {") {
                is_extern = true;
            } else if line == "}" {
                is_extern = false;
            }
            if let Some(rest) = line.trim_start().strip_prefix("pub fn ") {
                function = Some(name(rest));
                if is_extern {
                    found.functions.insert(name(rest).to_owned());
                }
            }
            if line.ends_with("-> !;") {
                found
                    .never_return
                    .extend(function.take().map(str::to_owned));
            }
            if let Some(rest) = line.strip_prefix("pub type ") {
                let of = rest.split_once(" = ");
                let of = of.map(|(_, of)| of.trim_end_matches(';').to_owned());
                found.types.insert(name(rest).to_owned(), of);
            }
            if let Some((name, _)) = line
                .strip_prefix("pub const ")
                .and_then(|rest| rest.split_once(": Option<"))
            {
                found.no_functions.insert(name.to_owned());
            }
            for start in ["pub struct ", "pub union "] {
                let Some(name) = line.strip_prefix(start).map(name) else {
                    continue;
                };
                structure = name;
                found.types.insert(name.to_owned(), None);
                if std::mem::take(&mut derives).contains("Copy") {
                    found.copyable.insert(name.to_owned());
                }
            }
        }
        found
    }

    /// Whether there is such a type.
    pub fn has(&self, of: &str) -> bool {
        self.types.contains_key(of)
    }

    /// Whether there is such a struct or union, with its fields, that can be copied.
    pub fn has_copyable(&self, of: &str) -> bool {
        self.copyable.contains(of)
    }

    /// The type that this one is an alias of.
    pub fn alias(&self, of: &str) -> Option<&str> {
        self.types.get(of)?.as_deref()
    }

    /// Whether there is such a function.
    pub fn has_function(&self, function: &str) -> bool {
        self.functions.contains(function)
    }

    /// Whether the headers say that the function never returns, which BTF does not.
    pub fn never_returns(&self, function: &str) -> bool {
        self.never_return.contains(function)
    }

    /// Whether the name of the function is that of a constant.
    pub fn is_no_function(&self, function: &str) -> bool {
        self.no_functions.contains(function)
    }
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_without_fields_or_copies_are_told() {
        let bindings = Bindings::parse(
            "#[repr(C)]\n#[derive(Copy, Clone)]\npub struct list_head {\n    pub next: *mut list_head,\n}\n\
            #[derive(Copy, Clone)]\npub struct hidden {\n    _unused: [u8; 0],\n}\n#[derive(MaybeZeroable)]\npub struct sk_buff {\n\
            #[derive(Copy, Clone)]\npub struct io_restriction {\n    pub _address: u8,\n}\n",
        );
        assert!(!bindings.has_copyable("io_restriction"));
        assert!(bindings.has_copyable("list_head"));
        assert!(!bindings.has_copyable("hidden") && bindings.has("hidden"));
        assert!(!bindings.has_copyable("sk_buff") && bindings.has("sk_buff"));
    }

    #[test]
    fn types_aliases_and_functions_that_never_return_are_found() {
        let bindings = Bindings::parse(
            "pub type migratetype = i32;\npub struct lru_status(pub ffi::c_uint);\n\
            pub struct file {\nunsafe extern \"C\" {\n    pub fn do_exit(code: ffi::c_long) -> !;\n}\n\
            unsafe extern \"C\" {\n    pub fn usercopy_abort(\n        name: *const ffi::c_char,\n    \
            ) -> !;\n    pub fn schedule();\n}\npub const compat_ptr_ioctl: Option<\n",
        );
        assert_eq!(bindings.alias("migratetype"), Some("i32"));
        assert_eq!(bindings.alias("lru_status"), None);
        assert!(bindings.has("lru_status") && bindings.has("file") && !bindings.has("inode"));
        assert!(bindings.never_returns("do_exit") && bindings.never_returns("usercopy_abort"));
        assert!(!bindings.never_returns("schedule"));
        assert!(bindings.has_function("schedule") && !bindings.has_function("file"));
        assert!(bindings.is_no_function("compat_ptr_ioctl"));
    }
}
