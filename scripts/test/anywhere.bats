# Where a server may find itself: odd limits, clocks, tracers, and logs that can't be written.
# Run once for each chapter: CHAPTER=03-epoll bats scripts/test/anywhere.bats
load helper.bash

# A prefix, followed by a number: all descriptors below that are taken.
inheriting=(bash -c 'ulimit -Sn 1200; for ((fd = 3; fd < $1; fd++)); do eval "exec $fd</dev/null"; done; exec "${@:2}"' -)

echoes() {
    client <<<$'open a\nsend a x\nexpect a x'
}

# --- the log

@test "a log on a full disk or at its size limit stops nobody" {
    serves_with_log full
    serves_with_log limited
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/limited")" -le 8192 ]
}

@test "a log whose reader has gone, or does not read, stops nobody" {
    serves_with_log unread-pipe
    serves_with_log pipe-without-reader
}

@test "a log on a terminal that has gone, or that nobody reads, stops nobody" {
    need script
    script -qec true /dev/null >/dev/null || skip "there is no terminal to be had"
    serves_with_log unread-terminal
    serves_with_log terminal-gone
}

# The server can't tell its port, so it is given one. It writes some 2,000 lines, 160 KiB.
serves_with_log() {
    local program=$ROOT/$CHAPTER/server pipe=$BATS_TEST_TMPDIR/$1 reader
    port=$(free_port)
    case $1 in
    full) "$program" "$port" 2>/dev/full 3>&- & ;;
    limited) bash -c 'ulimit -f 8; exec "$@"' - "$program" "$port" 2>"$pipe" 3>&- & ;;
    *pipe*)
        mkfifo "$pipe"
        exec {reader}<>"$pipe"
        "$program" "$port" 2>"$pipe" {reader}>&- 3>&- &
        ;;
    *terminal*)
        MARK=$BATS_TEST_TMPDIR # the server outlives its terminal: teardown ends it by this mark
        GRADED=$MARK script -qec "trap '' HUP; exec '$program' $port" /dev/null </dev/null >/dev/null 2>&1 3>&- &
        ;;
    esac
    server=$!
    wait_for accepts
    case $1 in
    unread-terminal) kill -STOP "$server" ;;
    terminal-gone) kill -KILL "$server" ;;
    pipe-without-reader) exec {reader}>&- ;;
    esac
    start_client
    step 'open a'
    repeat 1000 'send a ping' 'expect a ping'
}

# --- failures that last, and clients that want to fill the log

@test "an accept() that fails for long costs no CPU time and no flood of lines, whatever the error" {
    not_under_valgrind
    need_strace
    local error lines ticks
    for error in EAGAIN ECONNABORTED EMFILE EINVAL; do
        start_server strace -qq -D -o /dev/null -e "inject=accept:error=$error:when=3+"
        start_client
        step 'open a' 'send a x' 'expect a x' 'open b' 'open c' # accept() 1 is a, 2 finds nobody, or the next
        sleep 0.3 # it may take a moment to notice that it lasts
        lines=$(wc -l <"$log") ticks=$(ticks_of sleep 1.5)
        lines=$(($(wc -l <"$log") - lines))
        echo "$error: $ticks ticks, $lines lines"
        ((ticks <= 10 && lines <= 10 && $(wc -l <"$log") <= 200))
        step 'send a y' 'expect a y'
        stop_server
    done
}

@test "no client sets the rate of warnings" {
    start_server bash -c 'ulimit -n 16; exec "$@"' -
    start_client
    step "open "{a..z} # more than there is room for
    repeat 100 'reset z' 'open z'
    [ "$(grep -c WARNING "$log")" -le 2 ] # one a minute
    grep -q "WARNING - Can't accept" "$log"
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
    strace -qq -o "$BATS_TEST_TMPDIR/trace" -p "$server" 3>&- &
    local tracer=$!
    wait_for test -s "$BATS_TEST_TMPDIR/trace"
    step 'send a x' 'expect a x'
    kill "$tracer"
    wait_for gone "$tracer"
    step 'send a y' 'expect a y'
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
    limit->rlim_cur = 16;
    limit->rlim_max = resource == RLIMIT_NOFILE ? 1073741816 : 16;
    return 0;
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
