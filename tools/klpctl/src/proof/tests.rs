// SPDX-License-Identifier: GPL-2.0

use super::*;
use object::{
    build::elf::{Builder, Relocation, SectionData, SectionId, SymbolId},
    elf, Endianness,
};

/// `call`, a jump of a static key, a string's address, `ret`, and room.
const CODE: [u8; 16] = [
    0xe8, 0, 0, 0, 0, 0xeb, 7, 0x48, 0xc7, 0xc7, 0, 0, 0, 0, 0xc3, 0xcc,
];
const CALL: u64 = 1;
const BRANCH: u64 = 5;
const STRING: u64 = 10;

/// What an object file differs in from another.
struct Object {
    /// What stands before the function.
    before: usize,
    code: [u8; 16],
    calls: &'static str,
    string: &'static [u8],
    bind: elf::SymbolBind,
    /// Whether the name is on the function; else on another one before it.
    is_named: bool,
}

impl Default for Object {
    fn default() -> Self {
        Self {
            before: 0,
            code: CODE,
            calls: "g",
            string: b"text\0",
            bind: elf::STB_GLOBAL,
            is_named: true,
        }
    }
}

struct Writer(Builder<'static>);

impl Writer {
    fn section(
        &mut self,
        name: &'static str,
        flags: elf::SectionFlags,
        data: Vec<u8>,
    ) -> (SectionId, SymbolId) {
        let section = self.0.sections.add();
        section.name = name.into();
        section.sh_type = elf::SHT_PROGBITS;
        section.sh_flags = elf::SHF_ALLOC | flags;
        section.sh_addralign = 1;
        section.data = SectionData::Data(data.into());
        let id = section.id();
        (
            id,
            self.symbol("", Some(id), 0, (elf::STB_LOCAL, elf::STT_SECTION)),
        )
    }

    fn symbol(
        &mut self,
        name: &'static str,
        section: Option<SectionId>,
        value: u64,
        info: (elf::SymbolBind, elf::SymbolType),
    ) -> SymbolId {
        let symbol = self.0.symbols.add();
        symbol.name = name.into();
        symbol.section = section;
        symbol.st_value = value;
        symbol.st_size = if info.1 == elf::STT_FUNC { 16 } else { 0 };
        symbol.set_st_info(info.0, info.1);
        symbol.id()
    }

    fn relocations(&mut self, of: SectionId, table: SectionId, all: Vec<Relocation>) {
        let section = self.0.sections.add();
        section.name = format!(".rela.{}", all.len()).into_bytes().into();
        section.sh_type = elf::SHT_RELA;
        section.sh_flags = elf::SHF_INFO_LINK;
        section.sh_link_section = Some(table);
        section.sh_info_section = Some(of);
        section.sh_addralign = 8;
        section.sh_entsize = 24;
        section.data = SectionData::Relocation(all);
    }
}

impl Object {
    fn bytes(self) -> Vec<u8> {
        let mut builder = Builder::new(Endianness::Little, true);
        builder.header.e_type = elf::ET_REL;
        builder.header.e_machine = elf::EM_X86_64;
        let mut tables = Vec::new();
        for (name, sh_type, data) in [
            (".symtab", elf::SHT_SYMTAB, SectionData::Symbol),
            (".strtab", elf::SHT_STRTAB, SectionData::String),
            (".shstrtab", elf::SHT_STRTAB, SectionData::SectionString),
        ] {
            let section = builder.sections.add();
            section.name = name.into();
            section.sh_type = sh_type;
            section.data = data;
            tables.push(section.id());
        }
        builder.sections.get_mut(tables[0]).sh_link_section = Some(tables[1]);
        let mut writer = Writer(builder);
        let text = [vec![0x90; self.before], self.code.to_vec()].concat();
        let (text, own) = writer.section(".text", elf::SHF_EXECINSTR, text);
        let strings = [vec![0; self.before], self.string.to_vec()].concat();
        let merged = elf::SHF_MERGE | elf::SHF_STRINGS;
        let (_, strings) = writer.section(".rodata.str1.1", merged, strings);
        let (keys, _) = writer.section("__jump_table", elf::SectionFlags(0), vec![0; 16]);
        let start = self.before as u64;
        let place = if self.is_named { start } else { 0 };
        writer.symbol("f", Some(text), place, (self.bind, elf::STT_FUNC));
        let called = writer.symbol(self.calls, None, 0, (elf::STB_GLOBAL, elf::STT_NOTYPE));
        let field = |r_offset, symbol, r_type, r_addend| Relocation {
            r_offset,
            symbol: Some(symbol),
            r_type,
            r_addend,
        };
        let kind = match self.code[0] {
            0xe8 => elf::R_X86_64_PLT32,
            _ => elf::R_X86_64_NONE,
        };
        writer.relocations(
            text,
            tables[0],
            vec![
                field(start + CALL, called, kind, -4),
                field(start + STRING, strings, elf::R_X86_64_32S, start as i64),
            ],
        );
        let branch = field(0, own, elf::R_X86_64_PC32, (start + BRANCH) as i64);
        writer.relocations(keys, tables[0], vec![branch]);
        let mut bytes = Vec::new();
        writer.0.write(&mut bytes).unwrap();
        bytes
    }
}

fn verdict(compiled: Object, runs: Object) -> Verdict {
    let (compiled, runs) = (compiled.bytes(), runs.bytes());
    let unit = Unit::parse(&compiled).unwrap();
    let memory = Memory::of_module(&runs).unwrap();
    let proof = prove(&unit, &memory);
    assert_eq!(proof.functions.len(), 1);
    proof.functions[0].verdict.clone()
}

fn elsewhere() -> Object {
    Object {
        before: 48,
        ..Default::default()
    }
}

fn differs(runs: Object) -> String {
    match verdict(Object::default(), runs) {
        Verdict::Different(why) => why,
        same => panic!("{same:?}"),
    }
}

#[test]
fn the_same_code_elsewhere_is_the_same() {
    assert_eq!(verdict(Object::default(), elsewhere()), Verdict::Same);
}

#[test]
fn what_the_tools_write_at_a_static_keys_branch_does_not_count() {
    let mut code = CODE;
    code[BRANCH as usize..][..2].copy_from_slice(&[0x66, 0x90]);
    assert_eq!(
        verdict(
            Object::default(),
            Object {
                code,
                ..elsewhere()
            }
        ),
        Verdict::Same
    );
}

#[test]
fn a_call_that_objtool_has_removed_does_not_count_if_it_is_a_tracers() {
    let mut code = CODE;
    code[..5].copy_from_slice(&[0x0f, 0x1f, 0x44, 0, 0]);
    let judge = |calls| {
        let compiled = Object {
            calls,
            ..Default::default()
        };
        let runs = Object {
            code,
            ..elsewhere()
        };
        verdict(compiled, runs)
    };
    assert_eq!(judge("__fentry__"), Verdict::Same);
    assert!(matches!(judge("g"), Verdict::Different(_)));
}

#[test]
fn other_code_is_found() {
    let mut code = CODE;
    code[14] = 0xcc;
    assert!(differs(Object {
        code,
        ..elsewhere()
    })
    .contains("+0xe"));
}

#[test]
fn a_call_of_something_else_is_found() {
    let compiled = Object {
        calls: "f",
        ..Default::default()
    };
    let Verdict::Different(why) = verdict(compiled, elsewhere()) else {
        panic!("a call of g is no call of f");
    };
    assert!(why.contains("not 'f'"), "{why}");
}

#[test]
fn another_string_is_found() {
    assert!(differs(Object {
        string: b"taxt\0",
        ..elsewhere()
    })
    .contains("another string"));
}

#[test]
fn a_function_that_is_not_there_is_found() {
    let weak = || Object {
        bind: elf::STB_WEAK,
        ..Default::default()
    };
    let mut code = CODE;
    code[14] = 0xcc;
    // Weak or not: nothing shows that the unit's own code is there.
    let runs = Object {
        code,
        is_named: false,
        ..elsewhere()
    };
    assert!(matches!(verdict(weak(), runs), Verdict::Different(_)));
}

#[test]
fn damaged_objects_are_an_error_or_compared_but_nothing_worse() {
    let good = Object::default().bytes();
    let memory = Memory::of_module(&good).unwrap();
    for at in 0..good.len() {
        for flip in [0x01, 0x10, 0x80, 0xff] {
            let mut broken = good.clone();
            broken[at] ^= flip;
            if let Ok(unit) = Unit::parse(&broken) {
                drop(prove(&unit, &memory));
            }
            drop(Memory::of_module(&broken));
        }
    }
}
