// SPDX-License-Identifier: GPL-2.0

use super::*;
use std::panic::catch_unwind;

/// A module with contents, relocations and symbols like a livepatch's.
pub(crate) struct Module(Builder<'static>);

impl Module {
    pub(crate) fn new() -> Self {
        let mut builder = Builder::new(Endianness::Little, true);
        builder.header.e_type = elf::ET_REL;
        builder.header.e_machine = elf::EM_X86_64;
        let mut module = Self(builder);
        for (name, sh_type, data) in [
            (".symtab", elf::SHT_SYMTAB, SectionData::Symbol),
            (".strtab", elf::SHT_STRTAB, SectionData::String),
            (".shstrtab", elf::SHT_STRTAB, SectionData::SectionString),
        ] {
            let section = module.0.sections.add();
            section.name = name.into();
            section.sh_type = sh_type;
            section.data = data;
        }
        let strtab = module.section(".strtab");
        let symtab = module.section(".symtab");
        module.0.sections.get_mut(symtab).sh_link_section = Some(strtab);
        module.with_section(".modinfo", b"license=GPL\0livepatch=Y\0", &[])
    }

    fn section(&self, name: &str) -> SectionId {
        self.0
            .sections
            .iter()
            .find(|section| section.name.as_slice() == name.as_bytes())
            .unwrap()
            .id()
    }

    /// Adds a section with relocations `(offset, symbol, type)`.
    pub(crate) fn with_section(
        mut self,
        name: &'static str,
        data: impl AsRef<[u8]>,
        relocations: &[(u64, &'static str, elf::RelocationType)],
    ) -> Self {
        let section = self.0.sections.add();
        section.name = name.into();
        section.sh_type = elf::SHT_PROGBITS;
        section.sh_flags = if name.starts_with(".debug") {
            elf::SectionFlags(0)
        } else {
            elf::SHF_ALLOC
        };
        section.sh_addralign = 8;
        section.data = SectionData::Data(data.as_ref().to_vec().into());
        let id = section.id();
        let relocations: Vec<_> = relocations
            .iter()
            .map(|&(r_offset, symbol, r_type)| Relocation {
                r_offset,
                symbol: Some(self.symbol(symbol)),
                r_type,
                r_addend: -4,
            })
            .collect();
        if !relocations.is_empty() {
            let symtab = self.section(".symtab");
            let section = self.0.sections.add();
            section.name = format!(".rela{name}").into_bytes().into();
            section.sh_type = elf::SHT_RELA;
            section.sh_flags = elf::SHF_INFO_LINK;
            section.sh_link_section = Some(symtab);
            section.sh_info_section = Some(id);
            section.sh_addralign = 8;
            section.sh_entsize = 24;
            section.data = SectionData::Relocation(relocations);
        }
        self
    }

    fn symbol(&mut self, name: &'static str) -> object::build::elf::SymbolId {
        if let Some(symbol) = self
            .0
            .symbols
            .iter()
            .find(|symbol| symbol.name.as_slice() == name.as_bytes())
        {
            return symbol.id();
        }
        let symbol = self.0.symbols.add();
        symbol.name = name.into();
        symbol.set_st_info(elf::STB_WEAK, elf::STT_NOTYPE);
        symbol.id()
    }

    /// Says where the function is that relocations have named.
    pub(crate) fn with_place(mut self, symbol: &'static str, section: &str, offset: u64) -> Self {
        let section = self.section(section);
        let symbol = self.symbol(symbol);
        let symbol = self.0.symbols.get_mut(symbol);
        symbol.set_st_info(elf::STB_GLOBAL, elf::STT_FUNC);
        symbol.section = Some(section);
        symbol.st_value = offset;
        self
    }

    /// Says how large the variable is that [`with_place`](Self::with_place) has placed.
    pub(crate) fn with_size(mut self, symbol: &'static str, size: u64) -> Self {
        let symbol = self.symbol(symbol);
        let symbol = self.0.symbols.get_mut(symbol);
        symbol.set_st_info(elf::STB_GLOBAL, elf::STT_OBJECT);
        symbol.st_size = size;
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.write(&mut bytes).unwrap();
        bytes
    }
}

const A: &str = ".klp.sym.vmlinux.a,0";
const B: &str = ".klp.sym.mod.b,2";

pub(super) fn typical() -> Module {
    Module::new()
        .with_section(
            ".text",
            [0xff; 32],
            &[
                (4, A, elf::R_X86_64_PLT32),
                (12, "printk", elf::R_X86_64_PLT32),
                (20, B, elf::R_X86_64_PC32),
            ],
        )
        .with_section(".rodata", [0xff; 16], &[(8, A, elf::R_X86_64_64)])
}

/// A relocation section: name, flags, what it relocates, and of each relocation the offset and the symbol.
type Relocations = (String, u64, String, Vec<(u64, String)>);

fn relocations(module: &[u8]) -> Vec<Relocations> {
    use object::read::elf::{Rela, SectionHeader};
    let header = elf::FileHeader64::<Endianness>::parse(module).unwrap();
    let endian = header.endian().unwrap();
    let sections = header.sections(endian, module).unwrap();
    let symbols = sections.symbols(endian, module, elf::SHT_SYMTAB).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut all = Vec::new();
    for section in sections.iter() {
        let Some((relas, link)) = section.rela(endian, module).unwrap() else {
            continue;
        };
        assert_eq!(link, symbols.section());
        let target = sections.section(section.info_link(endian)).unwrap();
        let each = relas.iter().map(|rela| {
            let symbol = symbols.symbol(rela.symbol(endian, false).unwrap()).unwrap();
            (
                rela.r_offset(endian),
                text(symbol.name(endian, symbols.strings()).unwrap()),
            )
        });
        all.push((
            text(sections.section_name(endian, section).unwrap()),
            section.sh_flags(endian).0,
            text(sections.section_name(endian, target).unwrap()),
            each.collect(),
        ));
    }
    all
}

#[test]
fn relocations_move_to_sections_of_their_own() {
    let linked = link(&typical().bytes()).unwrap().unwrap();
    let (ordinary, klp) = (0x40, 0x10_0042);
    let expected = [
        (".rela.text", ordinary, ".text", vec![(12, "printk")]),
        (".rela.rodata", ordinary, ".rodata", vec![]),
        (".klp.rela.mod..text", klp, ".text", vec![(20, B)]),
        (".klp.rela.vmlinux..text", klp, ".text", vec![(4, A)]),
        (".klp.rela.vmlinux..rodata", klp, ".rodata", vec![(8, A)]),
    ];
    let expected = expected.map(|(name, flags, target, each)| {
        let each = each
            .into_iter()
            .map(|(offset, symbol): (_, &str)| (offset, symbol.to_owned()))
            .collect();
        (name.to_owned(), flags, target.to_owned(), each)
    });
    assert_eq!(relocations(&linked), expected);
}

#[test]
fn relocations_of_what_is_not_loaded_stay() {
    let module = Module::new().with_section(".debug_info", [0; 8], &[(0, A, elf::R_X86_64_64)]);
    let linked = link(&module.bytes()).unwrap().unwrap();
    let names: Vec<_> = relocations(&linked)
        .into_iter()
        .map(|section| section.0)
        .collect();
    assert_eq!(names, [".rela.debug_info"]);
}

#[test]
fn what_the_kernel_writes_is_zero_and_the_rest_as_it_was() {
    let linked = link(&typical().bytes()).unwrap().unwrap();
    let mut text = [0xff; 32];
    text[4..8].fill(0);
    text[20..24].fill(0);
    let mut rodata = [0xff; 16];
    rodata[8..].fill(0);
    for contents in [&text[..], &rodata[..]] {
        assert!(
            linked
                .windows(contents.len())
                .any(|window| window == contents),
            "{contents:x?}"
        );
    }
}

#[test]
fn the_symbols_are_the_kernels_and_keep_their_places() {
    let symbols = |module: &[u8]| {
        let header = elf::FileHeader64::<Endianness>::parse(module).unwrap();
        let endian = header.endian().unwrap();
        let sections = header.sections(endian, module).unwrap();
        let symbols = sections.symbols(endian, module, elf::SHT_SYMTAB).unwrap();
        let each = symbols.iter().map(|symbol| {
            (
                symbol.name(endian, symbols.strings()).unwrap().to_vec(),
                symbol.st_shndx(endian).0,
            )
        });
        each.collect::<Vec<_>>()
    };
    let module = typical().bytes();
    let expected: Vec<_> = symbols(&module)
        .into_iter()
        .map(|(name, section)| {
            if name::is_klp(&name) {
                (name, 0xff20)
            } else {
                (name, section)
            }
        })
        .collect();
    assert_eq!(symbols(&link(&module).unwrap().unwrap()), expected);
}

#[test]
fn a_linked_module_and_one_without_such_symbols_are_left_alone() {
    let linked = link(&typical().bytes()).unwrap().unwrap();
    assert_eq!(link(&linked).unwrap(), None);
    let plain = Module::new().with_section(".text", [0; 8], &[(0, "printk", elf::R_X86_64_PLT32)]);
    assert_eq!(link(&plain.bytes()).unwrap(), None);
}

fn refused(module: &[u8]) -> String {
    link(module).unwrap_err().to_string()
}

#[test]
fn modules_that_the_kernel_would_not_load_are_refused() {
    let with = |section, symbol, r_type| {
        Module::new()
            .with_section(section, [0; 8], &[(1, symbol, r_type)])
            .bytes()
    };
    let pc32 = elf::R_X86_64_PC32;
    assert!(refused(&with(".text", A, elf::R_X86_64_GOTPCREL)).contains("a relocation of type 9"));
    assert!(refused(&with(".text", A, elf::R_X86_64_64)).contains("at 0x1, outside"));
    assert!(refused(&with(".text", ".klp.sym.vmlinux.a", pc32)).contains("is not named"));
    assert!(refused(&with(".init.text", B, pc32)).contains("the module mod; the kernel frees"));
    assert!(link(&with(".init.text", A, pc32)).is_ok());
    assert!(refused(&with("__jump_table", B, pc32)).contains("reads that section while it loads"));
    assert!(link(&with("__jump_table", A, pc32)).is_ok());
    let signed = [&typical().bytes()[..], SIGNED].concat();
    assert!(refused(&signed).contains("link it first, sign it then"));
    let mut unmarked = typical();
    let modinfo = unmarked.section(".modinfo");
    unmarked.0.sections.get_mut(modinfo).data = SectionData::Data(b"livepatch=Yes\0"[..].into());
    assert!(refused(&unmarked.bytes()).contains("no livepatch"));
    assert!(refused(b"#!/bin/sh").contains("broken"));
    let mut program = typical();
    program.0.header.e_type = elf::ET_EXEC;
    assert!(refused(&program.bytes()).contains("no kernel module"));
}

#[test]
fn broken_modules_are_an_error_or_linked_but_nothing_worse() {
    let module = typical().bytes();
    let try_it =
        |broken: &[u8]| assert!(catch_unwind(|| drop(link(broken))).is_ok(), "{broken:x?}");
    for len in 0..module.len() {
        try_it(&module[..len]);
    }
    for at in 0..module.len() {
        for flip in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff] {
            let mut broken = module.clone();
            broken[at] ^= flip;
            try_it(&broken);
        }
    }
}

#[test]
fn what_would_grow_is_refused() {
    let module = typical().bytes();
    let header = elf::FileHeader64::<Endianness>::parse(&module[..]).unwrap();
    let headers = usize::try_from(header.e_shoff.get(Endianness::Little)).unwrap();
    let field = |section: usize, offset: usize| headers + 64 * section + offset;
    let of_text = 5;

    for (byte, value) in [(0, 0), (0, 9), (3, 1), (7, 0x80)] {
        let mut aligned = module.clone();
        aligned[field(of_text, 48)] = 0;
        aligned[field(of_text, 48) + byte] = value;
        assert!(refused(&aligned).contains("an alignment"), "{byte} {value}");
    }

    let mut far = module.clone();
    far[field(of_text, 48)..][..3].copy_from_slice(&[0, 0, 0x10]);
    assert!(refused(&far).contains("cannot be rewritten"));

    let mut overlapping = module.clone();
    overlapping[field(of_text, 24)..][..8].fill(0);
    overlapping[field(of_text, 32)..][..8].copy_from_slice(&module.len().to_le_bytes());
    assert!(refused(&overlapping).contains("sections that overlap"));

    let mut endless = Module::new().with_section(".text", [0; 8], &[(1, A, elf::R_X86_64_PC32)]);
    endless.0.symbols.add().name = vec![b'x'; 20000].into();
    assert!(refused(&endless.bytes()).contains("a string that is too long"));
}

/// Modules that LLVM's tools made have sections of types that are its own, with relocations or without.
#[test]
fn what_llvm_leaves_for_its_linker_goes() {
    let mut module = typical()
        .with_section(".llvm_addrsig", [1, 2, 3], &[])
        .with_section(
            ".llvm.call-graph-profile",
            [0; 16],
            &[(8, "printk", elf::R_X86_64_64)],
        );
    for section in &mut module.0.sections {
        let kind = match section.name.as_slice() {
            b".llvm_addrsig" => 0x6fff_4c03,
            b".llvm.call-graph-profile" => 0x6fff_4c09,
            _ => continue,
        };
        section.sh_type = elf::SectionType(kind);
        section.sh_flags = elf::SectionFlags(0);
    }
    let linked = link(&module.bytes()).unwrap().unwrap();
    let names = sections(&linked);
    assert!(!names.iter().any(|name| name.contains("llvm")), "{names:?}");
    assert_eq!(
        relocations(&linked),
        relocations(&link(&typical().bytes()).unwrap().unwrap())
    );
}

fn sections(module: &[u8]) -> Vec<String> {
    let header = elf::FileHeader64::<Endianness>::parse(module).unwrap();
    let endian = header.endian().unwrap();
    let sections = header.sections(endian, module).unwrap();
    let name = |section: &elf::SectionHeader64<_>| {
        let name = sections.section_name(endian, section).unwrap();
        String::from_utf8(name.to_vec()).unwrap()
    };
    sections.iter().map(name).collect()
}

/// As objtool leaves a reference of `.text` at 4: by a tombstone, and in its table.
fn extracted() -> Module {
    const TABLE: [u8; 24] = {
        let mut table = [0; 24];
        table[16] = 4; // R_X86_64_PLT32
        table
    };
    static BYTES: [u8; 24] = TABLE;
    let mut module = Module::new()
        .with_section(
            ".text",
            [0xff; 16],
            &[
                (4, ".klp.tombstone.b", elf::R_X86_64_PLT32),
                (12, "printk", elf::R_X86_64_PLT32),
            ],
        )
        .with_section(
            "__klp_relocs.target",
            BYTES,
            &[(0, "text", elf::R_X86_64_64), (8, B, elf::R_X86_64_64)],
        );
    let section = module.section(".text");
    for symbol in &mut module.0.symbols {
        if symbol.name.as_slice() == b"text" {
            symbol.section = Some(section);
            symbol.st_value = 8; // what is added is -4
        }
    }
    module
}

#[test]
fn what_objtool_has_left_becomes_the_patched_objects_relocations() {
    let linked = link(&extracted().bytes()).unwrap().unwrap();
    let klp: Vec<_> = relocations(&linked)
        .into_iter()
        .map(|(name, _, target, each)| (name, target, each))
        .collect();
    let text = ".text".to_owned();
    assert_eq!(
        klp,
        [
            (
                ".rela.text".to_owned(),
                text.clone(),
                vec![(12, "printk".to_owned())]
            ),
            (
                ".klp.rela.target..text".to_owned(),
                text,
                vec![(4, B.to_owned())]
            ),
        ]
    );
    for gone in [&b"__klp_relocs"[..], b".klp.tombstone"] {
        assert!(!linked.windows(gone.len()).any(|window| window == gone));
    }
}

#[test]
fn a_broken_table_of_objtools_is_an_error_and_nothing_worse() {
    let mut cut = extracted();
    let table = cut.section("__klp_relocs.target");
    cut.0.sections.get_mut(table).data = SectionData::Data(vec![0; 25].into());
    assert!(refused(&cut.bytes()).contains("__klp_relocs.target"));
    let module = extracted().bytes();
    for at in 0..module.len() {
        for flip in [0x01, 0x08, 0x80, 0xff] {
            let mut broken = module.clone();
            broken[at] ^= flip;
            assert!(
                catch_unwind(|| drop(link(&broken))).is_ok(),
                "{at:x} {flip:x}"
            );
        }
    }
}
