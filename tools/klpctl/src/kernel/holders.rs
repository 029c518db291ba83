// SPDX-License-Identifier: GPL-2.0

//! Who has redirected which function of the running kernel: a function has one owner at a time.
//!
//! C source: `kernel/trace/ftrace.c` (`t_show()`, `__ftrace_hash_update_ipmodify()`)

use std::fmt;

/// What kprobes are entered by; those with a post handler may change where a function returns to.
const PROBE: &str = "kprobe_ftrace_handler";
/// What livepatches are entered by.
const LIVEPATCH: &str = "klp_ftrace_handler";
/// What BPF's direct calls lead to. They alone share a function with a livepatch.
const SHARING: &str = "bpf_trampoline_";

/// A function that something is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name.
    pub function: String,
    /// The object that has it.
    pub object: String,
    /// What keeps others from redirecting it.
    pub holder: Option<Holder>,
}

/// What keeps a livepatch from redirecting a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// One that changes where it returns to, by this handler.
    Handler(String),
    /// The same, but the handler does not show beside others. It may be a livepatch's.
    Hidden,
    /// A direct call, to this function.
    Direct(String),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handler(handler) if handler == PROBE => {
                write!(f, "a kprobe with a post handler ({handler})")
            }
            Self::Handler(handler) => write!(f, "'{handler}'"),
            Self::Hidden => f.write_str("another IPMODIFY user"),
            Self::Direct(target) => write!(f, "a direct call to {target}"),
        }
    }
}

/// Reads `enabled_functions`.
pub fn read(text: &str) -> Vec<Attached> {
    let mut found: Vec<Attached> = Vec::new();
    for line in text.lines() {
        match line.trim_start().strip_prefix("direct") {
            Some(direct) => {
                if let (Some(last), Some(target)) = (found.last_mut(), target(direct)) {
                    last.holder = last.holder.take().or(target);
                }
            }
            None => found.extend(attached(line)),
        }
    }
    found
}

/// `FUNCTION [MODULE] (COUNT) FLAGS  tramp: ADDRESS (HANDLER+OFFSET/SIZE) …`
fn attached(line: &str) -> Option<Attached> {
    let (about, rest) = line.split_once(" (")?;
    let (_, rest) = rest.split_once(')')?;
    let (function, module) = match about.split_once(" [") {
        Some((function, module)) => (function, module.trim_end_matches(']')),
        None => (about, "vmlinux"),
    };
    let flags = rest
        .split_whitespace()
        .take_while(|word| matches!(word.as_bytes(), [b'A'..=b'Z']));
    let is_redirected = flags.into_iter().any(|flag| flag == "I");
    let holder = || match handler(rest) {
        Some(handler) if handler.starts_with(LIVEPATCH) => None,
        Some(handler) => Some(Holder::Handler(handler.to_owned())),
        None => Some(Holder::Hidden),
    };
    Some(Attached {
        function: function.to_owned(),
        object: module.to_owned(),
        holder: is_redirected.then(holder).flatten(),
    })
}

/// The function in brackets, and its module, if it has one.
fn handler(text: &str) -> Option<&str> {
    let (_, after) = ["tramp: ", "ops: "]
        .iter()
        .find_map(|mark| text.split_once(mark))?;
    let (_, handler) = after.split_once(" (")?;
    Some(without_offset(handler.split(')').next()?))
}

/// `-->TRAMPOLINE+OFFSET/SIZE [MODULE]`, or `(jmp)-->…`; what shares the function is no holder.
fn target(text: &str) -> Option<Option<Holder>> {
    let (_, target) = text.split_once("-->")?;
    let name = target.split('+').next()?;
    let module = target.split_once(" [").map(|(_, module)| module);
    let named = match module {
        Some(module) => format!("{name} of {}", module.trim_end_matches(']')),
        None => name.to_owned(),
    };
    Some((!name.starts_with(SHARING)).then_some(Holder::Direct(named)))
}

fn without_offset(symbol: &str) -> &str {
    symbol.split('+').next().unwrap_or(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Linux 7.3 wrote them.
    const ENABLED: &str = "\
        probed (1) R I     M \ttramp: 0xffffffffc0802000 (kprobe_ftrace_handler+0x0/0x1d0) ->kprobe_ftrace_handler+0x0/0x1d0\n\
        probed_and_traced (2) R I     M  ->arch_ftrace_ops_list_func+0x0/0x220\n\
        traced (1)         M \ttramp: 0xffffffffc0801000 (function_trace_call+0x0/0x160) ->function_trace_call+0x0/0x160\n\
        patched [m] (1)   I     M \ttramp: 0xffffffffc0804000 (klp_ftrace_handler+0x0/0x120) ->klp_ftrace_handler+0x0/0x120\n\
        called (1) R   D   M \ttramp: ftrace_regs_caller+0x0/0x61 (call_direct_funcs+0x0/0x20)\n\
        \tdirect-->my_tramp+0x0/0x20 [ftrace_direct]\n\
        shared (1) R   D   M \ttramp: ftrace_regs_caller+0x0/0x61 (call_direct_funcs+0x0/0x20)\n\
        \tdirect(jmp)-->bpf_trampoline_6442+0x0/0x80\n";

    #[test]
    fn what_holds_a_function_is_told_from_what_does_not() {
        let found = read(ENABLED);
        let holders: Vec<_> = found
            .iter()
            .map(|attached| {
                let about = format!("{}:{}", attached.object, attached.function);
                (about, attached.holder.clone())
            })
            .collect();
        let handler = |name: &str| Some(Holder::Handler(name.to_owned()));
        let direct = |name: &str| Some(Holder::Direct(name.to_owned()));
        assert_eq!(
            holders,
            [
                ("vmlinux:probed".into(), handler("kprobe_ftrace_handler")),
                ("vmlinux:probed_and_traced".into(), Some(Holder::Hidden)),
                ("vmlinux:traced".into(), None),
                ("m:patched".into(), None),
                ("vmlinux:called".into(), direct("my_tramp of ftrace_direct")),
                ("vmlinux:shared".into(), None),
            ]
        );
    }

    #[test]
    fn what_is_no_line_of_it_is_nothing() {
        assert!(read("#### all functions enabled ####\n\n f (\ndirect-->\n").is_empty());
    }
}
