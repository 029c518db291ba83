// SPDX-License-Identifier: GPL-2.0

//! Files read into memory: bounded, and decompressed where they are compressed.
//!
//! # Security
//!
//! A file may be anything. What comes out of it is never larger than [`LIMIT`].

use anyhow::{bail, Context, Result};
use std::{fs::File, io::Read, path::Path};

/// The most that is taken from a file. A stock kernel's image is 70 MiB, its largest module with
/// debug information 100 MiB.
pub const LIMIT: u64 = 160 << 20;

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    if file.metadata()?.is_dir() {
        bail!("{}: a directory, where a file is expected", path.display());
    }
    let bytes = bounded(file).with_context(|| format!("cannot read {}", path.display()))?;
    decompress(bytes).with_context(|| format!("cannot decompress {}", path.display()))
}

fn bounded(reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        bail!(
            "it is larger than {} MiB, which no kernel module or image is",
            LIMIT >> 20
        );
    }
    Ok(bytes)
}

/// What is in compressed bytes; other bytes as they are.
fn decompress(bytes: Vec<u8>) -> Result<Vec<u8>> {
    Ok(decompress_stream(&bytes)?.unwrap_or(bytes))
}

/// What is in compressed bytes, which may be followed by others.
pub fn decompress_stream(bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(Some(match bytes {
        [0x1f, 0x8b, ..] => bounded(flate2::read::GzDecoder::new(bytes))?,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => zstd(bytes)?,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => xz(bytes)?,
        _ => return Ok(None),
    }))
}

fn zstd(bytes: &[u8]) -> Result<Vec<u8>> {
    bounded(
        ruzstd::decoding::StreamingDecoder::new(bytes)
            .map_err(|error| anyhow::anyhow!("{error}"))?,
    )
}

fn xz(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Bounded(Vec::new());
    lzma_rs::xz_decompress(&mut bytes, &mut out).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(out.0)
}

struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if (self.0.len() + bytes.len()) as u64 > LIMIT {
            return Err(std::io::Error::other(format!(
                "what comes out is larger than {} MiB",
                LIMIT >> 20
            )));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
