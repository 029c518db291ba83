// SPDX-License-Identifier: GPL-2.0
// error: livepatch!: `fixes` has the name `CVE-20261234`: a CVE is written CVE-YEAR-NUMBER

klp::livepatch! {
    name: "fix_that_is_no_cve",
    license: "GPL",
    fixes: ["CVE-2026-1234", "CVE-20261234"], // here
    objects: [],
}
