# helper.bash - what the bats files share: a server that is always reaped, and ways to wait for a state.
# shellcheck shell=bash
bats_require_minimum_version 1.5.0
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/test/server.sh
source "$ROOT/scripts/test/server.sh"
# shellcheck source=scripts/test/given.sh
source "$ROOT/scripts/test/given.sh"
tmp=${BATS_TEST_TMPDIR:-}

# start_server [PREFIX...]: starts the server of $CHAPTER, on the port $again or a free one, through the command PREFIX
# if there is one; or that of scripts/grade.sh. Sets server (its process), port and log.
start_server() {
    log=$BATS_TEST_TMPDIR/log.$((++servers))
    if [ -n "${GIVEN:-}" ]; then
        start_given "$log" "$@"
    else
        serve "$log" "$@" "$ROOT/$CHAPTER/server" "${again:-0}"
    fi
}
# stop_server [SIGNAL]: ends it and returns its exit status.
stop_server() { stop "$server" "${1:-TERM}"; }

# because WHY PAGE: what is said if the test fails. saw WHAT: fails, and says what a client would notice.
because() { why=$1 page=$2; }
saw() {
    echo "$1" >>"${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/saw"
    return 1
}
tell_why() {
    cat "${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}"/{*.err,saw} 2>/dev/null | sed 's/^/saw: /'
    [ -z "${why:-}" ] || printf 'why: %s\nread: %s\n' "$why" "$page"
}

# client STEP...: takes the steps, each as scripts/test/client wants it.
client() {
    "$ROOT/scripts/test/client" "$port" < <(printf '%s\n' "$@") >/dev/null 2>>"$BATS_TEST_TMPDIR/saw"
}
# repeat N STEP...: the steps N times, by the client of start_client.
repeat() {
    local i
    for ((i = 0; i < $1; i++)); do step "${@:2}"; done
}

# The server may be several processes if it is somebody else's.
server_pids() {
    if [ -n "${GIVEN:-}" ]; then given_pids; else echo "$server"; fi
}
files_of() { printf "/proc/%s/$1 " $(server_pids); } # what the kernel tells of each of them
signal_server() { kill -s "$1" $(server_pids); }
freeze() { # stopped in the middle of what it does, as by Ctrl-Z
    signal_server STOP
    wait_for frozen
}
frozen() { [ -z "$(grep -Ls 'State:.T' $(files_of status))" ]; }

wait_log() { wait_for grep -qE -- "$1" "$log"; }
# What the kernel knows of the server: a field of /proc/PID/status; CPU time in hundredths of a second.
status_of() { sed -n "s/^$1:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$server/status"; }
cpu_ticks() { # with its children's, of those that have ended too
    cat $(files_of stat) 2>/dev/null |
        awk '{ sub(/.*\) /, ""); sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}
ticks_of() { # ticks_of COMMAND...: the server's, while COMMAND runs
    local before=$(cpu_ticks)
    "$@" >/dev/null || true
    echo $(($(cpu_ticks) - before))
}

# words_of ERROR: what the libc of our programs says, for EPIPE for example.
words_of() {
    printf '#include <errno.h>\n#include <stdio.h>\n#include <string.h>\nint main(void) { puts(strerror(%s)); }' "$1" |
        ${CC:-cc} -x c -o "$BATS_TEST_TMPDIR/words" - && "$BATS_TEST_TMPDIR/words"
}

need() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
    [ "$1" != strace ] || strace -qq -o /dev/null true 2>/dev/null || skip "strace is not permitted here"
}
need_descriptors() { [ "$(ulimit -Hn)" -ge "$1" ] || skip "the hard limit of descriptors is too low"; }
# valgrind (scripts/test/torture.sh) has descriptors, memory and system calls of its own.
not_under_valgrind() { [ -z "${UNDER_VALGRIND:-}" ] || skip "means nothing under valgrind"; }

teardown() {
    if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
        if [ -z "${GIVEN:-}" ]; then
            [ ! -f "${log:-}" ] || { echo "--- the end of the server's log:" && tail -n 20 "$log"; }
        elif patience=0 wait_for server_gone 2>/dev/null && ! grep -qs 'last words' "$BATS_TEST_TMPDIR/saw"; then
            saw "the server has ended; its last words: $(last_words "$log")" || true
        fi
        tell_why
    fi
    [ -z "${MARK:-}" ] || end_given
    reap
}
