#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own livepatch selftests, with some modules in C and some in Rust.
set -eu
"$(dirname "$0")/../../scripts/kselftest" -t 1800 -m mixed upstream
