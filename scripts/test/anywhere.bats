# Where a server may find itself: odd limits, clocks, tracers, and logs that can't be written.
# Run once for each chapter: CHAPTER=03-epoll bats scripts/test/anywhere.bats
load helper.bash

echoes() {
    client <<<$'open a\nsend a x\nexpect a x'
}
# start_logging_to FILE [PREFIX...]: where nobody can read the port from the log. FILE may be a pipe without a writer.
start_logging_to() {
    port=$(free_port)
    "${@:2}" "$ROOT/$CHAPTER/server" "$port" 2>"$1" 3>&- &
    server=$!
    wait_for accepts
}
# A prefix, followed by a number: all descriptors below that are taken.
inheriting=(bash -c 'ulimit -Sn 1200; for ((fd = 3; fd < $1; fd++)); do eval "exec $fd</dev/null"; done; exec "${@:2}"' -)
serves_beyond_its_log() { # some 2,000 lines, 160 KiB
    start_client
    step 'open a'
    repeat 1000 'send a ping' 'expect a ping'
    kill -0 "$server"
}

# --- the log

@test "a log on a full disk or at its size limit stops nobody" {
    start_logging_to /dev/full
    serves_beyond_its_log
    log=$BATS_TEST_TMPDIR/limited
    start_logging_to "$log" bash -c 'ulimit -f 8; exec "$@"' -
    serves_beyond_its_log
    [ "$(stat -c %s "$log")" -le 8192 ]
}

@test "a log whose reader has gone, or does not read, stops nobody" {
    local pipe=$BATS_TEST_TMPDIR/log.pipe reader
    mkfifo "$pipe"
    head -n 1 <"$pipe" >/dev/null 3>&- &
    reader=$!
    start_logging_to "$pipe"
    wait_for gone "$reader"
    serves_beyond_its_log
    exec {reader}<>"$pipe"
    start_logging_to "$pipe"
    serves_beyond_its_log
    exec {reader}>&-
}

@test "a log on a terminal that has gone, or that nobody reads, stops nobody" {
    need python3
    cat >"$BATS_TEST_TMPDIR/terminal.py" <<'PY'
import os, pty, subprocess, sys
master, slave = pty.openpty()
server = subprocess.Popen(sys.argv[2:], stderr=slave)
os.close(slave)
os.read(master, 1000)
if sys.argv[1] == "gone":
    os.close(master)
sys.exit(server.wait())
PY
    for terminal in gone unread; do
        start_logging_to /dev/null python3 "$BATS_TEST_TMPDIR/terminal.py" $terminal
        serves_beyond_its_log
        kill -TERM $(cat "/proc/$server/task/$server/children")
    done
}

# --- failures that last, and clients that want to fill the log

@test "an accept() that fails for long costs no CPU time and no flood of lines, whatever the error" {
    not_under_valgrind
    need_strace
    local error pid pids=()
    for error in EAGAIN EINTR ECONNABORTED EPROTO EPERM EMFILE EINVAL; do # at once: most of it is waiting
        accept_fails_with "$error" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
}
accept_fails_with() { # in a subshell
    trap reap EXIT
    mkdir "$BATS_TEST_TMPDIR/$1"
    BATS_TEST_TMPDIR+=/$1
    start_server strace -qq -D -o /dev/null -e "inject=accept:error=$1:when=3+"
    start_client
    step 'open a' 'send a x' 'expect a x' 'open b' 'open c' # accept() 1 is a, 2 finds nobody, or the next
    sleep 0.3 # it may take a moment to notice that it lasts
    local lines=$(wc -l <"$log") ticks=$(ticks_of sleep 1.5)
    lines=$(($(wc -l <"$log") - lines))
    echo "$1: $ticks ticks, $lines lines"
    ((ticks <= 10 && lines <= 10 && $(wc -l <"$log") <= 200))
    step 'send a y' 'expect a y'
    stop_server
}

