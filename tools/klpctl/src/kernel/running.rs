// SPDX-License-Identifier: GPL-2.0

//! The running kernel, from its files: `/proc/kallsyms`, tracefs, `/sys/kernel/btf`.

use super::{
    holders::{self, Attached},
    listed::Listed,
    regions::Regions,
    sites::{ends, site},
    Kind, Object, Size, Start, Symbol,
};
use crate::{elf, types::Btf};
use anyhow::{Context, Result};
use std::{fs, io::ErrorKind, path::Path};

const TRACING: &str = "sys/kernel/tracing";

/// Its release.
pub fn release(root: &Path) -> Result<String> {
    Ok(text(root, "proc/sys/kernel/osrelease")?.trim().to_owned())
}

/// The kernel itself, or a module, which has no symbols if it is not loaded.
pub fn object(root: &Path, module: Option<&str>) -> Result<Object> {
    let symbols = text(root, "proc/kallsyms")?;
    let entries: Vec<_> = of(&symbols, module).filter_map(entry).collect();
    let addresses: Vec<_> = entries.iter().map(|entry| entry.address).collect();
    let regions = match module {
        None => Regions::new(|name| {
            let entry = entries.iter().find(|entry| entry.name == name)?;
            (entry.address != 0).then_some(entry.address)
        }),
        Some(_) => Regions::new(|_| None),
    };
    let sites = Sites::read(root, module, &entries)?;
    let symbol = |(index, (entry, end)): (u64, (&Entry<'_>, Option<u64>))| {
        let kind = regions.kind(entry.letter, entry.address);
        let is_shown = entry.address != 0;
        Symbol {
            name: entry.name.to_owned(),
            kind,
            is_traced: match kind {
                Kind::Function => sites.of(index, entry, end),
                _ => Some(false),
            },
            address: is_shown.then_some(entry.address),
            section: None,
            size: match end {
                Some(end) if is_shown => Size::AtMost(end - entry.address),
                _ => Size::Unknown,
            },
            start: match kind {
                Kind::Function => sites.start(entry, end),
                _ => Start::Unknown,
            },
        }
    };
    Ok(Object {
        symbols: (0..)
            .zip(entries.iter().zip(ends(&addresses)))
            .map(symbol)
            .collect(),
        btf: types(root, module),
    })
}

/// The build id of a module that is loaded, in hexadecimal.
pub fn build_id(root: &Path, module: &str) -> Option<String> {
    let notes = root.join("sys/module").join(module).join("notes");
    elf::build_id(&fs::read(notes.join(".note.gnu.build-id")).ok()?)
}

/// What its functions are redirected by.
pub fn attached(root: &Path) -> Result<Vec<Attached>> {
    let enabled = text(root, &format!("{TRACING}/enabled_functions"))?;
    Ok(holders::read(&enabled))
}

/// A line of `/proc/kallsyms`; the address is 0 where it is hidden.
struct Entry<'a> {
    address: u64,
    letter: u8,
    name: &'a str,
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let mut words = line.split_whitespace();
    Some(Entry {
        address: u64::from_str_radix(words.next()?, 16).ok()?,
        letter: *words.next()?.as_bytes().first()?,
        name: words.next()?,
    })
}

/// Where ftrace can trace.
enum Sites {
    /// By their addresses, in order. A module's last function ends where nothing says.
    At(Vec<u64>, Option<u64>),
    /// By the names of their functions, where sites' addresses do not show.
    Of(Listed),
    /// The same, where the functions' addresses do not show either: what is not listed may be so by another name. The
    /// places are those in the list of symbols.
    OfNames(Listed),
}

