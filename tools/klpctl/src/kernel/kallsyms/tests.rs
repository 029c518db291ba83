// SPDX-License-Identifier: GPL-2.0

//! Tables as `scripts/kallsyms.c` has written them.

use super::*;

const ADDRESS: u64 = 0xffff_ffff_8200_0000;
const TEXT: u64 = 0xffff_ffff_8100_0000;

/// How addresses are written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Own,
    FromBase,
    FromBaseButPerCpu,
}

/// A kernel's symbols: some at low addresses if per-CPU data is there, then more than one marker's worth of functions.
fn symbols(form: Form) -> Vec<(u64, String)> {
    let per_cpu = matches!(form, Form::FromBaseButPerCpu);
    let low = [(0, "A__per_cpu_start"), (0x40, "Acurrent_task")];
    let low = low.iter().filter(|_| per_cpu);
    let low = low.map(|&(address, name)| (address, name.to_owned()));
    let functions = (0..600).map(|i| (TEXT + 16 * i, format!("tfunction_{i}")));
    let long = (TEXT + 0x10000, format!("T{}", "long_name".repeat(40)));
    low.chain(functions).chain([long]).collect()
}

/// One token for each byte: the compression is not what is tested.
fn tokens(out: &mut Vec<u8>) {
    let mut offsets = Vec::new();
    let start = out.len();
    for byte in 0..=255u8 {
        offsets.extend(((out.len() - start) as u16).to_le_bytes());
        // An unused one stands for a pair of letters.
        let token = if byte.is_ascii_graphic() {
            vec![byte]
        } else {
            vec![b'z'; 2]
        };
        out.extend(token);
        out.push(0);
    }
    align(out);
    out.extend(offsets);
}

fn names(out: &mut Vec<u8>, symbols: &[(u64, String)]) {
    out.extend((symbols.len() as u32).to_le_bytes());
    align(out);
    let (start, mut markers) = (out.len(), Vec::new());
    for (i, (_, name)) in symbols.iter().enumerate() {
        if i % 256 == 0 {
            markers.extend(((out.len() - start) as u32).to_le_bytes());
        }
        match name.len() {
            len @ ..0x80 => out.push(len as u8),
            len => out.extend([(len & 0x7f | 0x80) as u8, (len >> 7) as u8]),
        }
        out.extend(name.as_bytes());
    }
    align(out);
    out.extend(markers);
    align(out);
}

fn addresses(out: &mut Vec<u8>, symbols: &[(u64, String)], form: Form) {
    let start = out.len() as u64;
    for (i, (address, _)) in symbols.iter().enumerate() {
        let here = ADDRESS + start + 4 * i as u64;
        let entry = match form {
            Form::Own => address.wrapping_sub(here),
            Form::FromBaseButPerCpu if *address < TEXT => *address,
            Form::FromBaseButPerCpu => (TEXT - 1).wrapping_sub(*address),
            Form::FromBase => address - TEXT,
        };
        out.extend((entry as u32).to_le_bytes());
    }
    align(out);
    if !matches!(form, Form::Own) {
        out.extend(TEXT.to_le_bytes());
    }
}

fn align(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(8), 0);
}

/// A table of 3 bytes for each name that is beside the markers until 6.4, and after the addresses since then.
fn sequence(out: &mut Vec<u8>, symbols: &[(u64, String)]) {
    out.extend((0..symbols.len()).flat_map(|i| [0, (i >> 8) as u8, i as u8]));
    align(out);
}

fn found(table: &[u8], symbols: &[(u64, String)]) -> Result<()> {
    let part = Part {
        bytes: table,
        address: ADDRESS,
    };
    let table = find(part, TEXT)?;
    let found: Vec<_> = table
        .entries()
        .map(|entry| {
            (
                entry.address,
                format!("{}{}", entry.kind as char, entry.name),
            )
        })
        .collect();
    assert_eq!(found, symbols);
    Ok(())
}

#[test]
fn addresses_after_the_tokens_are_found_in_each_form() {
    for form in [Form::Own, Form::FromBase, Form::FromBaseButPerCpu] {
        let symbols = symbols(form);
        let mut table = b"something else\0\0".to_vec();
        names(&mut table, &symbols);
        tokens(&mut table);
        addresses(&mut table, &symbols, form);
        sequence(&mut table, &symbols);
        found(&table, &symbols).unwrap_or_else(|error| panic!("{form:?}: {error}"));
    }
}

#[test]
fn addresses_before_the_names_are_found_in_each_form() {
    for (form, has_sequence) in [
        (Form::FromBase, false),
        (Form::FromBaseButPerCpu, false),
        (Form::FromBaseButPerCpu, true),
    ] {
        let symbols = symbols(form);
        let mut table = b"something else\0\0".to_vec();
        addresses(&mut table, &symbols, form);
        names(&mut table, &symbols);
        if has_sequence {
            sequence(&mut table, &symbols);
        }
        tokens(&mut table);
        found(&table, &symbols).unwrap_or_else(|error| panic!("{form:?}: {error}"));
    }
}

#[test]
fn of_a_name_the_first_address_is_found() {
    const PAIR: &str = "\u{1}";
    let mut symbols = symbols(Form::FromBase);
    symbols.push((TEXT + 0x20000, "tfunction_3".to_owned()));
    symbols.push((TEXT + 0x20010, format!("{PAIR}m")));
    let mut bytes = b"something else\0\0".to_vec();
    names(&mut bytes, &symbols);
    tokens(&mut bytes);
    addresses(&mut bytes, &symbols, Form::FromBase);
    let part = Part {
        bytes: &bytes,
        address: ADDRESS,
    };
    let table = find(part, TEXT).unwrap();
    let found = table.first_of(&["function_3", "zm", "function_", "function_601"]);
    assert_eq!(
        found,
        [("function_3", TEXT + 48), ("zm", TEXT + 0x20010)].into()
    );
}

#[test]
fn addresses_that_are_out_of_order_are_refused() {
    let mut symbols = symbols(Form::FromBase);
    let mut table = b"something else\0\0".to_vec();
    names(&mut table, &symbols);
    tokens(&mut table);
    symbols.swap(3, 4);
    addresses(&mut table, &symbols, Form::FromBase);
    let error = found(&table, &symbols).unwrap_err();
    assert!(error.to_string().contains("not in order"), "{error}");
}
