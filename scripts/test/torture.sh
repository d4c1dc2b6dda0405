#!/usr/bin/env bash
# torture.sh [PART...] - the long search for what breaks the servers; all parts take about 7 minutes.
# faults        every fault of faults.sh; the table must be docs/faults.md
# long          strength.bats at length: 100,000 random steps and a million connections for each server
# sanitizers    the tests on a build with gcc's address and undefined-behaviour sanitizers
# valgrind      the tests with every server under valgrind; at the end no descriptor of a server may be open
# compilers     gcc, clang, musl-gcc, several levels of optimisation: no warning; musl's servers are fuzzed, too
# lint          make lint
# SEED repeats the random clients of an earlier run.
set -euo pipefail
cd "$(dirname "$0")/../.."

tmp=$(mktemp -d)
chmod 755 "$tmp" # for the test that becomes another user
trap 'rm -rf "$tmp"' EXIT
export SEED=${SEED:-$RANDOM}
PATH=$PATH:$PWD/.bats/usr/bin:$PWD/.bats/node_modules/.bin # where test.sh put bats, if it had to
tools=(scripts/test/client scripts/compare/load)

# A part may build what it likes: it works on a copy.
copy() {
    mkdir -p "$tmp/$1"
    tar c --exclude=.git . | tar x -C "$tmp/$1"
    cd "$tmp/$1"
    make -s clean
}

# for_each_chapter COMMAND...: at the same time, in a process each; the output comes in order.
for_each_chapter() {
    local chapter pids=() pid status=0
    for chapter in 0*; do
        CHAPTER=$chapter BATS_TEST_NAME_PREFIX="$chapter: " "$@" >"$tmp/output.$chapter" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || status=1
    done
    cat "$tmp"/output.*
    return "$status"
}

faults() {
    scripts/test/faults.sh >"$tmp/faults.md"
    diff <(grep '^|' docs/faults.md) <(grep '^|' "$tmp/faults.md")
}

long() {
    echo "SEED=$SEED"
    STEPS=100000 ROUNDS=1000 for_each_chapter bats --tap scripts/test/strength.bats
}

sanitizers() {
    copy sanitizers
    make -s -j2 all "${tools[@]}" CFLAGS='-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all'
    # Leaks are valgrind's part: this search does not work in a process that strace holds.
    ASAN_OPTIONS=detect_leaks=0 for_each_chapter bats --tap scripts/test/echo.bats scripts/test/strength.bats
    ASAN_OPTIONS=detect_leaks=0 bats --tap common/test.bats 0*/test.bats
}

valgrind_suite() {
    local chapter
    copy valgrind
    make -s -j2 all "${tools[@]}" CFLAGS='-g -O1'
    mkdir -m 777 "$tmp/all" "$tmp/orderly"
    for chapter in 0*; do
        mv "$chapter/server" "$chapter/server.bin"
        printf '#!/bin/sh\nexec valgrind -q --log-file=%%q{REPORTS}/%%p --error-exitcode=99 --leak-check=full --show-leak-kinds=all --track-fds=yes "%s" "$@"\n' \
            "$PWD/$chapter/server.bin" >"$chapter/server"
        chmod 755 "$chapter/server"
    done
    export UNDER_VALGRIND=yes PATIENCE=3
    # Memory that is left at an orderly end turns the status 0 that the tests want into 99. The reports show the rest.
    REPORTS=$tmp/all for_each_chapter bats --tap scripts/test/echo.bats scripts/test/strength.bats
    REPORTS=$tmp/all bats --tap 0*/test.bats
    REPORTS=$tmp/orderly for_each_chapter bats --tap --filter 'SIGINT and SIGTERM' scripts/test/echo.bats
    echo "$(find "$tmp/all" "$tmp/orderly" -type f | wc -l) runs of a server"
    [ "$(grep -rl 'FILE DESCRIPTORS' "$tmp/orderly" | wc -l)" -ge 12 ]
    ! grep -rh -A9 -E 'Invalid|ninitialised|Mismatched|overlap|(definitely|indirectly|possibly) lost' "$tmp/all" "$tmp/orderly" &&
        ! grep -rh -A1 'Open ' "$tmp/orderly" | grep ' at 0x' # a descriptor that the server opened, not inherited
}

compilers() {
    local cc flags chapter traps=(0*/traps/*.c)
    copy compilers
    # -Wno-sign-conversion: musl's FD_SET() is a macro that converts
    while read -r cc flags; do
        command -v "$cc" >/dev/null || { echo "$cc: not here" && continue; }
        make -s clean
        make -s -j2 all "${tools[@]}" "${traps[@]%.c}" CC="$cc" CFLAGS="-Werror $flags"
        echo "$cc $flags: no warning"
    done <<'LIST'
gcc -O0
gcc -O2 -D_FORTIFY_SOURCE=2
gcc -O3 -D_FORTIFY_SOURCE=2
gcc -O2 -fanalyzer
clang -O0
clang -O2 -D_FORTIFY_SOURCE=2
clang -O3 -D_FORTIFY_SOURCE=2
musl-gcc -O2 -Wno-sign-conversion
LIST
    for chapter in 01-select 02-poll; do # POSIX is all that they ask for
        [ "$(grep -hoE '^# *define _[A-Z_]*SOURCE.*' "$chapter/server.c")" = '#define _POSIX_C_SOURCE 200809L' ]
        gcc -std=c11 -pedantic-errors -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L -fsyntax-only "$chapter/server.c"
    done
    # What was built last, musl's. It has other words for errors, so faults.sh would not find them in the log.
    STEPS=20000 for_each_chapter bats --tap --filter 'random|clients|idle|SIGTERM' scripts/test/strength.bats
}

lint() {
    make -s lint
}

parts=("$@")
((${#parts[@]} > 0)) || parts=(lint compilers faults long sanitizers valgrind)
failed=()
for part in "${parts[@]}"; do
    echo "=== $part"
    start=$SECONDS
    case $part in
    valgrind) part=valgrind_suite ;;
    faults | long | sanitizers | compilers | lint) ;;
    *) echo "no such part: $part" >&2 && exit 2 ;;
    esac
    # Not behind || or if: there, errors inside would go unseen.
    set +e
    (set -e && "$part")
    code=$?
    ((code == 0)) || failed+=("$part")
    set -e
    echo "=== $part took $((SECONDS - start)) s"
done
echo "${#failed[@]} of ${#parts[@]} parts found something: ${failed[*]:-none}"
((${#failed[@]} == 0))
