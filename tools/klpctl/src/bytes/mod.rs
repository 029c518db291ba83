// SPDX-License-Identifier: GPL-2.0

//! Files read into memory: bounded, and decompressed where they are compressed.
//!
//! # Security
//!
//! A file may be anything. What comes out of it is never larger than [`LIMIT`].

mod compression;

pub use compression::Compression;

use crate::near;
use anyhow::{bail, Context, Result};
use std::{fs::File, io::Read, path::Path};

/// The most that is taken from a file. A stock kernel's image is 70 MiB, its largest module with
/// debug information 100 MiB.
pub const LIMIT: u64 = 160 << 20;

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).with_context(|| {
        let near = near::in_parentheses(near::file(path).filter(|_| !path.exists()));
        format!("cannot open {}{near}", path.display())
    })?;
    if file.metadata()?.is_dir() {
        bail!("{}: a directory, where a file is expected", path.display());
    }
    let bytes = bounded(file).with_context(|| format!("cannot read {}", path.display()))?;
    decompress(bytes).with_context(|| format!("cannot decompress {}", path.display()))
}

fn bounded(reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LIMIT + 1).read_to_end(&mut bytes)?;
    check_size(bytes.len())?;
    Ok(bytes)
}

fn check_size(size: usize) -> Result<()> {
    if size as u64 > LIMIT {
        bail!(
            "it is larger than {} MiB, which no kernel module or image is",
            LIMIT >> 20
        );
    }
    Ok(())
}

/// What is in compressed bytes; other bytes as they are.
fn decompress(bytes: Vec<u8>) -> Result<Vec<u8>> {
    match Compression::of(&bytes) {
        Some(compression) => compression.decompress(&bytes),
        None => Ok(bytes),
    }
}

#[cfg(test)]
mod tests;
