// SPDX-License-Identifier: GPL-2.0

//! What the code of a function is, wherever it lies: its bytes, and what it refers to. What it refers
//! to in its own module is taken by its content, all the way down; what is elsewhere, by its name.
//!
//! Two fingerprints that are equal are of the same code. Two that differ may yet do the same.

use crate::elf::{Elf, Place, Reference, Target};
use object::elf::{
    RelocationType, R_X86_64_32, R_X86_64_32S, R_X86_64_64, R_X86_64_PC32, R_X86_64_PC64,
    R_X86_64_PLT32,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

/// What a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of its own code.
    pub own: u64,
    /// With all that it leads to in its module.
    pub whole: u64,
}

/// The fingerprints of a module's functions.
pub struct Fingerprints<'e, 'a> {
    elf: &'e Elf<'a>,
    /// What references lead to, which says where data without a symbol ends.
    referred: BTreeSet<Place>,
    /// What stands in a table of the kernel about a place in code.
    notes: BTreeMap<Place, Vec<Piece>>,
    /// What is not followed: what the module is called, and its tables of all replacements.
    opaque: Vec<Piece>,
}

/// A function, a variable, or what is between two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Piece {
    start: Place,
    size: u64,
}

/// Tables about places in code, their entries' sizes; the place comes first.
const NOTES: [(&str, u64); 4] = [
    ("__jump_table", 16),
    (".altinstructions", 14),
    ("__ex_table", 12),
    (".static_call_sites", 8),
];
const REPLACEMENT_SIZE_AT: u64 = 13;

/// From a relative reference to the end of its instruction: 4 bytes, and what constant follows.
const ENDS: [u64; 4] = [4, 5, 6, 8];

impl<'e, 'a> Fingerprints<'e, 'a> {
    /// Of a module whose `struct klp_patch` is at `patch`, if it is anywhere.
    pub fn of(elf: &'e Elf<'a>, patch: Option<Place>) -> Self {
        let mut this = Self {
            elf,
            referred: BTreeSet::new(),
            notes: BTreeMap::new(),
            opaque: Vec::new(),
        };
        this.referred = this.all_referred();
        this.notes = this.all_notes();
        let module = elf.section(".gnu.linkonce.this_module");
        let module = module.map(|section| Place { section, offset: 0 });
        this.opaque = [module, patch]
            .into_iter()
            .flatten()
            .map(|place| this.piece(place))
            .collect();
        this
    }

    /// Of the function at a place, which is entered at another if it has a trampoline.
    pub fn get(&self, entry: Place, body: Option<Place>) -> Fingerprint {
        let body = self.piece(body.unwrap_or(entry));
        Fingerprint {
            own: self.hash(body, false),
            whole: self.hash(self.piece(entry), true),
        }
    }

    /// Pieces in the order in which they are reached; a reference to one is its number.
    fn hash(&self, first: Piece, follow: bool) -> u64 {
        let mut hasher = DefaultHasher::new();
        let mut numbers = HashMap::from([(first, 0)]);
        let mut pieces = vec![first];
        let mut at = 0;
        while let Some(&piece) = pieces.get(at) {
            let mut number = |piece: Piece| {
                let next = numbers.len();
                *numbers.entry(piece).or_insert_with(|| {
                    pieces.push(piece);
                    next
                })
            };
            self.hash_piece(piece, &mut hasher, &mut |piece| number(piece));
            at += 1;
            if !follow {
                break;
            }
        }
        hasher.finish()
    }

    fn hash_piece(
        &self,
        piece: Piece,
        hasher: &mut DefaultHasher,
        number: &mut dyn FnMut(Piece) -> usize,
    ) {
        if self.opaque.contains(&piece) {
            return "opaque".hash(hasher);
        }
        let mut bytes = self.bytes(piece).to_vec();
        let edges = self.edges(piece, &mut bytes);
        (piece.size, bytes).hash(hasher);
        for (offset, kind, target) in edges {
            (offset, kind.0).hash(hasher);
            match target {
                Target::Outside(name) => name.hash(hasher),
                Target::Inside(place) => {
                    let target = self.piece(place);
                    (number(target), place.offset - target.start.offset).hash(hasher);
                }
            }
        }
        let end = piece.start.after(piece.size);
        for (place, notes) in self.notes.range(piece.start..end) {
            for note in notes {
                (place.offset - piece.start.offset).hash(hasher);
                self.hash_piece(*note, hasher, number);
            }
        }
    }

