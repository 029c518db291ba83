#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random sequences of what can happen to livepatches, in a guest: what the kernel says, which patch answers, and what became of
# every state is what a model says, tools/klp-model. $STEPS says how many steps, SEED= does those of another run again, and
# $REPLAY is a list of steps, as a failed run prints it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "${STEPS-}" ] || SEED=${SEED:-1} # a few are always the same
steps=${STEPS:-120} seed=${SEED:-$((RANDOM << 15 | RANDOM))}
kdir=$("$top/scripts/kernel" kdir ${KERNEL:+"$KERNEL"})
source=$(realpath "$kdir/source")
work=$top/build/selftests/model/$(cat "$kdir/include/config/kernel.release")
modules=$work/modules
program=$top/build/cargo/x86_64-unknown-linux-gnu/release/klp-model

# fix NAME NUMBER FUNCTION...: the fix in C, each function of which answers with the number, taken apart by klpctl.
fix() {
	local name=$1 number=$2 function says fix=$work/$1.patch
	rm -f "$fix"
	for function in "${@:3}"; do
		edit "$name" "fs/proc/$function.c" "/^static int ${function}_proc_show/,/^}/s/^\treturn 0;/\tseq_puts(m, \"model $number\\\\n\");\n&/"
	done
	if [ ! "$work/$name/made" -nt "$klpctl" ] || ! cmp -s "$fix" "$work/$name/made"; then
		rm -rf "${work:?}/$name"
		says=$("$klpctl" patch "$fix" --name "$name" ${KERNEL:+--release "$KERNEL"} -o "$work/$name" 2>&1) || { echo "$says" >&2; exit 1; }
		cp "$fix" "$work/$name/made"
	fi
	cp -u "$work/$name/fix.rs" "$modules/${name}_fix.rs"
	cp -u "$work/$name/"*_shipped "$modules/${name}_vmlinux.o_shipped"
}

built() {
	local tests=$top/selftests/test_modules name number functions
	mkdir -p "$modules"
	"$top/scripts/cargo" build --release --locked --quiet --package klp-model >&2
	cp -u "$tests"/{system,target,twin}.c "$tests"/{system,target}.h "$tests/states.rs" "$top/tools/klp-model/modules/"* "$modules"
	"$program" sources "$modules"
	while read -r name number functions; do
		# shellcheck disable=SC2086
		fix "$name" "$number" $functions
	done <"$modules/fixes"
	M=$modules KLPCTL=$klpctl "$top/scripts/kbuild" modules >&2
}

# guest ARG...: klp-model there, on one processor, where a transition that nothing holds up is over at once.
guest() {
	"$top/scripts/vm" -c 1 -t "$((600 + 20 * steps))" ${KERNEL:+-k "$KERNEL"} -f "$program=/klp-model" -f "$work/stage=/modules" -- \
		/klp-model "$@" >"$work/says"
}

# The modules without debug information, which is most of them; of those that klpctl has linked, strip keeps its hands off.
staged() {
	rm -rf "$work/stage"
	mkdir "$work/stage"
	cp "$modules"/*.ko "$work/stage"
	# shellcheck disable=SC2016
	"$top/scripts/builder" -- sh -euc 'cd "$1"; strip --strip-debug $(grep -LF .klp.sym. *.ko)' - "$work/stage"
}

# What it prints stands below the case.
done_as_predicted() {
	if [ "${REPLAY-}" ]; then
		guest play /modules "$REPLAY"
	else
		guest run /modules "$seed" "$steps" || { echo "all steps again: SEED=$seed STEPS=$steps"; return 1; }
	fi
}

klpctl=$("$top/scripts/klpctl")
built
staged
case_is "${REPLAY:-$steps random steps, SEED=$seed}" done_as_predicted
sed 's/^/# /' "$work/says"
done_testing