@test "no client sets the rate of warnings" {
    start_server bash -c 'ulimit -n 16; exec "$@"' -
    start_client
    step "open "{a..z} # more than there is room for
    repeat 100 'reset z' 'open z'
    [ "$(grep -c WARNING "$log")" -le 2 ] # one a minute
    grep -q "WARNING - Can't accept" "$log"
}

@test "select: no client sets the rate of its refusals at FD_SETSIZE" {
    [ "$CHAPTER" = 01-select ] || skip "only select has FD_SETSIZE"
    need_descriptors 1200
    start_server "${inheriting[@]}" 1015
    start_client
    step "open "{a..p}
    repeat 100 'open z' 'gone z' 'close z'
    [ "$(grep -c WARNING "$log")" -le 2 ]
    step 'send a x' 'expect a x'
}

# --- what a client may do, or not do

@test "a client that is silent is asked whether it lives (SO_KEEPALIVE)" {
    [ -r /proc/net/tcp ] || skip "there is no /proc/net/tcp"
    start_server
    start_client
    step 'open a' 'send a x' 'expect a x'
    wait_for keepalive_timer_runs
}
keepalive_timer_runs() { # established (01), and timer 02 is keepalive's
    grep -q "$(printf ' [0-9A-F]*:%04X [0-9A-F]*:[0-9A-F]* 01 [0-9A-F:]* 02:' "$port")" /proc/net/tcp
}

@test "an urgent byte does not spin, and is no part of the stream" {
    start_server
    start_client
    step 'open a' 'send a x' 'expect a x' 'urgent a'
    [ "$(ticks_of sleep 1)" -le 5 ]
    step 'send a y' 'expect a y'
}

# --- limits, processes, clocks

@test "with 1,100 inherited descriptors it serves, or says why it can't" {
    need_descriptors 1200
    local prefix=("${inheriting[@]}" 1110)
    if [ "$CHAPTER" = 01-select ]; then
        run -1 timeout 5 "${prefix[@]}" "$ROOT/$CHAPTER/server" 0
        [[ $output == *"Can't watch fd 11"* ]]
    else
        start_server "${prefix[@]}"
        echoes
    fi
}

@test "a tracer that comes and goes changes nothing" {
    need_strace
    start_server
    start_client
    step 'open a'
    local tracer
    for ((i = 0; i < 3; i++)); do
        strace -qq -o "$BATS_TEST_TMPDIR/trace.$i" -p "$server" 3>&- &
        tracer=$!
        wait_for test -s "$BATS_TEST_TMPDIR/trace.$i"
        step 'send a x' 'expect a x'
        kill "$tracer"
        wait_for gone "$tracer"
        step 'send a y' 'expect a y'
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

@test "a clock that is set back and forth, and a limit of 1,073,741,816 descriptors, change nothing" {
    not_under_valgrind
    cat >"$BATS_TEST_TMPDIR/odd.c" <<'C'
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int calls;
    long status = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec = calls++ % 2 == 0 ? 0 : 4000000000;
    return (int)status;
}
int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
    long status = syscall(SYS_prlimit64, 0, resource, 0, limit);
    if (resource == RLIMIT_NOFILE) limit->rlim_max = 1073741816;
    return (int)status;
}
C
    "${CC:-cc}" -shared -fPIC -o "$BATS_TEST_TMPDIR/odd.so" "$BATS_TEST_TMPDIR/odd.c" || skip "no library can be built here"
    start_server bash -c 'ulimit -n 16; LD_PRELOAD=$0 exec "$@"' "$BATS_TEST_TMPDIR/odd.so"
    head -n 1 "$log" | grep -qE '^(1970|2096)-' || skip "this server takes no library from outside"
    start_client
    step "open "{a..z} # more than there is room for: it pauses
    sleep 1.2
    step "reset "{a..s} 'send z x' 'expect z x'
    [ "$(ticks_of sleep 1)" -le 5 ]
    [ "$(status_of VmRSS)" -lt $((32 * 1024)) ]
}
