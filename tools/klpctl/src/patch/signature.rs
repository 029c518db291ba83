// SPDX-License-Identifier: GPL-2.0

//! Who has signed a module: a PKCS#7 message that is appended to its file. Whether the signature fits the file, and
//! whether a key may sign modules, only the kernel finds out.
//!
//! C sources: `kernel/module/signing.c`, `kernel/module_signature.c`, `scripts/sign-file.c`

use crate::elf::hexadecimal;
use serde::Serialize;
use std::fmt;

const MARK: &[u8] = b"~Module signature appended~\n";
/// `struct module_signature`.
const TRAILER: usize = 12;
const PKCS7: u8 = 2;

/// A module's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// There is none.
    None,
    /// By a key.
    By(Signer),
    /// Of a form that is not read here.
    Other,
    /// The kernel refuses it, whether it wants one or not; why.
    Damaged(&'static str),
}

/// Who has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// Who has issued the certificate, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Which key.
    pub key: Key,
}

/// What a key is called by, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// Its certificate's serial number.
    Serial(String),
    /// Its own identifier, which the kernel shows in `/proc/keys`.
    Identifier(String),
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(issuer) = &self.issuer {
            write!(f, "'{issuer}', ")?;
        }
        match &self.key {
            Key::Serial(serial) => write!(f, "the certificate with the serial number {serial}"),
            Key::Identifier(identifier) => write!(f, "the key {identifier}"),
        }
    }
}

/// Reads the end of a file.
pub fn read(file: &[u8]) -> Signature {
    let Some(signed) = file.strip_suffix(MARK) else {
        return Signature::None;
    };
    let Some((rest, trailer)) = signed.split_last_chunk::<TRAILER>() else {
        return Signature::Damaged("it is cut off");
    };
    let [algorithm, hash, kind, signer, key, _, _, _, length @ ..] = *trailer;
    let length = u32::from_be_bytes(length) as usize;
    if length >= rest.len() {
        return Signature::Damaged("it is longer than the file");
    }
    if kind != PKCS7 {
        return Signature::Other;
    }
    if [algorithm, hash, signer, key] != [0; 4] || trailer[5..8] != [0; 3] {
        return Signature::Damaged("its description has values that must be 0");
    }
    match signer_of(&rest[rest.len() - length..]) {
        Some(signer) => Signature::By(signer),
        None => Signature::Damaged("it is no PKCS#7 message"),
    }
}

// Tags of DER.
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const FIRST: u8 = 0xa0;
const SECOND: u8 = 0xa1;
const FIRST_PLAIN: u8 = 0x80;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];

/// RFC 5652: ContentInfo, SignedData, and of it the first SignerInfo.
fn signer_of(message: &[u8]) -> Option<Signer> {
    let mut content = Der(Der(message).next(SEQUENCE)?);
    content.next(IDENTIFIER)?;
    let mut signed = Der(Der(content.next(FIRST)?).next(SEQUENCE)?);
    signed.next(INTEGER)?;
    signed.next(SET)?;
    signed.next(SEQUENCE)?;
    signed.next(FIRST);
    signed.next(SECOND);
    let mut signer = Der(Der(signed.next(SET)?).next(SEQUENCE)?);
    signer.next(INTEGER)?;
    if let Some(identifier) = key_identifier(&mut signer) {
        return Some(Signer {
            issuer: None,
            key: Key::Identifier(hexadecimal(identifier)),
        });
    }
    let mut certificate = Der(signer.next(SEQUENCE)?);
    let issuer = name(certificate.next(SEQUENCE)?);
    let serial = certificate.next(INTEGER)?;
    Some(Signer {
        issuer,
        key: Key::Serial(hexadecimal(serial)),
    })
}

fn key_identifier<'a>(signer: &mut Der<'a>) -> Option<&'a [u8]> {
    signer
        .next(FIRST_PLAIN)
        .or_else(|| Der(signer.next(FIRST)?).next(OCTETS))
}

/// What is called the name, else the organization.
fn name(bytes: &[u8]) -> Option<String> {
    let attribute = |wanted: &[u8]| {
        let mut parts = Der(bytes);
        while let Some(part) = parts.next(SET) {
            let mut pair = Der(Der(part).next(SEQUENCE)?);
            if pair.next(IDENTIFIER)? == wanted {
                let (_, text) = pair.any()?;
                return Some(String::from_utf8_lossy(text).into_owned());
            }
        }
        None
    };
    attribute(COMMON_NAME).or_else(|| attribute(ORGANIZATION))
}

