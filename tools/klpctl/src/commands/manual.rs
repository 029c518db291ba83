// SPDX-License-Identifier: GPL-2.0

//! `klpctl man` and `klpctl completions`: both from the command line's description.

use crate::{
    cli::Cli,
    exit::{self, Exit},
    show,
};
use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;
use std::{fs, io::Write, path::Path};

/// Writes `klpctl.1` and `klpctl-COMMAND.1`.
pub fn man_pages(dir: &Path) -> Result<Exit> {
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(dir)?;
        // The exit codes have a section of their own.
        let command = Cli::command().after_help(None::<&str>);
        clap_mangen::generate_to(command, dir)?;
        for page in fs::read_dir(dir)? {
            let page = page?.path();
            let is_ours = page
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("klpctl"));
            if is_ours && page.extension().is_some_and(|extension| extension == "1") {
                let mut file = fs::OpenOptions::new().append(true).open(page)?;
                file.write_all(sections().as_bytes())?;
            }
        }
        Ok(())
    };
    write().with_context(|| format!("cannot write man pages into {}", dir.display()))?;
    Ok(Exit::Ok)
}

/// What is behind each page.
fn sections() -> String {
    let mut text = String::from(".SH EXIT STATUS\n");
    for line in exit::HELP.lines().skip(1) {
        let (code, meaning) = line.trim().split_once(' ').unwrap_or((line, ""));
        text += &format!(".TP\n.B {code}\n{}\n", meaning.trim());
    }
    text += ".SH FILES\n";
    for (file, what) in FILES {
        text += &format!(".TP\n.I {}\n{what}\n", file.replace('-', "\\-"));
    }
    text += ".SH EXAMPLES\n";
    for (command, what) in EXAMPLES {
        text += &format!(".TP\n.B {}\n{what}\n", command.replace('-', "\\-"));
    }
    text
}

const FILES: [(&str, &str); 5] = [
    ("/var/lib/klpctl/RELEASE/", "the livepatches that are installed for a kernel, and their order"),
    ("/var/lib/klpctl/held", "those that are held back, since a boot ended uncleanly after they were loaded"),
    ("/etc/klpctl/off", "if it is there, nothing is loaded at boot; so it is with klpctl=off on the kernel's command line"),
    ("/run/klpctl/", "the lock, since when a transition is pending, and what was forced, until the next boot"),
    ("/sys/kernel/livepatch/", "what the kernel shows of livepatches in force"),
];

const EXAMPLES: [(&str, &str); 6] = [
    ("klpctl", "whether the system is as it should be"),
    (
        "klpctl load my-fix.ko",
        "verify a livepatch, load it, and wait until all tasks run it",
    ),
    (
        "klpctl blocking -v",
        "which tasks hold a transition, and where they are",
    ),
    ("klpctl install my-fix.ko", "load it at boot from now on"),
    ("klpctl fixes CVE-2026-1234", "whether that is fixed now"),
    (
        "klpctl patch fix.patch --fixes CVE-2026-1234",
        "make a livepatch of a fix in C",
    ),
];

/// Prints a shell's completions.
pub fn completions(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "klpctl", &mut script);
    script.extend(names(shell).as_bytes());
    show::plain(&script).map(|()| Exit::Ok)
}

/// What completes the names of patches that are loaded or installed, where a shell can be told so.
fn names(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => BASH,
        Shell::Fish => FISH,
        _ => "",
    }
}

const BASH: &str = r#"
_klpctl_and_names() {
    _klpctl "$@"
    local word=${COMP_WORDS[COMP_CWORD]} names=
    case ${COMP_WORDS[1]-} in
    info | compat | diff | unload | reverse | wait | force) names=$(command ls /sys/kernel/livepatch 2>/dev/null) ;;
    load | uninstall) names=$(sed 's/@.*//' "/var/lib/klpctl/$(uname -r)/order" 2>/dev/null) ;;
    esac
    [[ $word == -* ]] || COMPREPLY+=($(compgen -W "$names" -- "$word"))
}
complete -F _klpctl_and_names -o bashdefault -o default klpctl
"#;

const FISH: &str = r#"
complete -c klpctl -n "__fish_klpctl_using_subcommand unload reverse wait force info compat diff" -a "(command ls /sys/kernel/livepatch 2>/dev/null)"
complete -c klpctl -n "__fish_klpctl_using_subcommand load uninstall" -a "(sed 's/@.*//' /var/lib/klpctl/(uname -r)/order 2>/dev/null)"
"#;
