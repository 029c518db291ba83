# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by the scripts: where things are, and how work is shown, locked and made whole.

TOP=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
CACHE=${XDG_CACHE_HOME:-${HOME:?is not set; XDG_CACHE_HOME or HOME says where the cache is}/.cache}/klp-rs
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES # what is made here is not the caller's make's business

# is_of_the_lab RELEASE: whether it is one of scripts/lab-kernel's.
is_of_the_lab() {
	[[ $1 == *-@(lab|kcsan) ]]
}

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

writable() {
	mkdir -p "$1" 2>/dev/null && [ -w "$1" ]
}

make_cache() {
	writable "$CACHE/$1" && return
	echo "${0##*/}: cannot write to the cache $CACHE; XDG_CACHE_HOME chooses another place" >&2
	exit 5 # not permitted
}

locked=' '

# lock NAME [FILE]: held until this process and what it started have ended.
lock() {
	local fd file=${2-}
	[[ $locked != *" $1 "* ]] || return 0
	locked+="$1 "
	[ "$file" ] || { make_cache lock; file=$CACHE/lock/$1; }
	exec {fd}>>"$file"
	wait_for_lock $fd "$1" "$file"
	printf 'process %d, %.80s\n' $$ "$this_run" >"$file"
}

this_run="${0##*/}${*:+ $*}"

# wait_for_lock FD NAME [FILE]: the file may say who has it.
wait_for_lock() {
	local holder=''
	flock --nonblock "$1" && return
	[ ! -s "${3-}" ] || holder=" ($(head -n 1 "$3"))"
	echo "waiting for another run: $2$holder …" >&2
	flock "$1"
}

free_in() {
	echo "$(df -h --output=avail "$1" | tail -n 1 | tr -d ' ') free in $1"
}

# new_log NAME: makes a log that is this run's own, and prints where. The newest ten of a name are kept.
new_log() {
	make_cache log
	# shellcheck disable=SC2012 # mktemp names them
	{ ls -t "$CACHE/log/$1".??????.log 2>/dev/null || true; } | tail -n +10 | xargs -r -d '\n' rm -f
	mktemp --suffix=.log "$CACHE/log/$1.XXXXXX"
}

# What a log says of why its command failed, in one line.
reason() {
	local log=$1 line
	if grep -qiE 'no space left on device|not enough free space|disk quota exceeded' "$log" ||
		[ "$(df --output=avail "$CACHE" | tail -n 1)" -lt 1024 ]; then
		echo "the disk is full: $(free_in "$CACHE"), which grows to 6 GiB, $(free_in "${TMPDIR:-/var/tmp}"), which needs 3 GiB"
	elif line=$(grep -m 1 -oiE "(could not (resolve|connect)|cannot initiate the connection|temporary failure resolving|network is unreachable|connection (failed|timed out|refused)).*" "$log"); then
		echo "no network: ${line%"${line##*[![:space:]]}"}"
	else
		line=$(grep -iE '(^|[^a-z])(e|error|fatal):|\*\*\*' "$log" | head -n 1)
		echo "${line:-$(tail -n 1 "$log")}"
	fi
}

# announced LABEL COMMAND [ARG...]: names what takes long, if it does; COMMAND may say something itself.
announced() {
	local label=$1 status=0 teller
	shift
	(trap 'kill $!' TERM; sleep 3 & wait $! && echo "$label …" >&2) & teller=$!
	"$@" || status=$?
	kill $teller 2>/dev/null || true
	wait $teller || true
	return $status
}

ticker() {
	while sleep 1; do printf '\r\033[K%s … %d s' "$1" $((SECONDS - started)); done
}

# step LABEL LOG COMMAND [ARG...]: runs COMMAND with its output in a log; shows the time it takes.
step() {
	local label=$1 kept=$CACHE/log/$2.log log started=$SECONDS ticker='' status=0 job
	log=$(new_log "$2") || exit 1
	shift 2
	if [ -t 2 ]; then
		ticker "$label" >&2 & ticker=$!
	else
		echo "$label …" >&2
	fi
	# In the background, since bash would go on after an error inside COMMAND if it stood in a condition; in a process
	# group of its own, so that an interrupt ends all of it.
	set -m
	"$@" </dev/null >"$log" 2>&1 & job=$!
	set +m
	# shellcheck disable=SC2064
	trap "kill -TERM -- -$job $ticker 2>/dev/null; exit 130" INT TERM HUP
	wait $job || status=$?
	trap - INT TERM HUP
	if [ "$ticker" ]; then
		kill $ticker
		wait $ticker || true
		printf '\r\033[K'
	fi 2>/dev/null >&2
	if [ $status -ne 0 ]; then
		echo "$label: $(reason "$log"); log: $log" >&2
		exit 1
	fi
	mv -f "$log" "$kept"
	echo "$label: $((SECONDS - started)) s" >&2
}

# numbered COUNT TEXT: the text COUNT times, each with its number for every %d.
numbered() {
	awk -v count="$1" -v text="$2" 'BEGIN { for (i = 1; i <= count; i++) { line = text; gsub(/%d/, i, line); print line } }'
}