    fn bytes(&self, piece: Piece) -> &'a [u8] {
        let end = piece.start.offset.saturating_add(piece.size) as usize;
        let bytes = self.elf.bytes(piece.start.section);
        bytes
            .get(piece.start.offset as usize..end)
            .unwrap_or_default()
    }

    /// What a piece refers to, in order; the bytes that hold the references become zero.
    fn edges(&self, piece: Piece, bytes: &mut [u8]) -> Vec<(u64, RelocationType, Target<'a>)> {
        let mut edges = Vec::new();
        for reference in self.elf.relocations(piece.start, piece.size) {
            let at = reference.place.offset - piece.start.offset;
            clear(bytes, at, width(reference.kind));
            for target in self.targets(&reference) {
                edges.push((at, reference.kind, target));
            }
        }
        if self.elf.is_code(piece.start.section) {
            edges.extend(self.resolved_branches(piece, bytes));
        }
        edges.sort_by_key(|(at, ..)| *at);
        edges
    }

    /// Where a reference leads; where that depends on the instruction's end, all that it may be.
    fn targets(&self, reference: &Reference<'a>) -> Vec<Target<'a>> {
        let Target::Inside(place) = reference.target else {
            return vec![reference.target];
        };
        let is_relative = matches!(reference.kind, R_X86_64_PC32 | R_X86_64_PLT32);
        if !is_relative || !self.elf.is_code(reference.place.section) {
            return vec![reference.target];
        }
        let begins = |place: &Place| !self.elf.symbols_at(*place).is_empty();
        let exact = ENDS.iter().map(|&end| place.after(end)).filter(begins);
        let mut targets: Vec<_> = exact.map(Target::Inside).collect();
        let usual = Target::Inside(place.after(ENDS[0]));
        if !targets.contains(&usual) {
            targets.insert(0, usual);
        }
        targets
    }

    /// Calls and jumps to a function of the same section, which the assembler has resolved.
    fn resolved_branches(
        &self,
        piece: Piece,
        bytes: &mut [u8],
    ) -> Vec<(u64, RelocationType, Target<'a>)> {
        let mut found = Vec::new();
        let mut at = 1;
        while at + 4 <= bytes.len() {
            let is_branch = matches!(bytes[at - 1], 0xe8 | 0xe9)
                || (at > 1 && bytes[at - 2] == 0x0f && bytes[at - 1] & 0xf0 == 0x80);
            let field = <[u8; 4]>::try_from(&bytes[at..at + 4]).unwrap_or_default();
            let distance = i64::from(i32::from_le_bytes(field)) as u64;
            let target = piece.start.after(at as u64 + 4).after(distance);
            let is_outside = target < piece.start || target >= piece.start.after(piece.size);
            if is_branch && is_outside && !self.elf.symbols_at(target).is_empty() {
                clear(bytes, at as u64, 4);
                found.push((at as u64, R_X86_64_PLT32, Target::Inside(target)));
                at += 4;
            } else {
                at += 1;
            }
        }
        found
    }

    /// What a place is in.
    fn piece(&self, place: Place) -> Piece {
        if let Some((start, symbol)) = self.elf.item_around(place) {
            let size = symbol.size;
            return Piece { start, size };
        }
        let section_end = self.elf.size(place.section).max(place.offset);
        let text = self.elf.is_text(place.section);
        let text = text.then(|| self.elf.string(place)).flatten();
        let end = match text {
            Some(text) => place.offset + text.len() as u64 + 1,
            None => self
                .next_boundary(place)
                .map_or(section_end, |end| end.min(section_end)),
        };
        Piece {
            start: place,
            size: end - place.offset,
        }
    }

    fn next_boundary(&self, place: Place) -> Option<u64> {
        let mut after = self.referred.range(place.after(1)..);
        let referred = after.next().filter(|next| next.section == place.section);
        let item = self.elf.next_item(place);
        [
            referred.map(|next| next.offset),
            item.map(|next| next.offset),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn all_referred(&self) -> BTreeSet<Place> {
        let targets = self.elf.all_relocations();
        let targets = targets.flat_map(|reference| self.targets(&reference));
        targets
            .filter_map(|target| match target {
                Target::Inside(place) => Some(place),
                Target::Outside(_) => None,
            })
            .collect()
    }

    fn all_notes(&self) -> BTreeMap<Place, Vec<Piece>> {
        let mut notes = BTreeMap::<_, Vec<_>>::new();
        for (name, size) in NOTES {
            let Some(section) = self.elf.section(name) else {
                continue;
            };
            for offset in (0..self.elf.size(section)).step_by(size as usize) {
                let entry = Place { section, offset };
                let about = self.inside(entry);
                let Some(about) = about else { continue };
                notes
                    .entry(about)
                    .or_default()
                    .extend(self.note(name, entry, size));
            }
        }
        notes
    }

    /// What an entry says beside what it is about.
    fn note(&self, table: &str, entry: Place, size: u64) -> Vec<Piece> {
        let rest = Piece {
            start: entry.after(if table == ".altinstructions" { 8 } else { 4 }),
            size: size - if table == ".altinstructions" { 8 } else { 4 },
        };
        let replacement = || {
            let [size] = self.elf.read(entry.after(REPLACEMENT_SIZE_AT))?;
            Some(Piece {
                start: self.inside(entry.after(4))?,
                size: u64::from(size),
            })
        };
        let replacement = (table == ".altinstructions").then(replacement).flatten();
        [Some(rest), replacement].into_iter().flatten().collect()
    }

    fn inside(&self, place: Place) -> Option<Place> {
        let reference = self.elf.relocations(place, 1).next()?;
        match reference.target {
            Target::Inside(target) => Some(target),
            Target::Outside(_) => None,
        }
    }
}

fn width(kind: RelocationType) -> u64 {
    match kind {
        R_X86_64_64 | R_X86_64_PC64 => 8,
        R_X86_64_32 | R_X86_64_32S | R_X86_64_PC32 | R_X86_64_PLT32 => 4,
        _ => 0,
    }
}

fn clear(bytes: &mut [u8], at: u64, width: u64) {
    if let Some(field) = bytes.get_mut(at as usize..(at + width) as usize) {
        field.fill(0);
    }
}
