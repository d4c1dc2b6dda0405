#!/usr/bin/env bash
# grade.sh COMMAND... - holds an echo server, yours, in any language, to what ours promise to their clients. COMMAND
# starts it in the foreground, and {port} in it stands for the port where it is to listen:
#     scripts/grade.sh python3 echo.py {port}
# Each promise that does not hold comes with what a client saw, why that happens, and what to read about it. Takes
# about 20 seconds, and 5 more for each client that gets no answer. Status 0 only if all hold. Linux only.
set -euo pipefail
self=$(readlink -f "$0")
export GIVEN_DIR=$PWD GIVEN MARK PATIENCE_S=5
GIVEN=$(printf '%q ' "$@")
cd "${self%/*}/.."
source scripts/test/server.sh
source scripts/test/given.sh
if [[ $* != *'{port}'* ]]; then
    echo 'usage: scripts/grade.sh COMMAND..., with {port} in it, as in: scripts/grade.sh python3 echo.py {port}' >&2
    exit 2
fi
unset "${!BATS_@}" # it may be a test that tries us
make -s scripts/test/client
bats=$(scripts/test/bats.sh)
leave_nothing
MARK=$tmp
# All at once: the tests would start another server.
trap '{ mark=GRADING end_given; reap; rm -rf "$tmp"; } 2>/dev/null' EXIT

# bats says "ok 1 NAME", "ok 1 NAME # skip WHY", "not ok 1 NAME" and after that, behind "# ", what the test printed.
GRADING=$MARK TMPDIR=$tmp "$bats" --tap scripts/test/promises.bats 2>&1 | awk '
    /^1\.\./ { total = substr($0, 4) }
    sub(/^ok [0-9]+ /, "") { verdict = / # skip/ ? "untried" : "holds" }
    sub(/^not ok [0-9]+ /, "") { verdict = "FAILS" }
    verdict {
        sub(/^setup_file failed/, "the server can not be tried")
        count[verdict]++
        printf "%-8s %s\n", verdict, $0
        verdict = ""
    }
    /^# (saw|why|read): / { printf "         %-5s %s\n", $2, substr($0, length($2) + 4) }
    { fflush() }
    END {
        printf "%d of %d promises hold\n", count["holds"], total -= count["untried"]
        exit count["holds"] == 0 || count["holds"] < total
    }' &
wait $!
