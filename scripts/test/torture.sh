#!/usr/bin/env bash
# torture.sh [PART...] - the long search for what breaks the servers; what takes seconds is in .ci/run. What lacks its
# tools is skipped. SEED repeats the random clients of an earlier run. The parts, all if none is named:
# compilers     other optimisation, analysis, and macOS (needs zig): no warning
# surroundings  the traps wherever they may be started, on emulated processors, too
# faults        every row of docs/faults.md
# long          strength.bats at length: a million random steps for each server
# valgrind      the tests with every server under valgrind
# exercises     each exercise against all tests of its chapter, which takes half an hour
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/server.sh

if (($# != 1)); then
    (($# > 0)) || set -- compilers surroundings faults long valgrind exercises
    printf '%s\n' "$@" | xargs -t -n 1 "$self" # goes on behind a part that found something; its status then is 123
    exit
fi

leave_nothing
has() { command -v "$1" >/dev/null || { echo "skipped: $1 is not installed" && return 1; }; }

case $1 in
compilers)
    copy_tree "$tmp/copy" # what is built otherwise is not ours
    export ZIG_GLOBAL_CACHE_DIR=$tmp/zig
    while IFS='|' read -r what compiler flags; do
        has "${compiler%% *}" || continue
        echo "$compiler $flags"
        # shellcheck disable=SC2086 # words
        make -s -j2 -B $what CC="$compiler" CFLAGS="-Werror $flags"
    done <<'LIST'
everything|gcc|-O0
everything|gcc|-O3 -D_FORTIFY_SOURCE=3
everything|gcc|-O2 -fanalyzer
everything|clang|-O0
everything|clang|-O3 -D_FORTIFY_SOURCE=3
all SYSTEM=Darwin|zig cc -target x86_64-macos|-O2 -D_FORTIFY_SOURCE=0
all SYSTEM=Darwin|zig cc -target aarch64-macos|-O2 -D_FORTIFY_SOURCE=0
LIST
    ;;
surroundings) scripts/test/surroundings.sh ;;
faults) scripts/test/faults.sh ;;
long)
    export SEED=${SEED:-$RANDOM} STEPS=100000 ROUNDS=10
    echo "SEED=$SEED"
    scripts/test/run.sh scripts/test/strength.bats
    ;;
valgrind)
    has valgrind || exit 0
    copy_tree "$tmp/copy"
    make -s -j2 -B everything CFLAGS='-g -O1'
    mkdir reports
    for server in "$PWD"/0*/server; do
        mv "$server" "$server.bin"
        printf '#!/bin/sh\nexec %s --log-file="%s" "%s" "$@"\n' \
            'valgrind -q --error-exitcode=99 --leak-check=full' "$PWD/reports/%p" "$server.bin" >"$server"
        chmod 755 "$server"
    done
    # A finding turns the status 0 that the tests want at an orderly end into 99. The reports show the rest.
    status=0
    UNDER_VALGRIND=yes scripts/test/run.sh scripts/test/{echo,promises,strength}.bats 0*/test.bats || status=1
    echo "runs of a server under valgrind:"
    find reports -type f | grep -c .
    grep -rh -A9 -E 'Invalid|ninitialised|Mismatched|overlap|(definitely|indirectly|possibly) lost' reports && status=1
    exit "$status"
    ;;
exercises) scripts/exercise.sh 2>/dev/null | cut -d ' ' -f 1 | xargs -I{} scripts/exercise.sh {} --all ;;
*) echo "torture.sh: no such part: $1" >&2 && exit 2 ;;
esac
