# helper.bash - what the bats files share: a server that is always reaped, and ways to wait for a state.
# shellcheck shell=bash
bats_require_minimum_version 1.5.0
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=scripts/test/server.sh
source "$ROOT/scripts/test/server.sh"

# start_server [COMMAND...]: starts the server of $CHAPTER on a free port, through COMMAND if given.
# Sets server (its process), port and log.
start_server() {
    log=$BATS_TEST_TMPDIR/log.$((++servers))
    serve "$log" "$@" "$ROOT/$CHAPTER/server" 0
}
# stop_server [SIGNAL]: ends it and returns its exit status.
stop_server() {
    stop "$server" "${1:-TERM}"
}

# client: runs scripts/test/client with the steps on its standard input.
client() {
    "$ROOT/scripts/test/client" "$port" >"$BATS_TEST_TMPDIR/steps"
}

# start_client: a client in the background; `step` gives it a step and returns when that is done.
start_client() {
    local pipe=$BATS_TEST_TMPDIR/pipe.$((++clients))
    steps=$BATS_TEST_TMPDIR/steps.$clients
    mkfifo "$pipe"
    "$ROOT/scripts/test/client" "$port" <"$pipe" >"$steps" 2>"$steps.err" 3>&- &
    exec {to_client}>"$pipe"
    given=0
}
step() {
    printf '%s\n' "$1" >&"$to_client"
    given=$((given + 1))
    wait_for steps_done
}
steps_done() {
    (($(wc -l <"$steps") >= given))
}

wait_log() {
    wait_for grep -qE -- "$1" "$log"
}
# What the kernel knows of the server: a field of /proc/PID/status; CPU time in hundredths of a second.
status_of() {
    sed -n "s/^$1:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$server/status"
}
cpu_ticks() {
    awk '{ print $14 + $15 }' "/proc/$server/stat"
}
descriptors() {
    local all=("/proc/$server/fd/"*)
    echo "${#all[@]}"
}

descriptors_are() {
    [ "$(descriptors)" -eq "$1" ]
}

need() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# valgrind (scripts/test/torture.sh) has descriptors, memory and system calls of its own.
not_under_valgrind() {
    [ -z "${UNDER_VALGRIND:-}" ] || skip "means nothing under valgrind"
}

teardown() {
    reap
    if [[ -z ${BATS_TEST_COMPLETED:-} && -f ${log:-} ]]; then
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
