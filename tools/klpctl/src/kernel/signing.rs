// SPDX-License-Identifier: GPL-2.0

//! Whether the running kernel loads modules that are not signed, and which keys it has.
//!
//! C sources: `kernel/module/signing.c`, `security/lockdown/lockdown.c`, `certs/system_keyring.c`

use std::{fs, path::Path};

/// What a kernel demands of modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// They need no signature.
    Nothing,
    /// They need one, by this.
    Signature(String),
    /// That is not known; what would tell.
    Unknown(&'static str),
}

/// What it demands.
pub fn demand(root: &Path) -> Demand {
    let read = |file: &str| fs::read_to_string(root.join(file)).ok();
    let enforced = read("sys/module/module/parameters/sig_enforce");
    if enforced.is_some_and(|value| value.trim() == "Y") {
        return Demand::Signature("module.sig_enforce=1".to_owned());
    }
    let security = root.join("sys/kernel/security");
    match read("sys/kernel/security/lockdown") {
        Some(modes) if modes.contains("[none]") => Demand::Nothing,
        Some(modes) => Demand::Signature(format!("lockdown, {}", mode(&modes))),
        None if security.exists() && !security.join("lsm").exists() => Demand::Unknown(
            "mount -t securityfs none /sys/kernel/security, and be root: lockdown shows there",
        ),
        None => Demand::Nothing,
    }
}

/// The mode in brackets is in force.
fn mode(modes: &str) -> &str {
    let mode = modes
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    mode.map_or(modes.trim(), |(mode, _)| mode)
}

/// Whether it has a key of that identifier, if that shows.
pub fn has_key(root: &Path, identifier: &str) -> Option<bool> {
    let keys = fs::read_to_string(root.join("proc/keys")).ok()?;
    let mut keys = keys
        .lines()
        .filter(|line| line.contains(" asymmetri"))
        .peekable();
    keys.peek()?;
    Some(keys.any(|line| line.contains(&format!(": {identifier}: "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(test: &str, files: &[(&str, &str)], judge: impl Fn(&Path) -> T) -> T {
        let root = std::env::temp_dir().join(format!("klpctl-{test}-{}", std::process::id()));
        for (file, text) in files {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let answer = judge(&root);
        let _ = fs::remove_dir_all(root);
        answer
    }

    #[test]
    fn a_parameter_or_lockdown_demands_signatures() {
        let parameter = "sys/module/module/parameters/sig_enforce";
        let lockdown = "sys/kernel/security/lockdown";
        let lsm = ("sys/kernel/security/lsm", "lockdown,capability");
        for (files, expected) in [
            (vec![], Demand::Nothing),
            (vec![(parameter, "N\n"), lsm], Demand::Nothing),
            (
                vec![(parameter, "N\n"), lsm, (lockdown, "[none] integrity\n")],
                Demand::Nothing,
            ),
            (
                vec![(parameter, "Y\n")],
                Demand::Signature("module.sig_enforce=1".into()),
            ),
            (
                vec![lsm, (lockdown, "none [integrity] confidentiality\n")],
                Demand::Signature("lockdown, integrity".into()),
            ),
        ] {
            assert_eq!(with("demand", &files, demand), expected, "{files:?}");
        }
        let unmounted = [("sys/kernel/security/other/x", "")];
        let found = with("unmounted", &unmounted, demand);
        assert!(matches!(found, Demand::Unknown(_)), "{found:?}");
    }

    #[test]
    fn a_key_is_known_by_its_whole_identifier() {
        let keys = "20506247 I------  2 perm 1f0b0000 0 0 keyring   .builtin_trusted_keys: 1\n\
            2b43a51d I------  1 perm 1f030000 0 0 asymmetri Build key: 0b7c11d4: X509.rsa 0b7c11d4 []\n";
        let has = |id: &'static str| with("keys", &[("proc/keys", keys)], |root| has_key(root, id));
        assert_eq!(has("0b7c11d4"), Some(true));
        assert_eq!(has("0b7c"), Some(false));
        assert_eq!(
            with("hidden", &[("proc/keys", "")], |root| has_key(root, "1")),
            None
        );
    }
}
