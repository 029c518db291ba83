#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own livepatch selftests, with modules in Rust.
set -eu
"$(dirname "$0")/../../scripts/kselftest" -c 2 -m rust upstream
