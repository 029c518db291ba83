// SPDX-License-Identifier: GPL-2.0

//! The text of a copy: items of the file in their order, each below its conditions.

use super::{head, Copy};
use crate::source::{rename, Copied, File, Item, Kind};

/// Writes a copy of items of a file.
pub struct Writer<'a> {
    /// What is copied.
    pub copy: &'a Copy<'a>,
    /// The file.
    pub file: &'a File,
}

impl Writer<'_> {
    /// The text, with declarations of what is `outside` of the file and what is `left` to the author.
    pub fn write(&self, copied: &Copied, outside: &[String], left: &[String]) -> String {
        let file = self.file;
        let is_include = |item: &Item| item.kind == Kind::Include;
        let last = file.items.iter().rposition(is_include).unwrap_or_default();
        let is_start = |index: usize| {
            let item = &file.items[index];
            let is_c = file.text(item).trim_end().ends_with(".c\"");
            let is_traces = item.names.iter().any(|name| name == "CREATE_TRACE_POINTS");
            index <= last && matches!(item.kind, Kind::Include | Kind::Macro) && !is_c && !is_traces
        };
        let start = (0..file.items.len()).filter(|&index| is_start(index));
        let start = start.map(|index| (index, file.text(&file.items[index]).to_owned()));
        let rest = copied.items.iter().filter(|(index, _)| !is_start(**index));
        let rest = rest.map(|(index, text)| {
            (
                *index,
                self.item(&file.items[*index], text.as_deref(), left),
            )
        });
        let mut outside = outside.join("\n");
        if !outside.is_empty() {
            outside = format!("\n\n/* Of other files. */\n{outside}");
        }
        let undefined = match self.copy.object {
            "vmlinux" => "#undef MODULE /* It is the kernel's own code. */\n\n",
            _ => "",
        };
        format!(
            "{}\n{}\n{undefined}{}\n#include <klp.h>{outside}\n\n{}",
            file.licence()
                .unwrap_or("// SPDX-License-Identifier: GPL-2.0"),
            self.about(left),
            self.below_conditions(start, "\n"),
            self.below_conditions(rest, "\n\n")
        )
    }

    fn about(&self, left: &[String]) -> String {
        let mut names: Vec<_> = self.copy.names.keys().cloned().collect();
        names.sort();
        let mut text = format!(
            "/*\n * {} of {}, as {} has it in {}: does what the original does, until you change it.\n",
            names.join(", "),
            self.copy.object,
            self.copy.release,
            self.copy.source
        );
        if !left.is_empty() {
            text += " *\n * Left to you; take KLP_UNFINISHED away when it is done:\n";
        }
        for what in left {
            text += &format!(" *  - {what}\n");
        }
        text + " */\n"
    }

    fn item(&self, item: &Item, declared: Option<&str>, left: &[String]) -> String {
        let text = match declared {
            Some(text) => return rename(text, &self.copy.names),
            None => self.file.text(item),
        };
        let comment = self.file.comment(item);
        let Kind::Function(body) = item.kind else {
            let is_ours = item.kind == Kind::Declaration
                && item
                    .names
                    .iter()
                    .any(|name| self.copy.names.contains_key(name));
            let text = if is_ours { head(text) } else { text.to_owned() };
            return format!("{comment}{}", rename(&text, &self.copy.names));
        };
        if !item
            .names
            .iter()
            .any(|name| self.copy.names.contains_key(name))
        {
            return format!("{comment}{}", rename(text, &self.copy.names));
        }
        let head = head(self.file.head(item).unwrap_or_default());
        let mut body = text[body - item.range.start..].to_owned();
        if !left.is_empty() {
            body = body.replacen('{', "{\n\tKLP_UNFINISHED();", 1);
        }
        let text = format!("{head};\n\n{comment}{head}\n{body}");
        rename(&text, &self.copy.names)
    }

    /// Items, each below the conditions that it is below in the file.
    fn below_conditions(
        &self,
        items: impl Iterator<Item = (usize, String)>,
        between: &str,
    ) -> String {
        let mut text = String::new();
        let mut open: &[String] = &[];
        for (index, item) in items {
            let conditions = &self.file.items[index].conditions;
            if conditions.as_slice() != open {
                text += &closed(open);
                for line in conditions {
                    text += line;
                    text.push('\n');
                }
                open = conditions;
            }
            text += item.trim_end();
            text += between;
        }
        text.truncate(text.trim_end().len());
        text + "\n" + &closed(open)
    }
}

fn closed(open: &[String]) -> String {
    let is_start = |line: &&String| line[1..].trim_start().starts_with("if");
    "#endif\n".repeat(open.iter().filter(is_start).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_conditions_are_closed_as_are_open() {
        let open = [
            "#ifdef A".to_owned(),
            "#else".to_owned(),
            "# if B".to_owned(),
        ];
        assert_eq!(closed(&open), "#endif\n#endif\n");
    }
}
