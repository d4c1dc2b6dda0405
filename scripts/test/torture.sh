#!/usr/bin/env bash
# torture.sh [PART...] - the long search for what breaks the servers; what takes seconds is in .ci/run. A part without
# its tools is skipped. SEED repeats the random clients of an earlier run. The parts, all if none is named:
# compilers   several levels of optimisation: no warning; and the servers with musl pass strength.bats
# macos       chapters 1 and 2 compile and link for macOS without a warning (needs zig)
# processors  the traps on emulated ARM and S/390, whose bytes stand the other way round (needs qemu-user)
# faults      every fault of faults.sh; the table must be docs/faults.md
# long        strength.bats at length: 100,000 random steps and a million connections for each server
# valgrind    the tests with every server under valgrind
# surroundings  the traps wherever they may be started
# exercises   each exercise against all tests of its chapter, which takes half an hour
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/server.sh
close_inherited_descriptors
leave_nothing
chmod 755 "$tmp" # for the test that becomes another user
export SEED=${SEED:-$RANDOM}
bats=$(scripts/test/bats.sh)

copy() { # what a part builds is not ours: it works on a copy
    mkdir "$tmp/copy.$1"
    tar c --exclude=./.git --exclude=./.tmp . | tar x -C "$tmp/copy.$1"
    cd "$tmp/copy.$1"
    make -s clean
}

# through COMMAND FILE...: from now on FILE runs under COMMAND.
through() {
    local file
    for file in "${@:2}"; do
        mv "$file" "$file.bin"
        printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$1" "$PWD/$file.bin" >"$file"
        chmod 755 "$file"
    done
}

# can COMMAND: whether it is there; says so where it is not.
can() { command -v "$1" >/dev/null || { echo "skipped: $1 is not installed" && return 1; }; }

# for_each_chapter COMMAND...: at the same time; the output comes in order.
for_each_chapter() {
    local chapter pids=() pid status=0
    for chapter in 0*; do
        CHAPTER=$chapter BATS_TEST_NAME_PREFIX="$chapter: " "$@" >"$tmp/output.$chapter" 2>&1 & pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
    cat "$tmp"/output.*
    return "$status"
}

part_faults() {
    scripts/test/faults.sh >"$tmp/faults.md"
    diff <(grep '^|' docs/faults.md) <(grep '^|' "$tmp/faults.md")
}

part_long() {
    echo "SEED=$SEED"
    STEPS=100000 ROUNDS=1000 for_each_chapter "$bats" --tap scripts/test/strength.bats
}

part_valgrind() {
    can valgrind || return 0
    copy valgrind
    make -s -j2 everything CFLAGS='-g -O1'
    mkdir -m 777 "$tmp/all" "$tmp/orderly"
    through "valgrind -q --log-file=%q{REPORTS}/%p --error-exitcode=99 --leak-check=full" 0*/server
    export UNDER_VALGRIND=yes
    # A finding turns the status 0 that the tests want at an orderly end into 99. The reports show the rest.
    REPORTS=$tmp/all for_each_chapter "$bats" --tap scripts/test/{echo,promises,strength}.bats
    REPORTS=$tmp/all "$bats" --tap 0*/test.bats
    REPORTS=$tmp/orderly for_each_chapter "$bats" --tap --filter 'SIGINT and SIGTERM' scripts/test/echo.bats
    echo "$(find "$tmp/all" "$tmp/orderly" -type f | wc -l) runs of a server"
    [ "$(find "$tmp/orderly" -type f | wc -l)" -ge 6 ]
    ! grep -rh -A9 -E 'Invalid|ninitialised|Mismatched|overlap|(definitely|indirectly|possibly) lost' "$tmp/all" "$tmp/orderly"
}

part_surroundings() { scripts/traps/surroundings.sh; }

part_exercises() { scripts/exercise.sh | cut -d " " -f 1 | xargs -I{} scripts/exercise.sh {} --all; }

part_compilers() {
    local flags
    copy compilers
    for flags in '-O0' '-O2 -D_FORTIFY_SOURCE=2' '-O3 -D_FORTIFY_SOURCE=3' '-O2 -fanalyzer'; do
        make -s -j2 -B everything CC=gcc CFLAGS="-Werror $flags" && echo "gcc $flags: no warning"
        [[ $flags != *-f* ]] || continue
        make -s -j2 -B everything CC=clang CFLAGS="-Werror $flags" && echo "clang $flags: no warning"
    done
    can musl-gcc || return 0
    make -s -j2 -B everything CC=musl-gcc CFLAGS='-O2 -Werror -Wno-sign-conversion' # its FD_SET() converts
    STEPS=20000 for_each_chapter "$bats" --tap scripts/test/strength.bats
}

part_macos() {
    local processor
    can zig || return 0
    copy macos
    export ZIG_GLOBAL_CACHE_DIR=$tmp/zig
    for processor in x86_64 aarch64; do
        make -s -B all SYSTEM=Darwin CC="zig cc -target $processor-macos" CFLAGS='-O2 -Werror -D_FORTIFY_SOURCE=0'
    done
}

part_processors() {
    local name status=0 traps=(0*/traps/*.c)
    copy processors
    for name in aarch64 s390x; do
        if ! can "qemu-$name-static" || ! can "$name-linux-gnu-gcc"; then continue; fi
        make -s -j2 -B "${traps[@]%.c}" CC="$name-linux-gnu-gcc" LDFLAGS=-static
        through "qemu-$name-static" "${traps[@]%.c}"
        scripts/traps.sh "${traps[@]%.c}" || status=1
    done
    return "$status"
}

parts=("$@") failed=()
((${#parts[@]} > 0)) || parts=(compilers macos processors surroundings faults long valgrind exercises)
for part in "${parts[@]}"; do
    [[ $(type -t "part_$part") == function ]] || { echo "no such part: $part" >&2 && exit 2; }
    echo "=== $part"
    start=$SECONDS
    set +e # not behind || or if: there, errors inside would go unseen
    (set -e && "part_$part")
    code=$?
    set -e
    ((code == 0)) || failed+=("$part")
    echo "=== $part took $((SECONDS - start)) s"
done
echo "${#failed[@]} of ${#parts[@]} parts found something: ${failed[*]:-none}"
((${#failed[@]} == 0))
