#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

case_is 'make check' make -C "$top" check
done_testing
