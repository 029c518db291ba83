// SPDX-License-Identifier: GPL-2.0

//! The sources of the patches' modules, which share what is in `modules/`.

use crate::catalogue::{Function, Language, Object, Patch, State, PATCHES, TABLES};
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// Writes those that are not there yet, and `fixes`, which lists what is to be made by `klpctl patch`: the module, the
/// number to answer with, and the functions.
pub fn write(dir: &Path) -> Result<()> {
    let mut fixes = String::new();
    for patch in &PATCHES {
        let module = patch.module();
        match patch.language {
            Language::Rust => put(dir, &format!("{module}.rs"), &in_rust(patch))?,
            Language::C => put(dir, &format!("{module}.c"), &in_c(patch))?,
            Language::Fix => {
                put(dir, &format!("{module}{TABLES}.rs"), &tables(patch))?;
                let functions: Vec<_> = of(patch, Object::Vmlinux).map(Function::name).collect();
                fixes += &format!("{module} {} {}\n", patch.number, functions.join(" "));
            }
        }
    }
    put(dir, "fixes", &fixes)
}

/// What is there already keeps its time, so that make does nothing about it.
fn put(dir: &Path, name: &str, text: &str) -> Result<()> {
    let path = dir.join(name);
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(&path, text).with_context(|| path.display().to_string())
}

fn of(patch: &Patch, object: Object) -> impl Iterator<Item = Function> + '_ {
    let functions = patch.functions.iter().copied();
    functions.filter(move |function| function.object() == object)
}

const PROMISE: &str =
    "// SAFETY: The prototype is the original's, and its caller prints the result.";

fn in_rust(patch: &Patch) -> String {
    format!(
        "{}patch!(\"{module}\", \"{name} of the model\", [{}], [\n    vmlinux with Reported => [\n{}    ],\n{}]);\n",
        head(patch, "#[macro_use]\n"),
        states(patch),
        entries(patch, Object::Vmlinux),
        modules(patch),
        module = patch.module(),
        name = patch.name,
    )
}

fn tables(patch: &Patch) -> String {
    format!(
        "{}klp::parameters! {{\n    \
         replace: bool {{ default: false, mode: 0, description: \"Replace all patches in force\" }},\n    \
         fail: i32 {{ default: 0, mode: 0, description: \"Which step fails\" }},\n    \
         error: i32 {{ default: 19, mode: 0, description: \"With which error\" }},\n}}\n\n\
         include!(\"{module}_fix.rs\");\n\n\
         fix! {{\n    name: \"{module}\",\n    description: \"{name} of the model\",\n    license: \"GPL\",\n    objects: [vmlinux with Reported => [], {}],\n    \
         states: [{}],\n    replace: parameters::replace.get(),\n}}\n",
        head(patch, "#[allow(unused_macros)]\n"),
        modules(patch),
        states(patch),
        module = patch.module(),
        name = patch.name,
    )
}

fn head(patch: &Patch, before_states: &str) -> String {
    format!(
        "// SPDX-License-Identifier: GPL-2.0\n\n//! {name} of the model\n\n{before_states}mod states;\nmod replacements;\n\n\
         #[allow(unused_imports)]\nuse replacements::*;\n#[allow(unused_imports)]\nuse states::{{Reported, Value, ValueV3}};\n\n\
         const NUMBER: kernel::ffi::c_int = {number};\n\n",
        name = patch.name,
        number = patch.number,
    )
}

fn states(patch: &Patch) -> String {
    let state = |State { id, version }: &State| match *version {
        State::OTHER_LAYOUT => format!("ValueV3<{id}>"),
        version => format!("Value<{id}, {version}>"),
    };
    let states: Vec<_> = patch.states.iter().map(state).collect();
    states.join(", ")
}

fn modules(patch: &Patch) -> String {
    let system = entries(patch, Object::System);
    let mut text = format!("    \"klp_test_system\" => [\n{system}    ],\n");
    if patch.has_target() {
        let target = entries(patch, Object::Target);
        text += &format!("    \"klp_test_target\" with Reported => [\n{target}    ],\n");
    }
    text
}

fn entries(patch: &Patch, object: Object) -> String {
    let entry = |function: Function| {
        let (prototype, result) = match function {
            Function::Touch | Function::Start => ("(owner: &Owner)", "c_int"),
            Function::Hold => ("()", "c_int"),
            Function::Add => ("(a: c_long, b: c_long)", "c_long"),
            Function::Version | Function::Cmdline => ("(m: &SeqFile, v: *mut c_void)", "c_int"),
        };
        let (symbol, name) = (symbol(function), function.name());
        format!(
            "        {PROMISE}\n        unsafe {symbol}{prototype} -> {result} => model_{name},\n"
        )
    };
    of(patch, object).map(entry).collect()
}

fn symbol(function: Function) -> String {
    let name = function.name();
    match function.object() {
        Object::Vmlinux => format!("{name}_proc_show"),
        Object::System | Object::Target => format!("klp_test_{name}"),
    }
}

fn in_c(patch: &Patch) -> String {
    let mut text = format!(
        "// SPDX-License-Identifier: GPL-2.0\n/* {} of the model */\n#define NUMBER {}\n#define STATES",
        patch.name, patch.number
    );
    for State { id, version } in patch.states {
        text += &format!(" {{ .id = {id}, .version = {version} }},");
    }
    text.push('\n');
    for function in patch.functions {
        text += &format!("#define REPLACES_{}\n", function.name().to_uppercase());
    }
    text + "#include \"patch_in_c.h\"\n"
}
