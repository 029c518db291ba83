#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The builder and the kernel trees: what is interrupted is resumed, two runs do not disturb each other, and a full
# disk or no network is one line.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/klp-rs
release=$(basename "$("$top/scripts/kernel" image ${KERNEL:+"$KERNEL"})")
work=$(mktemp -d "$cache/test.XXXXXX") # on the cache's file system, for hard links
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

as_root=()
[ "$(id -u)" = 0 ] || as_root=(--map-root-user)

# A cache of its own that shares with the real one what the case is not about.
new_cache() {
	local shared
	rm -rf "$work/cache"
	mkdir -p "$work/cache/klp-rs/kernel/$release"
	for shared in "$@"; do ln -s "$cache/$shared" "$work/cache/klp-rs/$shared"; done
	cp "$cache"/newest.* "$work/cache/klp-rs/"
	export XDG_CACHE_HOME=$work/cache
}

# On a file system of SIZE.
on_small_disk() {
	local size=$1
	shift
	# shellcheck disable=SC2016
	unshare "${as_root[@]}" --mount sh -c 'mkdir -p "$0" && mount -t tmpfs -o size="$1" none "$0" && shift && exec "$@"' \
		"$work/disk" "$size" "$@"
}

is_one_line() {
	local what=$1 says=$2
	expect_in 'it says' "$what" "$says"
	expect 'lines that are not progress' 1 "$(without_progress <<<"$says" | wc -l)"
}

no_network() {
	local says
	says=$(XDG_CACHE_HOME=$work/none fails unshare "${as_root[@]}" --net "$top/scripts/builder" -- true 2>&1)
	is_one_line 'builder: packages: no network: ' "$says"
	says=$(XDG_CACHE_HOME=$work/none fails unshare "${as_root[@]}" --net "$top/scripts/kernel" kdir 2>&1)
	is_one_line "newest kernel of ${SUITE:-trixie-backports}: no network: " "$says"
}

no_network_keeps_the_kernel() {
	new_cache apt
	touch -d '2 days ago' "$work"/cache/klp-rs/newest.*
	expect 'the newest known' "$(cat "$cache/newest.${SUITE:-trixie-backports}")" \
		"$(unshare "${as_root[@]}" --net "$top/scripts/kernel" release 2>/dev/null)"
}

full_disk_downloading() {
	local says
	says=$(XDG_CACHE_HOME=$work/disk fails on_small_disk 60m "$top/scripts/builder" -- true 2>&1)
	is_one_line "builder: packages: the disk is full: " "$says"
}

