#!/usr/bin/env bash
# grade.sh COMMAND... - holds an echo server, yours, in any language, to what ours promise to their clients. COMMAND
# starts it in the foreground, and {port} in it stands for the port where it is to listen:
#     scripts/grade.sh python3 echo.py {port}
# Each promise that does not hold comes with what a client saw, why that happens, and what to read about it. Takes
# about 20 seconds, and 5 more for each client that gets no answer. Status 0 only if all hold. Linux only.
set -euo pipefail
self=$(readlink -f "$0")
# shellcheck source=scripts/test/server.sh
source "${self%/*}/test/server.sh"
export GIVEN_DIR=$PWD GIVEN MARK PATIENCE_S=5
if [[ $# -eq 0 || $1 == -h || $1 == --help || $* != *'{port}'* ]]; then
    echo 'usage: scripts/grade.sh COMMAND..., with {port} in it, as in: scripts/grade.sh python3 echo.py {port}' >&2
    exit 2
fi
unset "${!BATS_@}" # it may be a test that tries us
GIVEN=$(printf '%q ' "$@")
cd "${self%/*}/.."
# shellcheck source=scripts/test/given.sh
source scripts/test/given.sh
make -s scripts/test/client scripts/compare/load
bats=$(scripts/test/bats.sh)
leave_nothing
MARK=$tmp
trap 'end_given; reap; rm -rf "$tmp"' EXIT

# bats says "ok 1 NAME", "ok 1 NAME # skip WHY", "not ok 1 NAME" and after that, behind "# ", what the test printed.
"$bats" --tap scripts/test/promises.bats 2>&1 | awk '
    match($0, /^(not )?ok [0-9]+ /) {
        name = substr($0, RLENGTH + 1)
        verdict = /^not/ ? "FAILS" : name ~ / # skip/ ? "untried" : "holds"
        if (name == "setup_file failed")
            name = "the server can not be tried"
        else
            count[verdict]++
        printf "%-8s %s\n", verdict, name
    }
    sub(/^# (saw|why|read): /, "& ") { printf "         %-5s %s\n", $2, substr($0, index($0, ":") + 3) }
    { fflush() }
    END {
        printf "%d of %d promises hold\n", count["holds"], count["holds"] + count["FAILS"]
        exit count["holds"] == 0 || count["FAILS"] > 0
    }' &
wait $!
