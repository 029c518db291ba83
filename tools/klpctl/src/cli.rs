// SPDX-License-Identifier: GPL-2.0

//! The command line, from which help, man pages and completions are made.

mod system;

pub use system::{Knowledge, SignChoice, SystemCommand, Waiting};

use crate::{
    date::Date,
    exit,
    patch::{fault_in_fix, fault_in_version, About},
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::Serialize;
use std::path::PathBuf;

/// Make, check, load and watch Linux livepatches
///
/// Without a command, it shows the status of the running system.
#[derive(Debug, Parser)]
#[command(name = "klpctl", version, after_help = exit::HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// A command with its arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what is in a livepatch: objects, functions, states, symbols
    Info {
        /// Modules' files, or names of patches that are loaded
        #[arg(required = true, value_name = "KO|NAME")]
        patches: Vec<String>,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Say whether the kernel would accept a patch over others
    ///
    /// The patches are given in the order in which they are loaded, as verify takes them: the last one is judged over
    /// those before it, a single one over those that are in force.
    Compat {
        /// Files, or names of patches that are loaded; the new one comes last
        #[arg(required = true, value_name = "KO|NAME")]
        patches: Vec<String>,
        /// Judge every patch over every other
        #[arg(long)]
        matrix: bool,
        /// Draw the matrix into a file
        #[arg(long, value_name = "FILE", requires = "matrix")]
        svg: Option<PathBuf>,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Show what changes from one patch to another
    ///
    /// The exit status is 4 if anything does.
    Diff {
        /// The patch that is compared with: a file, or the name of one that is loaded
        from: String,
        /// The patch that is compared
        to: String,
        /// How much has to be known.
        #[command(flatten)]
        strictness: Strictness,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Check a livepatch before it is loaded
    ///
    /// Without a choice of kernel, it is the one that the patch was built for, if that is prepared
    /// or installed here. Several patches are taken for loaded in their order: each is also checked over those before
    /// it. With --running, the first comes over what is in force.
    Verify {
        /// Modules' files
        #[arg(required = true, value_name = "KO")]
        files: Vec<String>,
        /// Patches that are in force by then, in their order: files, or names of those that are loaded
        #[arg(long, value_name = "KO|NAME")]
        over: Vec<String>,
        /// How much has to be known.
        #[command(flatten)]
        strictness: Strictness,
        /// Which kernel.
        #[command(flatten)]
        kernel: KernelChoice,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Print a kernel tree that Rust modules can be built against, prepared if need be
    Kdir {
        /// A stock kernel's release (default: the newest), or the path of a tree of your own
        #[arg(value_name = "RELEASE|DIR", conflicts_with = "running")]
        which: Option<String>,
        /// The kernel that runs
        #[arg(long)]
        running: bool,
    },
    /// Make the directory of a livepatch that builds at once, with the functions' prototypes
    ///
    /// The bodies are to be written: until then 'verify' fails the module. With --c they are those of the kernel's
    /// source, with what was inlined into them, and are to be changed.
    #[command(
        override_usage = "klpctl new [OPTIONS] <NAME> --target <OBJECT:FUNCTION[,POSITION]>..."
    )]
    New {
        /// The livepatch's name, which is also the directory's
        name: Option<String>,
        /// A function to replace: OBJECT is vmlinux or a module
        #[arg(
            long = "target",
            required = true,
            num_args = 1..,
            value_name = "OBJECT:FUNCTION[,POSITION]"
        )]
        targets: Vec<String>,
        /// Replacements in C, which begin as copies of the kernel's own functions
        #[arg(long)]
        c: bool,
        /// Replacements that call the originals
        #[arg(long, conflicts_with = "c")]
        around: bool,
        /// For a stock kernel of this release (default: the newest)
        #[arg(long, value_name = "RELEASE", group = "which")]
        release: Option<String>,
        /// What it will say of itself.
        #[command(flatten)]
        about: AboutChoice,
        /// Which kernel.
        #[command(flatten)]
        kernel: KernelChoice,
    },
    /// Print structs of the kernel's in Rust, with all fields where they are
    ///
    /// From the kernel's type information (BTF), which has those that no header has, too. What is printed is a module of
    /// its own; the compiler checks each field's place, and `verify` compares with the kernel that it is given.
    Types {
        /// vmlinux, or a module
        object: String,
        /// Structs and unions, without `struct`
        #[arg(required = true, value_name = "STRUCT")]
        structs: Vec<String>,
        /// Of a stock kernel of this release (default: the newest)
        #[arg(long, value_name = "RELEASE", group = "which")]
        release: Option<String>,
        /// Which kernel.
        #[command(flatten)]
        kernel: KernelChoice,
    },
    /// Build a directory of livepatches, link and verify them
    Build {
        /// The directory
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// For a stock kernel of this release (default: the newest)
        #[arg(long, value_name = "RELEASE", conflicts_with = "kdir")]
        release: Option<String>,
        /// For a kernel tree of your own, with the compilers of this machine
        #[arg(long, value_name = "DIR")]
        kdir: Option<PathBuf>,
        /// How much has to be known.
        #[command(flatten)]
        strictness: Strictness,
        /// How what was found is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Make a livepatch of a fix in C
    ///
    /// Makes a directory like those of `new`, builds it, and verifies what comes out. Run again with a
    /// changed fix, it makes again what is generated, and keeps what you wrote.
    Patch {
        /// The fix; several make one livepatch
        #[arg(required = true, value_name = "FIX.patch")]
        patches: Vec<PathBuf>,
        /// The livepatch's tables, with states, callbacks and replacements in Rust; it has `include!("fix.rs")` and `fix! { … }`
        #[arg(long, value_name = "FILE.rs")]
        with: Option<PathBuf>,
        /// The livepatch's name (default: that of the first patch)
        #[arg(long)]
        name: Option<String>,
        /// The directory (default: the name)
        #[arg(short = 'o', long = "output", value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Refuse a fix of a header that more units include
        #[arg(long, value_name = "COUNT", default_value_t = 32)]
        max_units: usize,
        /// Say what would be replaced, and make nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
        /// What it will say of itself.
        #[command(flatten)]
        about: AboutChoice,
        /// Which tree.
        #[command(flatten)]
        tree: TreeChoice,
        /// How much has to be known.
        #[command(flatten)]
        strictness: Strictness,
        /// How what came of it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Prove that the code which the prepared tree makes is the code that the kernel runs
    ///
    /// Compiles each unit as the kernel's was, and compares function by function: with the stock
    /// kernel's image, or with its module.
    Proof {
        /// Source files, below the kernel's source
        #[arg(value_name = "FILE.c", required_unless_present = "patches")]
        files: Vec<String>,
        /// The files that a patch changes, before it does
        #[arg(long = "patch", value_name = "FIX.patch")]
        patches: Vec<PathBuf>,
        /// Which tree.
        #[command(flatten)]
        tree: TreeChoice,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Check what this machine lacks for building livepatches and for loading them
    ///
    /// Signatures and what holds functions are shown, but are no failure: they are a matter of the patch.
    Doctor {
        /// What has to be possible, by which the exit status is decided
        #[arg(long = "for", value_name = "PURPOSE", default_value = "building")]
        purpose: Purpose,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// For the running system.
    #[command(flatten)]
    System(SystemCommand),
    /// Print what is fixed now, by what the patches in force say themselves
    ///
    /// With names, only those, and the exit status is 4 unless all are fixed.
    Fixes {
        /// What is to be fixed, as CVE-2026-1234
        #[arg(value_name = "FIX")]
        names: Vec<String>,
        /// How it is shown.
        #[command(flatten)]
        output: Output,
    },
    /// Link a livepatch's unexported symbols, so that the kernel resolves them
    ///
    /// `make modules` and `klpctl build` do this. Does nothing to a module that has none, or that is linked.
    Link {
        /// The module files; each is replaced
        #[arg(required = true, value_name = "KO")]
        modules: Vec<PathBuf>,
    },
    /// Write a man page of each command into a directory
    Man {
        /// The directory; it is made if it is not there
        dir: PathBuf,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What a machine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Building livepatches
    Building,
    /// Loading them
    Loading,
}

/// How results are shown.
#[derive(Debug, Args)]
pub struct Output {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What becomes of what is not known.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Strictness {
    /// Take what is not known for a failure (exit status 4)
    #[arg(long)]
    pub strict: bool,
}

/// What a livepatch is to say of itself.
#[derive(Debug, Default, Args)]
pub struct AboutChoice {
    /// What it fixes, as CVE-2026-1234; several with commas between
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = fix)]
    pub fixes: Vec<String>,
    /// Its version, which is also its module's
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub patch_version: Option<String>,
    /// The last day on which it is to be relied on
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub expires: Option<Date>,
}

impl AboutChoice {
    /// It, each fix once.
    pub fn about(&self) -> About {
        let mut fixes: Vec<String> = Vec::new();
        for fix in &self.fixes {
            if !fixes.contains(fix) {
                fixes.push(fix.clone());
            }
        }
        About {
            version: self.patch_version.clone(),
            fixes,
            expires: self.expires,
        }
    }
}

fn fix(name: &str) -> Result<String, &'static str> {
    word(name, fault_in_fix(name))
}

fn version(version: &str) -> Result<String, &'static str> {
    word(version, fault_in_version(version))
}

fn word(word: &str, fault: Option<&'static str>) -> Result<String, &'static str> {
    fault.map_or_else(|| Ok(word.to_owned()), Err)
}

/// A kernel tree to build in.
#[derive(Debug, Args)]
pub struct TreeChoice {
    /// That of a stock kernel of this release (default: the newest)
    #[arg(long, value_name = "RELEASE", conflicts_with = "kdir")]
    pub release: Option<String>,
    /// One that you have built the kernel in, with the compilers of this machine; it is not written to
    #[arg(long, value_name = "DIR")]
    pub kdir: Option<PathBuf>,
}

/// A kernel to check against.
#[derive(Debug, Default, Args)]
pub struct KernelChoice {
    /// The directory with the kernel: one that it was built in, or that has its vmlinuz
    #[arg(long, value_name = "DIR", group = "which")]
    pub kernel: Option<PathBuf>,
    /// The kernel's image, vmlinuz or vmlinux
    #[arg(long, value_name = "FILE", group = "which")]
    pub vmlinux: Option<PathBuf>,
    /// A directory with modules' files, looked into before the kernel's own
    #[arg(long, value_name = "DIR")]
    pub modules: Vec<PathBuf>,
    /// The kernel that runs
    #[arg(long, group = "which")]
    pub running: bool,
}

impl KernelChoice {
    /// Whether a kernel was chosen.
    pub fn is_given(&self) -> bool {
        self.running || self.vmlinux.is_some() || self.kernel.is_some()
    }
}
