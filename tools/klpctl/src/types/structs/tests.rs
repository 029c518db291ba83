// SPDX-License-Identifier: GPL-2.0

//! Structs of a patch beside those of a kernel, which are written here as the C compiler leaves them.

use super::*;
use crate::types::Pointee;

/// Types in the making: each is added behind those that it refers to, and is called by its number.
#[derive(Default)]
struct Kernel {
    types: Vec<u8>,
    strings: Vec<u8>,
    count: u32,
}

const INT: u32 = 1;
const PTR: u32 = 2;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const FWD: u32 = 7;
const TYPEDEF: u32 = 8;

impl Kernel {
    fn name(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        if self.strings.is_empty() {
            self.strings.push(0);
        }
        let at = self.strings.len() as u32;
        self.strings.extend(name.bytes().chain([0]));
        at
    }

    fn add(&mut self, kind: u32, name: &str, size_or_type: u32, rest: &[u32]) -> u32 {
        let name = self.name(name);
        let members = match kind & 31 {
            STRUCT | UNION => rest.len() as u32 / 3,
            _ => 0,
        };
        let flag = kind & (1 << 31);
        let words = [name, ((kind & 31) << 24) | flag | members, size_or_type];
        let words = words.iter().chain(rest);
        self.types.extend(words.flat_map(|word| word.to_le_bytes()));
        self.count += 1;
        self.count
    }

    fn int(&mut self, size: u32, signed: bool) -> u32 {
        self.add(INT, "int", size, &[(u32::from(signed) << 24) | (size * 8)])
    }

    /// Fields: their names, types, and offsets in bytes.
    fn structure(&mut self, kind: u32, name: &str, size: u32, fields: &[(&str, u32, u32)]) -> u32 {
        let mut members = Vec::new();
        for &(name, of, offset) in fields {
            members.extend([self.name(name), of, offset * 8]);
        }
        self.add(kind, name, size, &members)
    }

    fn finished(&self) -> Btf {
        let strings: &[u8] = if self.strings.is_empty() {
            &[0]
        } else {
            &self.strings
        };
        let lens = [24, 0, self.types.len(), self.types.len(), strings.len()];
        let mut bytes = vec![0x9f, 0xeb, 1, 0];
        bytes.extend(lens.iter().flat_map(|&len| (len as u32).to_le_bytes()));
        bytes.extend(&self.types);
        bytes.extend(strings);
        Btf::parse(&bytes).unwrap()
    }
}

fn integer(size: u64) -> Type {
    Type::Integer { size, signed: true }
}

fn layout(name: &str, size: u64, fields: &[(&str, u64, Type)]) -> Layout {
    let field = |(name, offset, of): &(&str, u64, Type)| Field {
        name: (*name).to_owned(),
        offset: offset * 8,
        of: of.clone(),
    };
    Layout {
        name: name.to_owned(),
        size,
        fields: Some(fields.iter().map(field).collect()),
    }
}

fn own(name: &str, size: u64, layout: usize) -> Own {
    Own {
        name: name.to_owned(),
        size,
        layout,
        holds: None,
    }
}

fn compare(kernel: &Kernel, layouts: &[Layout]) -> Comparison {
    let btf = kernel.finished();
    let first = &layouts[0];
    Structs::new(layouts, vec![&btf]).compare(&own(&first.name, first.size, 0))
}

fn differs(kernel: &Kernel, layouts: &[Layout], why: &str) {
    match compare(kernel, layouts) {
        Comparison::Differs(found) => assert!(found.contains(why), "{found}"),
        other => panic!("{other:?}"),
    }
}

fn unknown(kernel: &Kernel, layouts: &[Layout], why: &str) {
    match compare(kernel, layouts) {
        Comparison::Unknown(found) => assert!(found.contains(why), "{found}"),
        other => panic!("{other:?}"),
    }
}

/// `struct s { int a; int type; long b; char name[8]; };`
fn plain() -> Kernel {
    let mut kernel = Kernel::default();
    let int = kernel.int(4, true);
    let long = kernel.int(8, true);
    let byte = kernel.int(1, false);
    let text = kernel.add(ARRAY, "", 0, &[byte, int, 8]);
    let fields = [
        ("a", int, 0),
        ("type", int, 4),
        ("b", long, 8),
        ("name", text, 16),
    ];
    kernel.structure(STRUCT, "s", 24, &fields);
    kernel
}

