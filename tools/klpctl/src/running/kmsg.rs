// SPDX-License-Identifier: GPL-2.0

//! What the kernel says, from some moment on.

use rustix::fs::OFlags;
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// No more lines are worth reading.
const MOST: usize = 12;

/// The kernel's log, where it can be read.
pub struct Log(Option<File>);

impl Log {
    /// Of what comes from now on.
    pub fn from_now(root: &Path) -> Self {
        let open = || {
            let mut file = OpenOptions::new()
                .read(true)
                .custom_flags(OFlags::NONBLOCK.bits() as i32)
                .open(root.join("dev/kmsg"))?;
            file.seek(SeekFrom::End(0))?;
            std::io::Result::Ok(file)
        };
        Self(open().ok())
    }

    /// What has come that is about a module, or about modules.
    pub fn about(&mut self, module: &str) -> Vec<String> {
        let Some(file) = &mut self.0 else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        let mut record = [0; 8192];
        while let Ok(len @ 1..) = file.read(&mut record) {
            lines.extend(message(&String::from_utf8_lossy(&record[..len])));
        }
        lines.retain(|line| is_about(line, module));
        lines.drain(..lines.len().saturating_sub(MOST));
        lines
    }
}

/// `priority,number,time,flags;message`, and then lines with properties. Programs write there too.
fn message(record: &str) -> Option<String> {
    let (head, text) = record.split_once(';')?;
    let priority: u32 = head.split(',').next()?.parse().ok()?;
    let is_kernels = priority >> 3 == 0;
    is_kernels.then(|| text.lines().next().unwrap_or_default().to_owned())
}

fn is_about(line: &str, module: &str) -> bool {
    const WORDS: [&str; 7] = [
        "livepatch",
        "module",
        "Module",
        "ockdown",
        "ima:",
        "PKCS",
        "ftrace",
    ];
    line.contains(module) || WORDS.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_kernel_is_quoted() {
        assert_eq!(
            message("3,1,2,-;livepatch: symbol 'x' not found\n SUBSYSTEM=x\n").as_deref(),
            Some("livepatch: symbol 'x' not found")
        );
        assert_eq!(message("14,1,2,-;livepatch: made up by a program\n"), None);
        assert!(is_about("my_fix: bad thing", "my_fix") && !is_about("usb 1-1: new", "my_fix"));
    }
}
