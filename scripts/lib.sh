# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by the scripts: where things are, and how work is shown, locked and made whole.

TOP=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/klp-rs

fail() {
	echo "${0##*/}: $1" >&2
	exit 1
}

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || fail "$tool is not installed; the install line in README.md brings it"
	done
}

make_cache() {
	mkdir -p "$CACHE/$1" 2>/dev/null || fail "cannot write to the cache $CACHE; XDG_CACHE_HOME chooses another place"
}

locked=' '

# lock NAME: held until this process and what it started have ended.
lock() {
	local fd
	[[ $locked != *" $1 "* ]] || return 0
	locked+="$1 "
	make_cache lock
	exec {fd}>"$CACHE/lock/$1" || fail "cannot write to the cache $CACHE"
	flock --nonblock $fd && return
	echo "waiting for another run: $1" >&2
	flock $fd
}

# What a log says of why its command failed, in one line.
reason() {
	local log=$1 line
	if grep -qiE 'no space left on device|not enough free space|disk quota exceeded' "$log" ||
		[ "$(df --output=avail "$CACHE" | tail -n 1)" -lt 1024 ]; then
		echo "the disk of $CACHE is full ($(df -h --output=avail "$CACHE" | tail -n 1 | tr -d ' ') free); an empty cache grows to 6 GiB"
	elif line=$(grep -m 1 -oiE "(could not (resolve|connect)|cannot initiate the connection|temporary failure resolving|network is unreachable|connection (failed|timed out|refused)).*" "$log"); then
		echo "no network: ${line%"${line##*[![:space:]]}"}"
	else
		line=$(grep -iE '(^|[^a-z])(e|error|fatal):|\*\*\*' "$log" | head -n 1)
		echo "${line:-$(tail -n 1 "$log")}"
	fi
}

ticker() {
	while sleep 1; do printf '\r\033[K%s … %d s' "$1" $((SECONDS - started)); done
}

# step LABEL LOG COMMAND [ARG...]: runs COMMAND with its output in the log; shows the time it takes.
step() {
	local label=$1 log=$CACHE/log/$2.log started=$SECONDS ticker='' status=0
	shift 2
	make_cache log
	if [ -t 2 ]; then
		ticker "$label" >&2 & ticker=$!
	else
		echo "$label …" >&2
	fi
	"$@" </dev/null >"$log" 2>&1 & # not in a condition, where bash would go on after an error inside COMMAND
	wait $! || status=$?
	if [ "$ticker" ]; then
		kill $ticker
		wait $ticker || true
		printf '\r\033[K'
	fi 2>/dev/null >&2
	if [ $status -ne 0 ]; then
		echo "$label: $(reason "$log"); log: $log" >&2
		exit 1
	fi
	echo "$label: $((SECONDS - started)) s" >&2
}
