# helper.bash - what the bats files share: a server that is always reaped, and ways to wait for a state.
# shellcheck shell=bash
bats_require_minimum_version 1.5.0
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=scripts/test/server.sh
source "$ROOT/scripts/test/server.sh"

# shellcheck source=scripts/test/given.sh
[ -z "${GIVEN:-}" ] || source "$ROOT/scripts/test/given.sh"

# start_server [PREFIX...]: starts the server of $CHAPTER on a free port, through the command PREFIX if there is one;
# or that of scripts/grade.sh. Sets server (its process), port and log.
start_server() {
    log=$BATS_TEST_TMPDIR/log.$((++servers))
    if [ -n "${GIVEN:-}" ]; then
        start_given "$log" "$@"
    else
        serve "$log" "$@" "$ROOT/$CHAPTER/server" "${again:-0}"
    fi
}
start_server_again() { # on the same port
    again=$port start_server
}
# stop_server [SIGNAL]: ends it and returns its exit status.
stop_server() {
    stop "$server" "${1:-TERM}"
}

# because WHY PAGE: what is said if the test fails. saw WHAT: fails, and says what a client would notice.
because() {
    why=$1 page=$2
}
saw() {
    echo "$1" >>"${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/saw"
    return 1
}
tell_why() {
    local line
    cat "${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}"/{saw,*.err} 2>/dev/null | while IFS= read -r line; do echo "saw: $line"; done
    [ -z "${why:-}" ] || printf 'why: %s\nread: %s\n' "$why" "$page"
    return 1
}

# client: runs scripts/test/client with the steps on its standard input.
client() {
    "$ROOT/scripts/test/client" "$port" >"$BATS_TEST_TMPDIR/steps" 2>>"$BATS_TEST_TMPDIR/saw"
}

# start_client: a client in the background; `step` gives it a step and returns when that is done.
start_client() {
    local pipe=$BATS_TEST_TMPDIR/pipe.$((++clients))
    steps=$BATS_TEST_TMPDIR/steps.$clients
    mkfifo "$pipe"
    "$ROOT/scripts/test/client" "$port" <"$pipe" >"$steps" 2>"$steps.err" 3>&- &
    client=$!
    exec {to_client}>"$pipe"
    given=0
}
step() {
    printf '%s\n' "$1" >&"$to_client"
    given=$((given + 1))
    patience=$((${PATIENCE_S:-10} + 5)) wait_for steps_done_or_lost
    steps_done
}
steps_done() {
    (($(wc -l <"$steps") >= given))
}
steps_done_or_lost() {
    steps_done || gone "$client"
}

# The server may be several processes if it is somebody else's.
server_pids() {
    if [ -n "${GIVEN:-}" ]; then given_pids; else echo "$server"; fi
}
signal_server() {
    kill -s "$1" $(server_pids)
}
server_gone() {
    if [ -n "${GIVEN:-}" ]; then no_given; else gone "$server"; fi
}
freeze() { # stopped in the middle of what it does, as by Ctrl-Z
    signal_server STOP
    wait_for frozen
}
frozen() {
    local pid
    for pid in $(server_pids); do grep -q 'State:.T' "/proc/$pid/status" || return; done
}

wait_log() {
    wait_for grep -qE -- "$1" "$log"
}
# What the kernel knows of the server: a field of /proc/PID/status; CPU time in hundredths of a second.
status_of() {
    sed -n "s/^$1:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$server/status"
}
cpu_ticks() { # with its children's, of those that have ended too
    local pid
    for pid in $(server_pids); do cat "/proc/$pid/stat" 2>/dev/null; done |
        awk '{ sub(/.*\) /, ""); sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}
ticks_of() { # ticks_of COMMAND...: the server's, while COMMAND runs
    local before=$(cpu_ticks)
    "$@" >/dev/null || true
    echo $(($(cpu_ticks) - before))
}
descriptors() {
    local all=("/proc/$server/fd/"*)
    echo "${#all[@]}"
}

descriptors_are() {
    [ "$(descriptors)" -eq "$1" ]
}

# words_of ERROR: what the libc of our programs says, for EPIPE for example.
words_of() {
    printf '#include <errno.h>\n#include <stdio.h>\n#include <string.h>\nint main(void) { puts(strerror(%s)); }' "$1" |
        ${CC:-cc} -x c -o "$BATS_TEST_TMPDIR/words" - && "$BATS_TEST_TMPDIR/words"
}

need() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# valgrind (scripts/test/torture.sh) has descriptors, memory and system calls of its own.
not_under_valgrind() {
    [ -z "${UNDER_VALGRIND:-}" ] || skip "means nothing under valgrind"
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED:-}" ] || {
        [ -z "${GIVEN:-}" ] || ! patience=0 wait_for no_given 2>/dev/null || grep -qs 'last words' "$BATS_TEST_TMPDIR/saw" ||
            saw "the server has ended; its last words: $(last_words "$log")" || true
        tell_why || true
    }
    [ -z "${GIVEN:-}" ] || end_given
    reap
    if [[ -z ${BATS_TEST_COMPLETED:-}${GIVEN:-} && -f ${log:-} ]]; then
        echo "--- the end of the server's log:"
        tail -20 "$log"
    fi
}

# --- tests that poll and epoll have in common

serves_10000() {
    not_under_valgrind
    [ "$(ulimit -Hn)" -ge 10100 ] || skip "the hard limit of descriptors is too low"
    LOG_LEVEL=INFO start_server bash -c 'ulimit -Sn 1024; exec "$@"' -
    run "$ROOT/scripts/compare/load" crowd "$port" 10000
    [[ $output == $'10000\t0\t0'* ]]
    echo "peak memory: $(status_of VmHWM) KiB"
    [ "$(status_of VmHWM)" -lt $((64 * 1024)) ]
}

has_the_words_of_poll_and_epoll() {
    start_server
    client <<<$'open a\nsend a x\nexpect a x\nshut a\neof a'
    wait_log 'Receive empty data'
    local name=${CHAPTER#*-}
    local fd=$(sed -n 's/.*Register connection fd //p' "$log")
    grep -qE " - $name - DEBUG - Events \[POLLIN\] happened on fd $fd$" "$log"
    grep -q " - $name - DEBUG - Receive data from connection fd $fd:x$" "$log"
    grep -q " - $name - DEBUG - Receive empty data from connection fd $fd$" "$log"
}