full_disk_unpacking() {
	local says
	# shellcheck disable=SC2016
	says=$(XDG_CACHE_HOME=$work/disk fails on_small_disk 60m sh -c '
		mkdir -p "$XDG_CACHE_HOME/klp-rs" && ln -s "$0/apt" "$XDG_CACHE_HOME/klp-rs/" && exec "$@"' "$cache" \
		"$top/scripts/kernel" image "$release" 2>&1)
	is_one_line "unpacking: the disk is full: " "$says"
}

read_only_cache() {
	local says
	says=$(XDG_CACHE_HOME=/proc/none fails "$top/scripts/builder" -- true 2>&1)
	is_one_line 'cannot write to the cache /proc/none/klp-rs' "$says"
}

# Two caches have one apt directory; while apt reads the one's lists, a run with the other comes and goes.
lists_are_shared() {
	local wanted two=$work/two
	mkdir -p "$work/tools" "$two/klp-rs"
	new_cache apt
	ln -s "$cache/apt" "$two/klp-rs/apt"
	cat >"$work/tools/apt-get" <<-END
		#!/bin/sh
		if [ "\$APT_CONFIG" ] && [ -e '$two' ]; then
			APT_CONFIG= XDG_CACHE_HOME='$two' '$top/scripts/apt' sources >'$work/sources'
			rm -r '$two'
		fi
		exec /usr/bin/apt-get "\$@"
	END
	chmod +x "$work/tools/apt-get"
	wanted=$("$top/scripts/apt" packages "${SUITE:-trixie-backports}" | md5sum)
	expect 'the list' "$wanted" "$(PATH=$work/tools:$PATH "$top/scripts/apt" packages "${SUITE:-trixie-backports}" | md5sum)"
	[ -s "$work/sources" ] && [ ! -e "$two" ]
}

# Runs a command and kills it, with all that it has started, once the condition holds.
killed_when() {
	local condition=$1
	shift
	setsid "$@" >"$work/log" 2>&1 &
	while kill -0 $! 2>/dev/null; do
		if eval "$condition"; then
			pkill -KILL -s $!
			wait $! 2>/dev/null || true
			return
		fi
		sleep 0.05
	done
	pkill -KILL -s $! || true
	echo "it ended before: $condition"
	tail -n 5 "$work/log"
	return 1
}

download_is_resumed() {
	local archives debug=$work/apt.conf before log
	new_cache
	archives=$work/cache/klp-rs/apt/${SUITE:-trixie-backports}/archives
	echo 'Acquire::http::Dl-Limit "1000"; Acquire::https::Dl-Limit "1000";' >"$debug"
	APT_CONFIG=$debug killed_when "compgen -G '$archives/*.deb' && compgen -G '$archives/partial/*.deb'" \
		"$top/scripts/kernel" image "$release"
	before=$(find "$archives" -maxdepth 1 -name '*.deb' -printf '%i %f\n' | sort)
	echo 'Debug::Acquire::http "true"; Debug::Acquire::https "true";' >"$debug"
	APT_CONFIG=$debug killed_when "[ -e '$work/cache/klp-rs/kernel/$release/packages.list' ]" \
		"$top/scripts/kernel" image "$release"
	expect 'packages fetched again' '' \
		"$(comm -23 <(echo "$before") <(find "$archives" -maxdepth 1 -name '*.deb' -printf '%i %f\n' | sort))"
	log=$(cat "$work"/cache/klp-rs/log/kernel-packages.*)
	expect_in 'the request for what came in part' 'Range: bytes=' "$log"
}

unpacking_is_repeated_once() {
	local one two
	new_cache apt
	killed_when "[ -e '$work/cache/klp-rs/kernel/$release/source.partial/MAINTAINERS' ]" "$top/scripts/kernel" image "$release"
	"$top/scripts/kernel" image "$release" >"$work/one" 2>"$work/one.log" & one=$!
	"$top/scripts/kernel" image "$release" >"$work/two" 2>"$work/two.log" & two=$!
	wait $one
	wait $two
	expect 'what they print' "$(cat "$work/one")" "$(cat "$work/two")"
	expect 'how often it was unpacked' 1 "$(cat "$work"/{one,two}.log | grep -c 'unpacking: ')"
	expect 'source files, by name and size' '' "$(comm -3 <(source_files "$cache") <(source_files "$work/cache/klp-rs") | head)"
	expect 'partial directories' '' "$(find "$work/cache/klp-rs/kernel/$release" -maxdepth 1 -name '*.partial')"
	cmp "$cache/kernel/$release/vmlinuz" "$work/cache/klp-rs/kernel/$release/vmlinuz"
}

source_files() {
	find "$1/kernel/$release/source" -type f -printf '%P %s\n' | sort
}

# A copy of the tree stands in the place of the real one, without what is built last.
build_is_resumed() {
	local build=$cache/kernel/$release/build copy=$work/build kdir core
	cp -a "$build" "$copy"
	rm "$copy"/.klp-rs-ready* "$copy"/rust/{uapi,bindings,kernel}.o "$copy"/rust/lib{uapi,bindings,kernel}.rmeta
	core=$(stat -c '%i %Y' "$copy/rust/libcore.rmeta")
	# shellcheck disable=SC2016
	kdir=(unshare "${as_root[@]}" --mount sh -c 'mount --bind "$1" "$2" && exec "$3" kdir "$4"' sh "$copy" "$build"
		"$top/scripts/kernel" "$release")
	killed_when "[ -e '$copy/rust/libuapi.rmeta' ]" "${kdir[@]}"
	[ ! -e "$copy/rust/libkernel.rmeta" ] || { echo 'it was not interrupted'; return 1; }
	expect 'the tree' "$build" "$("${kdir[@]}" 2>/dev/null)"
	[ -e "$copy/rust/libkernel.rmeta" ] || { echo 'no rust/libkernel.rmeta'; return 1; }
	expect 'what was done before the interruption' "$core" "$(stat -c '%i %Y' "$copy/rust/libcore.rmeta")"
}

removed_packages_are_fetched_again() {
	new_cache builder
	"$top/scripts/kernel" releases >"$work/releases" 2>/dev/null
	expect_in 'the releases' "$release" "$(cat "$work/releases")"
}

callers_environment_stays_out() {
	local inside
	inside=$(LLVM=1 KRUSTFLAGS=-Dwarnings RUSTC=/bin/false MAKEFLAGS=-n "$top/scripts/builder" -- env)
	expect 'variables inside' '' "$(grep -E '^(LLVM|KRUSTFLAGS|RUSTC|MAKEFLAGS)=' <<<"$inside" || true)"
}

time_is_shown() {
	local says command=". '$top/scripts/lib.sh'; step label test-step sleep 3"
	says=$(script -qec "bash -c \"$command\"" /dev/null)
	grep -q 'label … [0-9]* s' <<<"$says" || { echo "a terminal: $says"; return 1; }
	grep -q 'label: [0-9]* s' <<<"$says" || { echo "a terminal: $says"; return 1; }
	says=$(bash -c "$command" 2>&1 | sed 's/: [0-9]* s$/: SECONDS/')
	expect 'elsewhere' $'label …\nlabel: SECONDS' "$says"
}

# Two runs at once fail, each with a log of its own.
logs_are_apart() {
	local says
	says=$(for number in 1 2; do
		bash -c ". '$top/scripts/lib.sh'; step 'run $number' test-apart sh -c 'sleep 1; echo fatal: $number; exit 1'" 2>&1 &
	done; wait)
	for number in 1 2; do
		expect_in 'a run' "run $number: fatal: $number; log: " "$says"
		expect "its log" "fatal: $number" "$(cat "$(sed -n "s/^run $number: .* log: //p" <<<"$says")")"
	done
}

# holder FILE: holds the lock until the file is there.
holder() {
	bash -c ". '$top/scripts/lib.sh'; lock test-lock; echo >'$1.locked'; until [ -e '$1' ]; do sleep 0.1; done" holder the job &
}

waiting_says_for_whom() {
	local says=$work/waiting
	rm -f "$work"/end*
	holder "$work/end"
	eventually test -e "$work/end.locked"
	bash -c ". '$top/scripts/lib.sh'; lock test-lock" 2>"$says" &
	eventually test -s "$says"
	expect 'it says' "waiting for another run: test-lock (process $(pgrep -f 'holder the job' | head -n 1), holder the job) …" "$(cat "$says")"
	touch "$work/end"
	wait
}

interrupt_ends_all() {
	local status=0 sleeper="sleep 4321.$$" pid
	env --default-signal=INT bash -c ". '$top/scripts/lib.sh'; work() { $sleeper; true; }; step label test-step work" \
		2>/dev/null & pid=$! # what runs in the background ignores it
	eventually pgrep -xf "$sleeper" >/dev/null
	kill -INT $pid
	wait $pid || status=$?
	expect status 130 $status
	eventually fails pgrep -xf "$sleeper" >/dev/null
}

paths_are_the_same() {
	expect 'directory' "$top/scripts" "$(cd "$top/scripts" && ../scripts/builder -- pwd)"
	expect 'checkout' "$(cat "$0")" "$("$top/scripts/builder" -- cat "$(realpath "$0")")"
	"$top/scripts/builder" -- touch "$cache/written inside"
	rm "$cache/written inside"
	echo given >"$work/given"
	expect 'a path given' given "$("$top/scripts/builder" -b "$work" -- cat "$work/given")"
}

status_is_passed_on() {
	local status=0
	"$top/scripts/builder" -- sh -c 'exit 7' || status=$?
	expect status 7 $status
}

case_is 'paths are the same inside and outside' paths_are_the_same
case_is 'the status is passed on' status_is_passed_on
case_is "the caller's environment stays outside" callers_environment_stays_out
case_is 'progress: time on a terminal, plain lines elsewhere' time_is_shown
case_is 'two that fail at once have a log each' logs_are_apart
case_is 'who waits says for whom' waiting_says_for_whom
case_is 'an interrupt ends what was started' interrupt_ends_all
case_is 'package lists that were removed are fetched again' removed_packages_are_fetched_again
case_is 'no network is one line' no_network
case_is 'no network keeps to the kernel that is there' no_network_keeps_the_kernel
case_is 'two caches that share package lists do not disturb each other' lists_are_shared
case_is 'a full disk while downloading is one line' full_disk_downloading
case_is 'a full disk while unpacking is one line' full_disk_unpacking
case_is 'a cache that cannot be written is one line' read_only_cache
case_is 'an interrupted download is resumed' download_is_resumed
case_is 'interrupted unpacking is done anew, by one of two runs at once' unpacking_is_repeated_once
case_is 'an interrupted build is resumed' build_is_resumed
done_testing
