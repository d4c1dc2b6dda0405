# What an echo server promises to any client, seen from outside only: it serves our three (CHAPTER=03-epoll bats
# scripts/test/promises.bats) and, by scripts/grade.sh, a server of anybody in any language.
load helper.bash

setup_file() { # a server that does not start is told once, not in every test
    local status=0
    [ -n "${GIVEN:-}" ] || return 0
    if ! start_given "$BATS_FILE_TMPDIR/log"; then
        status=1
    elif ! answers; then
        saw "it accepts, but of one line nothing comes back within ${PATIENCE_S:-10} seconds" || status=1
    fi
    end_given
    [ "$status" -eq 0 ] || { tell_why && return 1; }
}

@test "any bytes come back exactly, in any pieces" {
    because 'TCP is a stream: a recv() may end in the middle of a line, a character, a message' 01-select/traps/small-writes
    start_server
    client 'open a' 'send a \x00\xff\xfe\xe4\xbd' 'expect a \x00\xff\xfe\xe4\xbd' \
        'send a \xa0\n\x0d\x1b[2J\' 'expect a \xa0\n\x0d\x1b[2J\' \
        'write a 1' 'write a 30000' 'read a 1' 'read a 29999' 'read a 1'
}

@test "64 MiB, written and read at the same time" {
    because 'send() takes what fits and says how much; the rest has to be kept and sent later' 01-select/traps/partial-send
    LOG_LEVEL=INFO start_server
    client 'open a' 'stream a 67108864'
}

@test "half-close: much is sent, our side shut, then all is read, then the end" {
    because 'an end of input means "I send no more", not "I read no more": what is pending has to be sent before close()' \
        01-select/traps/half-close
    LOG_LEVEL=INFO start_server
    client 'open a' 'write a 2097152' 'shut a' 'drain a' 'eof a'
    client 'small a' 'fill a' 'shut a' 'drain a' 'eof a'
}

@test "a client that does not read stops only itself, and nothing is lost or hoarded" {
    because 'while its output waits a client should not be read from, and nobody else should wait for it' \
        01-select/traps/partial-send
    LOG_LEVEL=INFO start_server
    start_client
    step 'small a' 'fill a' 'open b'
    repeat 100 'send b ping' 'expect b ping'
    step 'drain a' 'send b ping' 'expect b ping'
}

@test "resets end one connection each" {
    because 'ECONNRESET and EPIPE are ordinary, and SIGPIPE kills a server that does not ignore it' 01-select/traps/reset-is-ordinary
    start_server
    client 'open a' 'open b' 'send b x' 'expect b x' 'reset b' \
        'small c' 'write c 30000' 'reset c' 'small d' 'write d 30000' 'close d' \
        'send a still here' 'expect a still here'
}

@test "connects that are aborted before accept are no problem" {
    because 'a client may be gone before accept() returns, or before the first recv()' 01-select/traps/hint-not-promise
    start_server
    freeze
    client 'open a' 'reset a' 'open b' 'send b x' 'shut b' 'open c' 'close c'
    start_client
    step 'open d'
    signal_server CONT
    step 'send d x' 'expect d x'
}

@test "200 clients at the same moment fit in the backlog" {
    because 'listen(fd, n) bounds how many wait for accept(); the others have to try again, after a second' 01-select/traps/backlog
    [ "$(cat /proc/sys/net/core/somaxconn)" -ge 200 ] || skip "the system bounds every backlog to less (somaxconn)"
    start_server
    freeze
    client 'crowd 200' 3>&- &
    local crowd=$!
    # All have to be connected while the server sleeps: no SYN has to be sent again.
    patience=3 wait_for waiting_are 200 || saw "the queue holds only $(waiting) of 200 clients while the server is busy"
    signal_server CONT
    wait "$crowd"
}
waiting() { # for accept(), on IPv4 or IPv6
    printf '%d\n' $(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$(printf ':%04X' "$port")" '$4 == "0A" && $2 ~ port "$" { print "0x" substr($5, 10) }') |
        sort -n | tail -n 1
}
waiting_are() { (($(waiting) >= $1)); }

@test "1,000 connections are served, and the first of them still is" {
    because 'a limit that is passed must not be an end: of FD_SETSIZE, of descriptors, of threads' 01-select/traps/fd-setsize
    need_descriptors 1100
    LOG_LEVEL=INFO start_server bash -c 'ulimit -Sn "$(ulimit -Hn)"; exec "$@"' -
    client 'open a' 'send a x' 'expect a x' 'crowd 1000' 'send a y' 'expect a y'
}

@test "out of descriptors: no spin, old clients served; then all is normal" {
    not_under_valgrind
    because 'accept() fails with EMFILE and leaves the client in the queue: a loop that asks again at once spins, one that exits takes all with it' \
        02-poll/traps/out-of-descriptors
    start_server bash -c 'ulimit -n 64; exec "$@"' -
    start_client
    step 'open a' 'send a x' 'expect a x'
    local idle=$(ticks_of sleep 1)
    # The crowd waits for a second without news: meanwhile nothing may happen here.
    local full=$(ticks_of client 'rush 100')
    ((full <= 2 * idle + 10)) || saw "with no descriptor free it used $full hundredths of a second of CPU time, idle $idle"
    step 'send a ping' 'expect a ping'
    client 'open a' 'send a normal' 'expect a normal'
}

@test "idle clients cost no CPU time" {
    because 'a socket is nearly always writable, and an end of input stays readable: a loop that always asks for them spins' \
        02-poll/traps/write-interest
    start_server
    start_client
    step 'crowd 50' 'open b' 'send b x' 'expect b x'
    local used=$(ticks_of sleep 2) # the subject is that nothing happens
    ((used <= 5)) || saw "in 2 s without a byte it used $used hundredths of a second of CPU time"
}

@test "stop and continue (Ctrl-Z, fg) change nothing" {
    because 'epoll_wait() is interrupted (EINTR) even where no handler runs: that is no error' 03-epoll/traps/interrupted
    start_server
    start_client
    step 'open a' 'send a x' 'expect a x'
    freeze
    signal_server CONT
    step 'send a on\n' 'expect a on\n'
}

@test "SIGTERM ends it" {
    because 'a handler that only sets a flag needs a wait that ends: by EINTR, by a time-out, or by a pipe' 01-select/traps/signal-race
    start_server
    client 'open a' 'send a x' 'expect a x'
    signal_server TERM
    patience=5 wait_for server_gone || saw 'it still ran 5 seconds after SIGTERM'
}

@test "a restart at once, with clients of the last run still there" {
    because 'connections of the last run keep the port for a minute: SO_REUSEADDR before bind()' 01-select/server.c
    start_server
    start_client
    step 'crowd 10'
    signal_server KILL
    wait_for server_gone
    again=$port start_server
    client 'open a' 'send a x' 'expect a x'
}
