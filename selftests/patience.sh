# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Read by each bash of a guest, as BASH_ENV. Upstream's scripts try 600 times, and `sleep .1` between: the minute that this
# takes is ten of them from here on, as a guest may be starved.

sleep() {
	if [ "${FUNCNAME[1]-}" = loop_until ] && [ "${i-0}" -gt 50 ]; then set -- 1; fi
	command sleep "$@"
}
