// SPDX-License-Identifier: GPL-2.0

//! `klpctl sign`: with the kernel's own tool.

use super::{done, load::File};
use crate::{
    bytes,
    cli::SignChoice,
    elf::Elf,
    exit::Exit,
    interrupt::{self, Partial},
    patch::{self, Signature},
    running::obstacle::{Obstacle, Reason},
    store::release_of,
};
use anyhow::{bail, Context, Result};
use serde::Serialize;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

#[derive(Serialize)]
struct Told<'a> {
    file: &'a str,
    signature: Option<&'a Signature>,
}

/// Signs a file, which is replaced.
pub fn run(name: &str, choice: &SignChoice, json: bool) -> Result<Exit> {
    let file = signed_file(File::read(name)?, choice)?;
    let path = Path::new(name);
    let write = || -> std::io::Result<()> {
        let (partial, mut to) = Partial::file(path)?;
        to.write_all(&file.bytes)?;
        to.sync_all()?;
        to.set_permissions(fs::metadata(path)?.permissions())?;
        partial.finish(path)
    };
    write().with_context(|| format!("cannot write {name}"))?;
    let signature = file.patch.signature.as_ref();
    let by = match signature {
        Some(Signature::By(signer)) => format!(" by {signer}"),
        _ => String::new(),
    };
    done(
        json,
        &format!("{name}: signed{by}"),
        Told {
            file: name,
            signature,
        },
    )
}

/// The file, signed.
pub fn signed_file(file: File, choice: &SignChoice) -> Result<File> {
    let (Some(key), Some(cert)) = (&choice.key, &choice.cert) else {
        bail!("a signature needs --key and --cert: a private key and its certificate, as the kernel's build makes them in certs/");
    };
    if let Some(Signature::By(signer)) = &file.patch.signature {
        let message = format!("{}: it is signed by {signer}", file.name);
        return Err(Obstacle::new(Reason::Signature, message)
            .help("'strip --strip-debug' takes a signature away, with the debug information")
            .into());
    }
    let tool = tool(choice, &release_of(&file.patch)?)?;
    let aside = std::env::temp_dir().join("klpctl-sign");
    let (partial, mut to) =
        Partial::file(&aside).with_context(|| format!("cannot write {}", aside.display()))?;
    to.write_all(&file.bytes)?;
    drop(to);
    let mut command = Command::new(&tool);
    command
        .arg(&choice.hash)
        .args([key, cert])
        .arg(partial.path());
    let ran = interrupt::output(&mut command)
        .with_context(|| format!("cannot run {}", tool.display()))?;
    if !ran.status.success() {
        let says = String::from_utf8_lossy(&ran.stderr);
        bail!(
            "{}: {} failed: {}",
            file.name,
            tool.display(),
            says.trim().replace('\n', "; ")
        );
    }
    let bytes = bytes::read(partial.path())?;
    let patch = Elf::parse(&bytes)
        .map_err(patch::Error::from)
        .and_then(|elf| patch::read(&elf))?;
    Ok(File::of(file.name, bytes, patch))
}

/// The one of the kernel's headers, but for one that is given.
fn tool(choice: &SignChoice, release: &str) -> Result<PathBuf> {
    if let Some(tool) = &choice.sign_file {
        return Ok(tool.clone());
    }
    let mut places = vec![PathBuf::from(format!(
        "/lib/modules/{release}/build/scripts/sign-file"
    ))];
    if let Some(cache) = crate::checkout::cache() {
        places.push(
            cache
                .join("kernel")
                .join(release)
                .join("build/scripts/sign-file"),
        );
    }
    let found = places.iter().find(|place| place.is_file());
    found.cloned().with_context(|| {
        format!("no sign-file of {release} is here: install the kernel's headers, or name it by --sign-file")
    })
}