/// Values one after another, each of them a tag, a length and content.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next one's content, if it has the tag; else it stays.
    fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        match self.0.first() {
            Some(&first) if first == tag => Some(self.any()?.1),
            _ => None,
        }
    }

    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], mut rest) = self.0.split_first_chunk()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let digits = usize::from(first & 0x7f);
            if !(1..=4).contains(&digits) {
                return None;
            }
            let (bytes, after) = rest.split_at_checked(digits)?;
            length = bytes
                .iter()
                .fold(0, |length, &byte| (length << 8) | usize::from(byte));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((tag, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = content.len() as u16;
        let head = match length {
            0..=127 => vec![tag, length as u8],
            _ => [&[tag, 0x82][..], &length.to_be_bytes()].concat(),
        };
        [head, content].concat()
    }

    fn message(signer: &[u8]) -> Vec<u8> {
        let one = der(INTEGER, &[&[1]]);
        let certificates = der(FIRST, &[&[0; 200]]);
        let signer = der(SEQUENCE, &[&one, signer, &der(SEQUENCE, &[])]);
        let signed = der(
            SEQUENCE,
            &[
                &one,
                &der(SET, &[]),
                &der(SEQUENCE, &[]),
                &certificates,
                &der(SET, &[&signer]),
            ],
        );
        der(
            SEQUENCE,
            &[&der(IDENTIFIER, &[&[42]]), &der(FIRST, &[&signed])],
        )
    }

    fn by_serial() -> Vec<u8> {
        let attribute = |what: &[u8], text: &str| {
            let pair = [der(IDENTIFIER, &[what]), der(0x0c, &[text.as_bytes()])];
            der(SET, &[&der(SEQUENCE, &[&pair.concat()])])
        };
        let issuer = [
            attribute(ORGANIZATION, "Example"),
            attribute(COMMON_NAME, "Build key"),
        ];
        let issuer = der(SEQUENCE, &[&issuer.concat()]);
        message(&der(SEQUENCE, &[&issuer, &der(INTEGER, &[&[0x7f, 0x01]])]))
    }

    fn file(message: &[u8], kind: u8) -> Vec<u8> {
        let trailer = [0, 0, kind, 0, 0, 0, 0, 0];
        let length = (message.len() as u32).to_be_bytes();
        [b"\x7fELF", message, &trailer, &length, MARK].concat()
    }

    #[test]
    fn a_key_is_named_by_the_serial_of_a_certificate_or_by_itself() {
        let signer = |issuer: Option<&str>, key| {
            Signature::By(Signer {
                issuer: issuer.map(str::to_owned),
                key,
            })
        };
        assert_eq!(
            read(&file(&by_serial(), PKCS7)),
            signer(Some("Build key"), Key::Serial("7f01".into()))
        );
        let by_identifier = message(&der(FIRST_PLAIN, &[&[0xab, 0xcd]]));
        assert_eq!(
            read(&file(&by_identifier, PKCS7)),
            signer(None, Key::Identifier("abcd".into()))
        );
    }

    #[test]
    fn what_the_kernel_refuses_is_damaged() {
        assert_eq!(read(b"\x7fELF"), Signature::None);
        assert_eq!(read(&file(&by_serial(), 1)), Signature::Other);
        let whole = file(&by_serial(), PKCS7);
        let mut long = whole.clone();
        let at = long.len() - MARK.len() - 4;
        long[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
        let mut other = whole.clone();
        other[at - 8] = 1;
        for damaged in [MARK.to_vec(), long, other, file(b"no message", PKCS7)] {
            assert!(matches!(read(&damaged), Signature::Damaged(_)));
        }
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let message = by_serial();
        for end in 0..message.len() {
            assert_eq!(signer_of(&message[..end]), None, "{end}");
        }
        for at in 0..message.len() {
            for bit in 0..8 {
                let mut changed = message.clone();
                changed[at] ^= 1 << bit;
                let _ = signer_of(&changed);
            }
        }
    }
}
