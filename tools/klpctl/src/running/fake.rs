// SPDX-License-Identifier: GPL-2.0

//! A kernel of files, for tests: transitions end when somebody waits, unless tasks hold them.

use super::system::{Acts, System};
use rustix::io::Errno;
use std::{
    cell::{Cell, RefCell},
    ffi::CStr,
    fs, io,
    panic::resume_unwind,
    path::{Path, PathBuf},
    rc::Rc,
};

/// A system in a directory that is removed.
pub struct Fake {
    pub system: System,
    pub script: Rc<Script>,
    root: PathBuf,
}

/// What the kernel is to do.
#[derive(Default)]
pub struct Script {
    /// The patches whose transitions to this value of `enabled` do not end.
    pub held: RefCell<Vec<(String, &'static str)>>,
    /// The patches that replace all others.
    pub cumulative: RefCell<Vec<String>>,
    /// What the next module is refused with.
    pub refuses: RefCell<Option<Errno>>,
    /// After how many more steps klpctl is killed.
    pub dies_after: Cell<Option<u32>>,
    /// What was done.
    pub done: RefCell<Vec<String>>,
}

struct Kernel {
    root: PathBuf,
    script: Rc<Script>,
}

impl Fake {
    pub fn new(test: &str) -> Self {
        let root = std::env::temp_dir().join(format!("klpctl-fake-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for dir in ["sys/kernel/livepatch", "sys/module", "proc"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        let script = Rc::new(Script::default());
        let acts = Box::new(Kernel {
            root: root.clone(),
            script: script.clone(),
        });
        let system = System {
            root: root.clone(),
            acts,
        };
        Self {
            system,
            script,
            root,
        }
    }

    /// A module that has this build id, and what its note says.
    pub fn describes(&self, name: &str, build_id: &str, says: &str) {
        let notes = self.root.join("sys/module").join(name).join("notes");
        fs::create_dir_all(&notes).unwrap();
        fs::write(
            notes.join(".note.gnu.build-id"),
            note(b"GNU\0", 3, build_id.as_bytes()),
        )
        .unwrap();
        fs::write(
            notes.join(".note.klp-rs"),
            note(b"klp-rs\0\0", 1, says.as_bytes()),
        )
        .unwrap();
    }

    /// A patch replaces a function of the kernel.
    pub fn replaces(&self, name: &str, function: &str) {
        let patch = self.root.join("sys/kernel/livepatch").join(name);
        fs::create_dir_all(patch.join("vmlinux").join(format!("{function},1"))).unwrap();
    }

    /// A task, with the value of its `patch_state`.
    pub fn task(&self, tid: u32, state: &str) {
        let dir = self.root.join(format!("proc/{tid}/task/{tid}"));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("patch_state"), state).unwrap();
        fs::write(dir.join("comm"), "sleeper\n").unwrap();
        fs::write(dir.join("stack"), "[<0>] nap+0x1/0x2 [target]\n").unwrap();
    }

    pub fn hold(&self, name: &str, value: &'static str) {
        self.script.held.borrow_mut().push((name.to_owned(), value));
    }

    pub fn done(&self) -> Vec<String> {
        self.script.done.borrow_mut().drain(..).collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn note(owner: &[u8], kind: u32, content: &[u8]) -> Vec<u8> {
    let owner_len = owner.iter().position(|&byte| byte == 0).unwrap() + 1;
    let mut note = Vec::new();
    for word in [owner_len as u32, content.len() as u32, kind] {
        note.extend(word.to_le_bytes());
    }
    note.extend(owner);
    note.extend(content);
    note.resize(note.len().next_multiple_of(4), 0);
    note
}

impl Kernel {
    fn patch(&self, name: &str) -> PathBuf {
        self.root.join("sys/kernel/livepatch").join(name)
    }

    fn set(&self, name: &str, file: &str, value: &str) {
        fs::write(self.patch(name).join(file), value).unwrap();
    }

    fn get(&self, name: &str, file: &str) -> String {
        fs::read_to_string(self.patch(name).join(file)).unwrap_or_default()
    }

    fn names(&self) -> Vec<String> {
        let dirs = fs::read_dir(self.root.join("sys/kernel/livepatch")).unwrap();
        dirs.map(|dir| dir.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn goes(&self, name: &str) {
        fs::remove_dir_all(self.patch(name)).unwrap();
        fs::write(self.root.join("sys/module").join(name).join("refcnt"), "0").unwrap();
    }

    fn ends(&self, name: &str) {
        if self.get(name, "enabled") == "0" {
            return self.goes(name);
        }
        self.set(name, "transition", "0");
        if self
            .script
            .cumulative
            .borrow()
            .iter()
            .any(|new| new == name)
        {
            self.names()
                .iter()
                .filter(|old| *old != name)
                .for_each(|old| self.goes(old));
        }
    }
}

impl Script {
    /// Nothing of a program runs on that is killed.
    fn step(&self) {
        match self.dies_after.get() {
            Some(0) => resume_unwind(Box::new("killed")),
            left => self.dies_after.set(left.map(|left| left - 1)),
        }
    }
}

impl Acts for Kernel {
    fn insert(&self, image: &[u8], _parameters: &CStr) -> io::Result<()> {
        self.script.step();
        let name = std::str::from_utf8(image).unwrap();
        self.script.done.borrow_mut().push(format!("insert {name}"));
        if let Some(errno) = self.script.refuses.borrow_mut().take() {
            return Err(errno.into());
        }
        let order = self.names().len() + 1;
        fs::create_dir_all(self.patch(name)).unwrap();
        for (file, value) in [
            ("transition", "1"),
            ("enabled", "1"),
            ("stack_order", &order.to_string()),
        ] {
            self.set(name, file, value);
        }
        let module = self.root.join("sys/module").join(name);
        fs::create_dir_all(&module).unwrap();
        for (file, value) in [("initstate", "live"), ("refcnt", "1"), ("taint", "OK")] {
            fs::write(module.join(file), value).unwrap();
        }
        Ok(())
    }

    fn remove(&self, module: &CStr) -> io::Result<()> {
        self.script.step();
        let name = module.to_str().unwrap();
        self.script.done.borrow_mut().push(format!("remove {name}"));
        fs::remove_dir_all(self.root.join("sys/module").join(name))
    }

    fn write(&self, file: &Path, value: &str) -> io::Result<()> {
        self.script.step();
        let name = file
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let what = file.file_name().unwrap().to_str().unwrap();
        self.script
            .done
            .borrow_mut()
            .push(format!("{what} {name} {value}"));
        match what {
            "force" => self.ends(name),
            _ if self.get(name, "enabled") == value => return Err(Errno::INVAL.into()),
            _ => {
                self.set(name, "enabled", value);
                self.set(name, "transition", "1");
            }
        }
        Ok(())
    }

    fn pause(&self) {
        self.script.step();
        for name in self.names() {
            let enabled = self.get(&name, "enabled");
            let is_held = |(held, value): &(String, &str)| *held == name && *value == enabled;
            if self.get(&name, "transition") == "1"
                && !self.script.held.borrow().iter().any(is_held)
            {
                self.ends(&name);
            }
        }
    }
}
