#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own livepatch selftests, with their own modules in C: if these fail, it is the machine.
set -eu
"$(dirname "$0")/../../scripts/kselftest" -m c upstream
