// SPDX-License-Identifier: GPL-2.0

//! The directory of a livepatch that is made of a fix: what is generated, and what is the author's.

use super::{object::Replaced, prototype::Described};
use crate::patch::{of_source_line, relying_line, About, Function};
use std::{collections::BTreeSet, fmt::Write};

/// An object that the fix changes.
pub struct Part {
    /// Its name, as the kernel has it.
    pub object: String,
    /// The linked object's name, without its ending.
    pub file: String,
    /// What is replaced, each with its prototype as text.
    pub replaced: Vec<(Replaced, Described)>,
}

/// What the directory is made of.
pub struct Contents {
    /// Its name, and the module's file's.
    pub name: String,
    /// What the fix is called.
    pub title: String,
    /// The kernel's release.
    pub release: String,
    /// What it says of itself.
    pub about: About,
    /// The objects.
    pub parts: Vec<Part>,
    /// The namespaces of what they use.
    pub namespaces: BTreeSet<String>,
    /// Whether the module stays unless the author says otherwise.
    pub is_kept: bool,
}

impl Contents {
    /// The module's name.
    pub fn module(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Files that each run writes.
    pub fn generated(&self) -> Vec<(&'static str, String)> {
        vec![("Kbuild", self.kbuild()), ("fix.rs", self.functions())]
    }

    /// Files that are written once, and are the author's from then on.
    pub fn authored(&self) -> Vec<(&'static str, String)> {
        vec![("tables.rs", self.tables()), ("README.md", self.readme())]
    }

    fn kbuild(&self) -> String {
        let objects: Vec<_> = self
            .parts
            .iter()
            .map(|part| format!("{}.o", part.file))
            .collect();
        let objects = objects.join(" ");
        format!(
            "# SPDX-License-Identifier: GPL-2.0\n# Made by 'klpctl patch', as fix.rs and the objects are.\n\n\
             obj-m := {name}.o\n{name}-y := tables.o {objects}\n\n\
             targets += {objects}\n\
             quiet_cmd_extracted = COPY    $@\n      \
             cmd_extracted = cat $< > $@\n\
             $(addprefix $(obj)/,{objects}): $(obj)/%: $(src)/%_shipped FORCE\n\
             \t$(call if_changed,extracted)\n\n\
             include $(KLP)/scripts/Makefile.klp\n",
            name = self.name
        )
    }

    fn tables(&self) -> String {
        format!(
            "// SPDX-License-Identifier: GPL-2.0\n\n//! {title}\n\ninclude!(\"fix.rs\");\n\nfix! {{\n    \
             name: \"{module}\",\n    description: \"{title}\",\n    license: \"GPL\",\n{about}}}\n",
            about = self.about.fields(),
            title = self.title,
            module = self.module()
        )
    }

    /// The macro `fix!`, which is `livepatch!` with the functions of the fix.
    fn functions(&self) -> String {
        let mut text = format!(
            "// SPDX-License-Identifier: GPL-2.0\n//\n// Made by 'klpctl patch' for {}, which makes it anew each time; tables.rs is yours.\n//\n\
             // fix! takes what livepatch! takes, and adds the functions of the fix. Without `objects`, these are all; with it,\n\
             // the fix's objects come first, in this order, each with what is to be replaced beside:\n//\n//     objects: [",
            self.release
        );
        let names: Vec<_> = self
            .parts
            .iter()
            .map(|part| format!("{} => []", object(&part.object)))
            .collect();
        let _ = writeln!(text, "{}],\n", names.join(", "));
        text += &self.imports();
        text += &self.callers();
        text += "#[allow(unused_macros)]\nmacro_rules! fix {\n";
        text += &self.arm(true);
        text += &self.arm(false);
        for next in ["states", "replace", "keep"] {
            let _ = write!(
                text,
                "    (@scan [$($head:tt)*] {next}: $($tail:tt)*) => {{\n        fix! {{ @all [$($head)*] [{next}: $($tail)*] }}\n    }};\n"
            );
        }
        text += "    \
                 (@scan [$($head:tt)*] $next:tt $($tail:tt)*) => {\n        fix! { @scan [$($head)* $next] $($tail)* }\n    };\n    \
                 (@scan [$($head:tt)*]) => {\n        fix! { @all [$($head)*] [] }\n    };\n    \
                 ($($all:tt)*) => {\n        fix! { @scan [] $($all)* }\n    };\n}\n";
        text
    }

    /// Beside those of `imports_ns`.
    fn imports(&self) -> String {
        let mut strings = String::new();
        for namespace in &self.namespaces {
            let _ = write!(strings, "import_ns={namespace}\\0");
        }
        match strings.is_empty() {
            true => strings,
            false => format!("klp::__modinfo!(IMPORTS_OF_THE_FIX, &[klp::describe::Piece::Plain({strings:?})]);\n\n")
                .replace("\\\\0", "\\0"),
        }
    }

    /// All that a unit's functions know of each other is in the extracted code, that of callers too.
    fn callers(&self) -> String {
        let mut pieces = String::new();
        for part in &self.parts {
            for (replaced, prototype) in &part.replaced {
                let function = Function {
                    name: replaced.function.clone(),
                    sympos: replaced.position,
                    ..Default::default()
                };
                let relying = relying_line(&part.object, &function, &[]);
                let of_source = prototype
                    .is_of_source
                    .then(|| of_source_line(&part.object, &function));
                for line in [Some(relying), of_source].iter().flatten() {
                    let _ = writeln!(
                        pieces,
                        "        klp::describe::Piece::Plain(\"{line}\\0\"),"
                    );
                }
            }
        }
        format!(
            "// No caller has a copy of what is replaced, or relies on it: those whose code differs are replaced too. The kernel's type\n\
             // information lacks what is said to be of the source: it is in both sources the same.\n\
             const _: () = {{\n    const CALLERS: &[klp::describe::Piece] = &[\n{pieces}    ];\n\n    \
             klp::__description!(CALLERS);\n}};\n\n"
        )
    }

    /// With the author's own objects, or with those of the fix alone.
    fn arm(&self, has_own: bool) -> String {
        let mut pattern = String::new();
        let mut objects = String::new();
        for (i, part) in self.parts.iter().enumerate() {
            let name = object(&part.object);
            let separator = if i == 0 { "" } else { ", " };
            let (with, own) = match has_own {
                true => (format!("$(with $with{i}:ty)? "), format!("$($own{i}:tt)*")),
                false => (String::new(), String::new()),
            };
            let _ = write!(pattern, "{separator}{name} {with}=> [{own}]");
            let with = with.replace(":ty", "");
            let _ = writeln!(objects, "                {name} {with}=> [");
            for (replaced, prototype) in &part.replaced {
                objects += &entry(replaced, &prototype.text);
            }
            let _ = writeln!(
                objects,
                "                    {}\n                ],",
                own.replace(":tt", "")
            );
        }
        // What it does with the fields tells whether the author has said it.
        let (start, end) = match self.is_kept {
            true => ("klp::__livepatch_kept! {\n            [", "]"),
            false => ("klp::livepatch! {\n            ", ""),
        };
        let (head, tail) = match has_own {
            true => (
                format!("    (@scan [$($head:tt)*] objects: [{pattern} $(, $($more:tt)*)?] $($tail:tt)*) => {{\n"),
                format!("                $($($more)*)?\n            ]{end} $($tail)*\n"),
            ),
            false => (
                "    (@all [$($head:tt)*] [$($tail:tt)*]) => {\n".to_owned(),
                format!("            ]{end}, $($tail)*\n"),
            ),
        };
        format!("{head}        {start}$($head)*\n            objects: [\n{objects}{tail}        }}\n    }};\n")
    }

    fn readme(&self) -> String {
        let mut list = String::new();
        for part in &self.parts {
            for (replaced, _) in &part.replaced {
                let _ = writeln!(list, "- `{}:{}`", part.object, replaced.function);
            }
        }
        format!(
            "# {name}\n\n{title}, for {release}. It replaces\n\n{list}\n`tables.rs` is the livepatch's: states, callbacks, shadow variables and \
             replacements in Rust are\nwritten there. `fix.rs`, `Kbuild` and the objects come from the fix; `klpctl patch` with a changed fix\nmakes them again, \
             and `klpctl build` builds all.\n",
            name = self.name,
            title = self.title,
            release = self.release
        )
    }
}

fn entry(replaced: &Replaced, prototype: &str) -> String {
    let position = match replaced.position {
        0 => String::new(),
        position => format!("                    #[sympos({position})]\n"),
    };
    format!(
        "{position}                    // SAFETY: The C compiler has made it of the fixed source, with the original's prototype.\n                    \
         unsafe {:?}{prototype} => extern \"C\" {},\n",
        replaced.function, replaced.symbol
    )
}

fn object(name: &str) -> String {
    match name {
        "vmlinux" => name.to_owned(),
        module => format!("{module:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents() -> Contents {
        let replaced = |function: &str, position| {
            let symbol = format!("fix_{function}");
            (
                Replaced {
                    function: function.to_owned(),
                    position,
                    symbol,
                },
                Described {
                    text: "(_0: i32)".to_owned(),
                    is_of_source: position == 2,
                },
            )
        };
        let part = |object: &str, replaced| Part {
            object: object.to_owned(),
            file: format!("fix-{object}"),
            replaced,
        };
        Contents {
            name: "my-fix".to_owned(),
            title: "A fix".to_owned(),
            release: "7.3.4".to_owned(),
            about: About::default(),
            parts: vec![
                part("vmlinux", vec![replaced("f", 0), replaced("g", 2)]),
                part("e1000", vec![replaced("h", 0)]),
            ],
            namespaces: ["DMA_BUF".to_owned()].into(),
            is_kept: false,
        }
    }

    #[test]
    fn every_function_is_in_the_tables_with_and_without_those_of_the_author() {
        let text = contents().functions();
        for part in [
            "unsafe \"f\"(_0: i32) => extern \"C\" fix_f,",
            "#[sympos(2)]\n",
            "objects: [vmlinux $(with $with0:ty)? => [$($own0:tt)*], \"e1000\" $(with $with1:ty)? => [$($own1:tt)*] $(, $($more:tt)*)?]",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(text.matches("fix_h,").count(), 2, "{text}");
        assert!(text.contains(r#"Plain("import_ns=DMA_BUF\0")"#), "{text}");
        assert!(
            text.contains(r#"Plain("klp_relies=vmlinux:g,2=none\0")"#),
            "{text}"
        );
    }

    #[test]
    fn what_only_the_source_tells_is_said() {
        let text = contents().functions();
        assert_eq!(text.matches("klp_of_source=").count(), 1, "{text}");
        assert!(
            text.contains(r#"Plain("klp_of_source=vmlinux:g,2\0")"#),
            "{text}"
        );
    }

    #[test]
    fn all_objects_are_linked() {
        assert!(contents()
            .kbuild()
            .contains("my-fix-y := tables.o fix-vmlinux.o fix-e1000.o\n"));
    }
}
