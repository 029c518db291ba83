#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
build_modules
cpus=1 in_guest states.sh