#[test]
fn some_of_the_fields_are_enough() {
    let text = Type::Array(
        Box::new(Type::Integer {
            size: 1,
            signed: false,
        }),
        8,
    );
    for fields in [
        vec![("a", 0, integer(4))],
        vec![("type_", 4, integer(4))],
        vec![("_padding", 0, integer(8)), ("b", 8, integer(8))],
        vec![("name", 16, text)],
        vec![("__0", 0, integer(4)), ("__1", 4, integer(4))],
    ] {
        let size = fields
            .iter()
            .map(|(_, offset, of)| offset + of.size())
            .max()
            .unwrap();
        let found = compare(&plain(), &[layout("s", size, &fields)]);
        assert_eq!(found, Comparison::Same, "{fields:?}");
    }
}

#[test]
fn the_first_field_that_is_elsewhere_is_named_with_both_places() {
    let fields = [
        ("a", 0, integer(4)),
        ("b", 4, integer(8)),
        ("name", 12, integer(8)),
    ];
    differs(
        &plain(),
        &[layout("s", 24, &fields)],
        "the field 'b' of struct s, which is at 4 in the patch, at 8 in the kernel",
    );
}

#[test]
fn sizes_kinds_and_names_count() {
    let with = |field| [layout("s", 24, &[field])];
    differs(
        &plain(),
        &with(("a", 0, integer(8))),
        "'a' of struct s, which is a signed integer of 64",
    );
    let unsigned = Type::Integer {
        size: 4,
        signed: false,
    };
    differs(
        &plain(),
        &with(("a", 0, unsigned)),
        "an unsigned integer of 32 bits in the patch",
    );
    let pointer = Type::Pointer(Pointee::Other);
    differs(
        &plain(),
        &with(("b", 8, pointer)),
        "is a pointer in the patch, a signed",
    );
    differs(
        &plain(),
        &with(("other", 0, integer(2))),
        "which the kernel's lacks",
    );
    unknown(
        &plain(),
        &with(("other", 0, integer(4))),
        "the kernel has 'a'",
    );
    differs(
        &plain(),
        &with(("__1", 2, integer(4))),
        "which the kernel's lacks",
    );
    differs(
        &plain(),
        &[layout("s", 32, &[])],
        "of 32 bytes in the patch, of 24 in the kernel",
    );
}

#[test]
fn what_the_kernel_has_several_of_is_like_one_of_them_or_not_known() {
    let mut kernel = plain();
    let long = kernel.int(8, true);
    kernel.structure(STRUCT, "s", 8, &[("a", long, 0)]);
    for size in [4, 8] {
        let fields = [("a", 0, integer(size))];
        assert_eq!(
            compare(&kernel, &[layout("s", 8, &fields)]),
            Comparison::Same
        );
    }
    let fields = [("a", 0, integer(2))];
    unknown(
        &kernel,
        &[layout("s", 8, &fields)],
        "2 structs of that name",
    );
}

#[test]
fn what_has_no_name_is_part_of_what_it_is_in() {
    let mut kernel = Kernel::default();
    let int = kernel.int(4, true);
    let long = kernel.int(8, true);
    let inner = kernel.structure(STRUCT, "", 8, &[("c", int, 0), ("d", int, 4)]);
    let union = kernel.structure(UNION, "", 8, &[("b", long, 0), ("", inner, 0)]);
    kernel.structure(STRUCT, "s", 16, &[("a", long, 0), ("", union, 8)]);
    let right = [("b", 8, integer(8))];
    assert_eq!(
        compare(&kernel, &[layout("s", 16, &right)]),
        Comparison::Same
    );
    let right = [("c", 8, integer(4)), ("d", 12, integer(4))];
    assert_eq!(
        compare(&kernel, &[layout("s", 16, &right)]),
        Comparison::Same
    );
    differs(
        &kernel,
        &[layout("s", 16, &[("d", 8, integer(4))])],
        "at 8 in the patch, at 12",
    );
}

