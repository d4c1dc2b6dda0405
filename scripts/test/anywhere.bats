# Where a server may find itself: logs that can't be written, odd limits, clocks and tracers.
# Run once for each chapter: CHAPTER=03-epoll bats scripts/test/anywhere.bats
load helper.bash

echoes() { client 'open a' 'send a x' 'expect a x'; }

# --- the log

# start_unheard [PREFIX...]: its log is our stderr, and perhaps nobody can read the port there.
start_unheard() {
    port=$(free_port)
    "$@" "$ROOT/$CHAPTER/server" "$port" 3>&- &
    server=$!
    wait_for accepts
}
talk() { # some 2,000 lines of the log, 160 KiB
    start_client
    step 'open a' 'open b'
    repeat 500 'send a ping' 'expect a ping' 'send b pong' 'expect b pong'
}
# unread_then_gone FILE: the other end of this log is held by the process $!, which reads nothing.
unread_then_gone() {
    local holder=$!
    start_unheard 2>"$1"
    talk
    kill -s KILL "$holder"
    wait_for gone "$holder"
    talk
}

@test "a log that is full, at its limit, closed, unread or without a reader stops nobody" {
    start_unheard 2>/dev/full
    talk
    start_unheard bash -c 'exec "$@" <&- >&- 2>&-' - # and no line of it ends up in a client's socket
    talk
    log=$BATS_TEST_TMPDIR/limited
    start_unheard bash -c 'ulimit -f 8; exec "$@"' - 2>"$log"
    talk
    [ "$(stat -c %s "$log")" -le 8192 ]
    mkfifo "$BATS_TEST_TMPDIR/log.pipe"
    sleep 60 <>"$BATS_TEST_TMPDIR/log.pipe" 3>&- &
    unread_then_gone "$BATS_TEST_TMPDIR/log.pipe"
    mkfifo "$BATS_TEST_TMPDIR/new.pipe"
    start_unheard bash -c 'exec "${@:2}" 2<>"$1"' - "$BATS_TEST_TMPDIR/new.pipe" # its reader comes later
    read -r -t 5 line <"$BATS_TEST_TMPDIR/new.pipe"
    [[ $line == *'Listening on'* ]]
}

@test "descriptors 0 to 2 that are closed and can't be opened: an error, before a client becomes one of them" {
    no_dev='mount -t tmpfs none /dev && exec "$@" <&-'
    unshare -m bash -c "$no_dev" - true 2>/dev/null || skip "nothing may be mounted here"
    run -2 unshare -m bash -c "$no_dev" - timeout 5 "$ROOT/$CHAPTER/server" 0
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"/dev/null: $(words_of ENOENT)" ]]
    run -2 unshare -m bash -c "$no_dev 2>&-" - timeout 5 "$ROOT/$CHAPTER/server" 0
}

@test "a log on a terminal that nobody reads, or that has gone, stops nobody" {
    need script
    coproc script -qec 'tty; exec sleep 60' /dev/null 3>&-
    read -r terminal <&"${COPROC[0]}" || skip "there is no terminal to be had"
    kill -s STOP "$!"
    terminal=${terminal%$'\r'}
    unread_then_gone "$terminal"
}

# --- clocks, limits, processes, tracers

@test "out of descriptors, a clock set back, a limit of 1,073,741,816: it pauses a second, warns once" {
    not_under_valgrind
    ${CC:-cc} -o "$BATS_TEST_TMPDIR/odd" -x c - "$ROOT/$CHAPTER/server.c" "$ROOT"/common/*.c <<'C'
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) /* libc's is not asked */
{
    static int calls;
    syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec -= 3600 * calls++;
    return 0;
}
int getrlimit(int resource, struct rlimit *limit)
{
    *limit = (struct rlimit){ .rlim_cur = 1024, .rlim_max = 1073741816 };
    return 0;
}
C
    log=$BATS_TEST_TMPDIR/log
    serve "$log" bash -c 'ulimit -n 16; exec "$@"' - "$BATS_TEST_TMPDIR/odd" 0
    start_client
    step "open "{a..z} # more than there is room for
    repeat 100 'reset z' 'open z'
    sleep 1.2
    step "reset "{a..s} 'send z x' 'expect z x'
    [ "$(ticks_of sleep 1)" -le 5 ]
    [ "$(status_of VmRSS)" -lt $((32 * 1024)) ]
    [ "$(grep -c WARNING "$log")" -eq 1 ] # no client sets the rate: it is one a minute
    grep -q "WARNING - Can't accept" "$log"
}

@test "with 1,100 inherited descriptors it serves, or says why it can't" {
    need_descriptors 1200
    local occupied='ulimit -Sn 1200; for ((fd = 3; fd < 1110; fd++)); do eval "exec $fd</dev/null"; done'
    if [ "$CHAPTER" = 01-select ]; then
        run -1 timeout 5 bash -c "$occupied; "'exec "$@"' - "$ROOT/$CHAPTER/server" 0
        [[ $output == *"Can't watch fd 11"* ]]
    else
        start_server bash -c "$occupied; "'exec "$@"' -
        echoes
    fi
}

@test "a tracer that comes and goes changes nothing" {
    need strace
    sleep 3 3>&- &
    strace -qq -o /dev/null -p $! || skip "strace may not attach here"
    start_server
    for trace in "$BATS_TEST_TMPDIR"/trace.{1..3}; do
        strace -qq -o "$trace" -p "$server" 3>&- &
        wait_for test -s "$trace"
        echoes
        stop $! || true
        echoes
    done
    run ! grep -qE 'WARNING|ERROR' "$log"
}

@test "as process 1 of a namespace it serves and ends by SIGTERM, status 0" {
    not_under_valgrind
    need unshare
    unshare --pid --fork true 2>/dev/null || skip "no namespace of processes is permitted here"
    start_server unshare --pid --fork --kill-child
    echoes
    kill -TERM $(cat "/proc/$server/task/$server/children")
    wait_for gone "$server"
    wait "$server"
}
