# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by the tests.

progress=' …$|: [0-9]+ s$' # the lines in which the scripts say what they are at
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
top=$(realpath "$here/../..")
# shellcheck source=../tap.sh
. "$here/../tap.sh"
timed=1
export COLUMNS=1000 # what klpctl says of one thing is in one line

status_of() {
	local status=0
	"$@" >/dev/null 2>&1 || status=$?
	echo "$status"
}

# eventually COMMAND...: waits until it is so, however slow the machine is; ten minutes are for ever.
eventually() {
	local tries=6000
	until "$@"; do
		[ $((tries--)) -gt 1 ] || return 1
		sleep 0.1
	done
}

# What a script says beside what it is at.
without_progress() {
	grep -vE "$progress" || true
}

# The samples, built once in a run of the tests.
samples() {
	local out
	out=$(M='' MO='' "$top/scripts/kbuild" --output)
	once samples env M= MO= "$top/scripts/kbuild" modules >&2
	echo "$out/samples"
}

# once NAME COMMAND...: in a run of the tests, however many of them need it.
once() {
	local noted=${KLP_TEST_RUN-}/$1 fd
	shift
	[ "${KLP_TEST_RUN-}" ] || { "$@"; return; }
	exec {fd}>>"$noted"
	flock $fd
	[ -s "$noted" ] || { "$@" && echo yes >"$noted"; }
}

# A stock kernel of which later ones of its line, and their fixes, are in the archive too.
unfixed=7.2.9+deb13-amd64

# available RELEASE: whether the archive has that stock kernel still.
available() {
	"$top/scripts/kernel" releases | grep -qxF -- "$1"
}

# edit NAME FILE SCRIPT: makes a patch of what sed's SCRIPT does to FILE of the kernel's $source; adds to $work/NAME.patch.
# shellcheck disable=SC2154
edit() {
	mkdir -p "$work/edited/$(dirname "$2")"
	sed -E "$3" "$source/$2" >"$work/edited/$2"
	! cmp -s "$source/$2" "$work/edited/$2" || { echo "nothing changes in $2"; return 1; }
	diff -u --label "a/$2" --label "b/$2" "$source/$2" "$work/edited/$2" >>"$work/$1.patch" || [ $? = 1 ]
}

# Of a guest that writes "@ NAME STATUS", and then what was said, into $work/says:
# answer NAME: what was said; status NAME…: how each ended; json NAME FILTER.
# shellcheck disable=SC2154
answer() {
	tr -d '\r' <"$work/says" | awk -v start="@ $1 " '/^@ / { inside = index($0, start) == 1; next } inside'
}

# shellcheck disable=SC2154
status() {
	local name
	for name; do tr -d '\r' <"$work/says" | sed -n "s/^@ $name //p"; done | tr '\n' ' ' | sed 's/ $//'
}

json() {
	answer "$1" | jq -r "$2"
}

# A second run of the same test in this checkout waits for the first, as they build in one place.
alone() {
	mkdir -p "$top/build/selftests"
	exec {alone}>>"$top/build/selftests/$(basename "$0" .sh).lock"
	flock --nonblock "$alone" || { echo "# waiting for another run of $0 in this checkout"; flock "$alone"; }
}

alone