impl Sites {
    fn read(root: &Path, module: Option<&str>, entries: &[Entry<'_>]) -> Result<Self> {
        let with_addresses = format!("{TRACING}/available_filter_functions_addrs");
        let are_shown = entries.iter().any(|entry| entry.address != 0);
        if are_shown || entries.is_empty() {
            if let Some(sites) = text_if_there(root, &with_addresses)? {
                let end = module.map(|_| u64::MAX);
                return Ok(Self::At(addresses(&sites, module), end));
            }
        }
        let text = text(root, &format!("{TRACING}/available_filter_functions"))?;
        let names: Vec<_> = of(&text, module)
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        let functions: Vec<_> = (0..)
            .zip(entries)
            .filter(|(_, entry)| matches!(entry.letter, b't' | b'T' | b'w' | b'W'))
            .map(|(index, entry)| (entry.name, if are_shown { entry.address } else { index }))
            .collect();
        Ok(if are_shown {
            Self::Of(Listed::in_order(&functions, &names))
        } else {
            Self::OfNames(Listed::by_name(&functions, &names))
        })
    }

    /// Whether a function has one, if that is known.
    fn of(&self, index: u64, entry: &Entry<'_>, end: Option<u64>) -> Option<bool> {
        match self {
            Self::At(sites, last) => Some(site(sites, entry.address, end.or(*last)).is_some()),
            Self::Of(listed) => listed.has(entry.address),
            Self::OfNames(listed) => listed.has(index).filter(|&has| has),
        }
    }

    /// How a function begins. Its bytes do not show, but compilers put nothing in front of a site that has the length
    /// of an `endbr64` and is none.
    fn start(&self, entry: &Entry<'_>, end: Option<u64>) -> Start {
        let Self::At(sites, last) = self else {
            return Start::Unknown;
        };
        let site = site(sites, entry.address, end.or(*last));
        site.map_or(Start::Unknown, |site| Start::of(site, true))
    }
}

/// What weak functions have left, which were overridden, is listed without being one that can be traced.
fn addresses(sites: &str, module: Option<&str>) -> Vec<u64> {
    let mut addresses: Vec<_> = of(sites, module)
        .filter(|line| !line.contains("__ftrace_invalid_address__"))
        .filter_map(|line| u64::from_str_radix(line.split(' ').next()?, 16).ok())
        .collect();
    addresses.sort_unstable();
    addresses
}

fn types(root: &Path, module: Option<&str>) -> Result<Btf> {
    let read = |name: &str| {
        let file = root.join("sys/kernel/btf").join(name);
        fs::read(&file).with_context(|| {
            format!(
                "cannot read {}; is CONFIG_DEBUG_INFO_BTF on?",
                file.display()
            )
        })
    };
    let vmlinux = Btf::parse(&read("vmlinux")?)?;
    match module {
        None => Ok(vmlinux),
        Some(name) => Btf::parse_split(&read(name)?, &vmlinux),
    }
}

/// The lines of an object; those of modules end in the module's name in brackets.
fn of<'a>(text: &'a str, module: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    text.lines().filter(move |line| {
        let owner = line
            .rsplit_once('[')
            .map(|(_, owner)| owner.trim_end_matches(']'));
        owner == module
    })
}

fn text(root: &Path, file: &str) -> Result<String> {
    let path = root.join(file);
    fs::read_to_string(&path).with_context(|| {
        format!(
            "cannot read {}; root can, with tracefs mounted there",
            path.display()
        )
    })
}