#[test]
fn a_bit_field_is_no_field_of_rusts() {
    let mut kernel = Kernel::default();
    let int = kernel.int(4, true);
    let name = kernel.name("flag");
    kernel.add(STRUCT | (1 << 31), "s", 4, &[name, int, 1 << 24]);
    differs(
        &kernel,
        &[layout("s", 4, &[("flag", 0, integer(4))])],
        "a bit field of 1 in the kernel",
    );
    unknown(
        &kernel,
        &[layout("s", 4, &[("flags", 0, integer(4))])],
        "the kernel has 'flag'",
    );
    assert_eq!(
        compare(&kernel, &[layout("s", 4, &[("_flags", 0, integer(4))])]),
        Comparison::Same
    );
}

#[test]
fn structs_that_are_led_to_are_compared_too() {
    let mut kernel = plain();
    let s = kernel.count;
    let pointer = kernel.add(PTR, "", s, &[]);
    let array = kernel.add(ARRAY, "", 0, &[s, 1, 2]);
    kernel.structure(
        STRUCT,
        "t",
        80,
        &[("p", pointer, 0), ("within", s, 8), ("all", array, 32)],
    );
    let wrong = layout("s", 24, &[("b", 4, integer(8))]);
    let right = layout("s", 24, &[("b", 8, integer(8))]);
    for of in [
        ("p", 0, Type::Pointer(Pointee::Own(own("s", 24, 1)))),
        ("within", 8, Type::Own(own("s", 24, 1))),
        ("within", 8, Type::Own(own("other", 24, 1))),
        (
            "all",
            32,
            Type::Array(Box::new(Type::Own(own("s", 24, 1))), 2),
        ),
    ] {
        let outer = layout("t", 80, std::slice::from_ref(&of));
        assert_eq!(
            compare(&kernel, &[outer.clone(), right.clone()]),
            Comparison::Same,
            "{of:?}"
        );
        differs(&kernel, &[outer, wrong.clone()], "the field 'b' of struct");
    }
    let other = Type::Pointer(Pointee::Struct("u".to_owned()));
    differs(
        &kernel,
        &[layout("t", 80, &[("p", 0, other)])],
        "a pointer to struct u in the patch",
    );
    let private = Type::Pointer(Pointee::Own(own("Private", 8, 1)));
    unknown(
        &kernel,
        &[layout("t", 80, &[("p", 0, private)]), right],
        "'Private'",
    );
}

#[test]
fn what_leads_to_itself_ends() {
    let mut kernel = Kernel::default();
    let next = kernel.count + 2;
    let pointer = kernel.add(PTR, "", next, &[]);
    kernel.structure(STRUCT, "node", 8, &[("next", pointer, 0)]);
    let field = ("next", 0, Type::Pointer(Pointee::Own(own("node", 8, 0))));
    assert_eq!(
        compare(&kernel, &[layout("node", 8, &[field])]),
        Comparison::Same
    );
}

#[test]
fn wrappers_of_one_value_are_that_value() {
    let mut kernel = Kernel::default();
    let int = kernel.int(4, true);
    let counter = kernel.structure(STRUCT, "", 4, &[("counter", int, 0)]);
    let atomic = kernel.add(TYPEDEF, "atomic_t", counter, &[]);
    kernel.structure(STRUCT, "s", 4, &[("count", atomic, 0)]);
    let wrapper = Type::Own(Own {
        holds: Some(Box::new(integer(4))),
        ..own("Atomic", 4, 1)
    });
    let bindings = Type::Aggregate {
        name: Some("atomic_t".to_owned()),
        size: 4,
    };
    for of in [integer(4), wrapper, bindings] {
        let found = compare(&kernel, &[layout("s", 4, &[("count", 0, of.clone())])]);
        assert_eq!(found, Comparison::Same, "{of}");
    }
    let typedef = layout("atomic_t", 4, &[("counter", 0, integer(4))]);
    assert_eq!(compare(&kernel, &[typedef]), Comparison::Same);
}

#[test]
fn a_name_alone_is_asked_for_no_more_than_it_says() {
    let mut kernel = Kernel::default();
    kernel.add(FWD, "s", 0, &[]);
    let address = layout("s", 1, &[("_address", 0, integer(1))]);
    assert_eq!(compare(&kernel, &[address]), Comparison::Same);
}

#[test]
fn a_name_without_fields_says_nothing() {
    let mut kernel = Kernel::default();
    kernel.add(FWD, "s", 0, &[]);
    unknown(
        &kernel,
        &[layout("s", 4, &[("a", 0, integer(4))])],
        "not in the type information",
    );
}
