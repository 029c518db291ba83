// SPDX-License-Identifier: GPL-2.0

//! How kernels and modules are compressed: as the kernel's build does it.
//!
//! In an image more bytes may follow: the size of what is in it, which the kernel's start reads.
//!
//! Not supported: LZO.
//!
//! C sources: `scripts/Makefile.lib`, `scripts/xz_wrap.sh`

use super::{bounded, check_size, LIMIT};
use anyhow::{anyhow, bail, Context, Result};
use std::io::Write;
use xz4rust::{XzDecoder, XzNextBlockResult};

/// A kind of compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// The form before xz, which has no magic: the options that `lzma -9` takes.
    Lzma,
    /// xz, which may have a filter for x86-64 before it.
    Xz,
    /// LZ4, in the form of its first release.
    Lz4,
    /// LZO, which is known but not read.
    Lzo,
    /// Zstandard.
    Zstd,
}

const MAGIC: [(&[u8], Compression); 7] = [
    (b"\x1f\x8b", Compression::Gzip),
    (b"BZh", Compression::Bzip2),
    (b"\x5d\0\0", Compression::Lzma),
    (b"\xfd7zXZ\0", Compression::Xz),
    (b"\x02\x21\x4c\x18", Compression::Lz4),
    (b"\x89LZO\0", Compression::Lzo),
    (b"\x28\xb5\x2f\xfd", Compression::Zstd),
];

impl Compression {
    /// How bytes are compressed, if they are.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let known = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic));
        known.map(|&(_, compression)| compression)
    }

    /// What is in compressed bytes.
    pub fn decompress(self, bytes: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Gzip => bounded(flate2::read::GzDecoder::new(bytes)),
            Self::Bzip2 => bounded(bzip2::read::BzDecoder::new(bytes)),
            // Its reader takes nothing that follows.
            Self::Lzma => lzma(bytes).or_else(|_| lzma(&bytes[..bytes.len().saturating_sub(4)])),
            Self::Xz => xz(bytes),
            Self::Lz4 => lz4(bytes),
            Self::Lzo => {
                bail!("it is compressed by LZO, which is not read: decompress it, by lzop -d")
            }
            Self::Zstd => zstd(bytes),
        }
    }
}

/// At once, as the window of what the kernel's build compresses is as large as what comes out.
fn zstd(bytes: &[u8]) -> Result<Vec<u8>> {
    let of_zstd = |code| anyhow!("{}", zstd_safe::get_error_name(code));
    let frame = &bytes[..zstd_safe::find_frame_compressed_size(bytes).map_err(of_zstd)?];
    let size = zstd_safe::get_frame_content_size(frame).ok().flatten();
    let size = usize::try_from(size.unwrap_or(LIMIT))?;
    check_size(size)?;
    let mut out = Vec::new();
    out.try_reserve_exact(size)?;
    zstd_safe::decompress(&mut out, frame).map_err(of_zstd)?;
    out.shrink_to_fit();
    Ok(out)
}

fn lzma(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Bounded(Vec::new());
    lzma_rs::lzma_decompress(&mut bytes, &mut out).map_err(|error| anyhow!("{error:?}"))?;
    Ok(out.0)
}

fn xz(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut decoder = XzDecoder::in_heap_with_alloc_dict_size(0, LIMIT as usize);
    let mut out = Bounded(Vec::new());
    let mut piece = vec![0; 1 << 16];
    loop {
        let result = decoder.decode(bytes, &mut piece)?;
        bytes = &bytes[result.input_consumed()..];
        out.write_all(&piece[..result.output_produced()])?;
        match result {
            XzNextBlockResult::EndOfStream(..) => return Ok(out.0),
            _ if !result.made_progress() => {
                bail!("it is cut off")
            }
            _ => {}
        }
    }
}

/// Blocks of 8 MiB, each after its compressed size; a last one may be smaller.
fn lz4(bytes: &[u8]) -> Result<Vec<u8>> {
    const BLOCK: usize = 8 << 20;
    let mut rest = &bytes[4..];
    let (mut out, mut block) = (Vec::new(), vec![0; BLOCK]);
    let mut last = BLOCK;
    while let Some((size, behind)) = rest.split_first_chunk() {
        let size = u32::from_le_bytes(*size) as usize;
        if last < BLOCK {
            break; // what follows is the size of all
        }
        let compressed = behind.get(..size).context("it is cut off")?;
        last = lz4_flex::block::decompress_into(compressed, &mut block)?;
        out.extend_from_slice(&block[..last]);
        check_size(out.len())?;
        rest = &behind[size..];
    }
    Ok(out)
}

struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        check_size(self.0.len() + bytes.len()).map_err(std::io::Error::other)?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