/// As [`text`]; `None` if there is no such file.
fn text_if_there(root: &Path, file: &str) -> Result<Option<String>> {
    match fs::metadata(root.join(file)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => text(root, file).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files(std::path::PathBuf);

    impl Files {
        fn new(test: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("klpctl-{test}-{}", std::process::id()));
            for (file, text) in files {
                let file = root.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            Self(root)
        }

        /// Each symbol of a name, whether it is traced.
        fn traced(&self, module: Option<&str>, name: &str) -> Vec<Option<bool>> {
            let object = object(&self.0, module).unwrap();
            object.named(name).map(|symbol| symbol.is_traced).collect()
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const KALLSYMS: &str = "\
        ffffffff81000000 T _text\n\
        ffffffff81000000 t twice\n\
        ffffffff81000100 T alias_a\n\
        ffffffff81000100 T alias_b\n\
        ffffffff81000200 t twice\n\
        ffffffff81000300 t dead\n\
        ffffffff81000400 T _etext\n\
        ffffffff81000500 T __init_begin\n\
        ffffffff81000500 t early\n\
        ffffffff81000600 T __init_end\n\
        ffffffffc0002000 t last\t[m]\n\
        ffffffffc0001000 d data\t[m]\n\
        ffffffffc0003000 t twice\t[n]\n";
    const SITES: &str = "\
        ffffffff81000104 alias_b\n\
        ffffffff81000204 twice\n\
        ffffffff81000344 __ftrace_invalid_address___68\n\
        ffffffffc0002004 last [m]\n\
        ffffffffc0003004 twice [n]\n";
    const NAMES: &str = "alias_b\ntwice\nlast [m]\ntwice [n]\n";

    #[test]
    fn of_two_with_one_name_each_is_judged_by_its_address() {
        let files = Files::new(
            "addresses",
            &[
                ("proc/kallsyms", KALLSYMS),
                ("sys/kernel/tracing/available_filter_functions_addrs", SITES),
            ],
        );
        assert_eq!(files.traced(None, "twice"), [Some(false), Some(true)]);
        assert_eq!(files.traced(None, "alias_a"), [Some(true)]);
        assert_eq!(files.traced(None, "dead"), [Some(false)]);
        assert_eq!(files.traced(None, "early"), [Some(false)]);
        assert_eq!(files.traced(Some("m"), "last"), [Some(true)]);
        assert_eq!(files.traced(Some("m"), "twice"), []);
    }

    #[test]
    fn where_addresses_do_not_show_it_is_known_of_names_that_are_all_traced() {
        let hidden: Vec<_> = KALLSYMS
            .lines()
            .map(|line| format!("{:016}{}\n", 0, &line[16..]))
            .collect();
        let hidden = hidden.concat();
        let files = Files::new(
            "names",
            &[
                ("proc/kallsyms", &hidden),
                ("sys/kernel/tracing/available_filter_functions_addrs", SITES),
                ("sys/kernel/tracing/available_filter_functions", NAMES),
            ],
        );
        assert_eq!(files.traced(None, "twice"), [None, None]);
        assert_eq!(files.traced(None, "alias_b"), [Some(true)]);
        assert_eq!(files.traced(None, "alias_a"), [None]);
        assert_eq!(files.traced(None, "dead"), [None]);
        assert_eq!(files.traced(Some("m"), "last"), [Some(true)]);
        let object = object(&files.0, None).unwrap();
        assert!(object.symbols.iter().all(|symbol| symbol.address.is_none()));
    }

    #[test]
    fn a_kernel_without_the_sites_addresses_is_judged_by_the_order_of_names() {
        let files = Files::new(
            "older",
            &[
                ("proc/kallsyms", KALLSYMS),
                ("sys/kernel/tracing/available_filter_functions", NAMES),
            ],
        );
        assert_eq!(files.traced(None, "twice"), [Some(false), Some(true)]);
        assert_eq!(files.traced(None, "alias_a"), [Some(true)]);
        assert_eq!(files.traced(None, "dead"), [Some(false)]);
        assert_eq!(files.traced(Some("n"), "twice"), [Some(true)]);
    }

    // Of Debian's 6.1.0-50-amd64; in its image dummy_handler() of Xen and s_stop() of the tracer have no site.
    const OLDER_KALLSYMS: &str = "\
        ffffffff8f82c8a0 t xen_qlock_wait\n\
        ffffffff8f82c930 t dummy_handler\n\
        ffffffff8f82c940 t xen_qlock_kick\n\
        ffffffff8f8335b0 t perf_perm_irq_work_exit\n\
        ffffffff8f8335d0 t dummy_handler\n\
        ffffffff8f8335e0 t __sysvec_kvm_posted_intr_wakeup_ipi\n\
        ffffffff8f852a60 t s_stop\n\
        ffffffff8f852a70 t severities_coverage_write\n\
        ffffffff8f971410 t get_symbol_offset\n\
        ffffffff8f971470 t s_stop\n\
        ffffffff8f971480 t get_symbol_pos\n\
        ffffffff8f9bd6b0 t rb_simple_read\n\
        ffffffff8f9bd760 t s_stop\n\
        ffffffff8f9bd7c0 t set_buffer_entries\n\
        ffffffff8fae7c40 t pvm_determine_end_from_reverse\n\
        ffffffff8fae7cc0 t s_stop\n\
        ffffffff8fae7ce0 t vmap_pfn_apply\n";
    const OLDER_NAMES: &str = "\
        perf_perm_irq_work_exit\n\
        dummy_handler\n\
        __sysvec_kvm_posted_intr_wakeup_ipi\n\
        s_stop\n\
        severities_coverage_write\n\
        __ftrace_invalid_address___496\n\
        get_symbol_offset\n\
        s_stop\n\
        get_symbol_pos\n\
        pvm_determine_end_from_reverse\n\
        s_stop\n\
        vmap_pfn_apply\n";

    #[test]
    fn names_that_a_6_1_kernel_traces_some_of_are_told_apart() {
        let files = Files::new(
            "6.1",
            &[
                ("proc/kallsyms", OLDER_KALLSYMS),
                ("sys/kernel/tracing/available_filter_functions", OLDER_NAMES),
            ],
        );
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(files.traced(None, "dummy_handler"), [no, yes]);
        assert_eq!(files.traced(None, "s_stop"), [yes, yes, no, yes]);
        assert_eq!(files.traced(None, "xen_qlock_kick"), [no]);
    }
}
