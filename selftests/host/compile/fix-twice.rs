// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `fixes` has `CVE-2026-1234` twice

klp::livepatch! {
    name: "fix_twice",
    license: "GPL",
    fixes: ["CVE-2026-1234", "CVE-2026-1234"], // here
    objects: [],
}
