# What all three servers promise besides promises.bats, seen in their log, their descriptors and their system calls.
# Run once for each chapter: CHAPTER=03-epoll bats scripts/test/echo.bats
load helper.bash

# --- using a server

# says STATUS PATTERN ARGUMENT...: the server ends with STATUS, and says one line, which is like PATTERN.
says() {
    run -"$1" timeout 5 "$ROOT/$CHAPTER/server" "${@:3}"
    echo "$output"
    [ "${#lines[@]}" -eq 1 ]
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $2 ]]
}

@test "the usage is printed on request" {
    for option in -h --help; do says 0 'usage:*PORT*ADDRESS*LOG_LEVEL*' "$option"; done
    run -1 bash -c '"$1" --help >/dev/full' - "$ROOT/$CHAPTER/server"
}

@test "a wrong argument is one line with the usage, status 2" {
    for port in abc 70000 65536 -1 '' ' 9' 9000x 000009000; do says 2 "*'$port'*usage:*" "$port"; done
    for host in 256.0.0.1 224.0.0.1; do says 2 "*'$host'*IPv4 below*" 0 "$host"; done
    says 2 "*'more'*usage:*" 0 127.0.0.1 more
}

@test "a wrong LOG_LEVEL is an error, status 2" {
    LOG_LEVEL=debug says 2 "*LOG_LEVEL is 'debug'*DEBUG*INFO*WARNING*ERROR*" 0
}

@test "an address that can't be had is one line with the reason, status 1" {
    start_server
    says 1 "*127.0.0.1:$port*$(words_of EADDRINUSE)*PORT, from 1024 up*" "$port" localhost
    says 1 "*192.0.2.1:0*$(words_of EADDRNOTAVAIL)*ADDRESS*" 0 192.0.2.1
}

@test "SIGINT and SIGTERM: all is closed, status 0" {
    for signal in INT TERM; do
        start_server
        start_client
        step 'small a' 'fill a' 'open b'
        stop_server "$signal"
        step 'gone b'
    done
}

# --- the echo

@test "what the socket does not take is kept in bounded memory, logged and drained" {
    start_server
    client 'small a' 'fill a' 'drain a' 'stream a 67108864' 'send a x' 'expect a x'
    [ -n "${UNDER_VALGRIND:-}" ] || [ "$(status_of VmHWM)" -lt $((32 * 1024)) ]
    wait_log 'Keep [0-9]+ bytes for fd [0-9]+: its socket did not take them'
    wait_log 'Drained fd [0-9]+'
}

@test "resets end one connection each and are logged" {
    LOG_LEVEL=INFO start_server
    client 'open a' 'open b' 'send b x' 'expect b x' 'reset b' 'small c' 'fill c' 'reset c' \
        'small d' 'fill d' 'close d' 'send a on' 'expect a on'
    [ "$(grep -c 'Lost connection fd' "$log")" -ge 2 ]
    run ! grep -q DEBUG "$log" # LOG_LEVEL takes the lower levels out
}

@test "EINTR after readiness loses no byte" {
    need strace
    for error in EINTR EAGAIN; do
        start_server strace -qq -D -o /dev/null -e "inject=recvfrom,sendto:error=$error:when=2+3"
        client 'open a' 'stream a 300000' 'send a x' 'expect a x' 'open b' 'stream b 100' 'shut b' 'eof b'
        stop_server
    done
}

@test "idle clients cost one wake-up a second, no CPU time and no log line" {
    start_server
    start_client
    step 'crowd 50' 'open a' 'urgent a' 'send a x' 'expect a x' # it is no part of the stream
    step 'urgent a' 'small b' 'fill b' # idle too: one is told of an urgent byte, one waits for room
    step 'small c' 'fill c' 'drain c'
    local lines=$(wc -l <"$log") switches=$(status_of voluntary_ctxt_switches)
    [ "$(ticks_of sleep 2.2)" -le 1 ] # the subject is that nothing happens
    switches=$(($(status_of voluntary_ctxt_switches) - switches))
    echo "$switches wake-ups"
    [ "$switches" -le 3 ]
    [ "$(wc -l <"$log")" -eq "$lines" ]
}

@test "an echo is one recv, one send and its share of a wait" {
    not_under_valgrind
    need strace
    local calls=$BATS_TEST_TMPDIR/calls
    LOG_LEVEL=INFO start_server strace -qq -D -o "$calls"
    start_client
    step 'open a'
    repeat 100 'send a ping' 'expect a ping'
    step 'shut a' 'eof a'
    stop_server
    [ "$(grep -c 'recvfrom.* = 4$' "$calls")" -eq 100 ]
    [ "$(grep -c 'sendto.* = 4$' "$calls")" -eq 100 ]
    run -0 sed -n '/sendto/,/recvfrom.* = 0$/p' "$calls"
    run ! grep -vE '^(recvfrom|sendto|p?select6?|p?poll|epoll_p?wait)\(' <<<"$output"
    # What the listening socket hands on to those that are accepted.
    grep -q 'TCP_NODELAY, \[1\]' "$calls"
    grep -q 'SO_KEEPALIVE, \[1\]' "$calls"
}

# --- the log

@test "each line has the document's format, shows UTF-8 in any locale, and cannot be forged" {
    LC_ALL=C start_server
    client 'open a' 'send a 你好\n2026-01-01 00:00:00,000 - root - ERROR - forged\x1b[2A' 'expect a 你好'
    local when='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3}'
    run ! grep -vE "^$when - ${CHAPTER#*-} - (DEBUG|INFO|WARNING) - " "$log"
    run ! grep '^2026-01-01' "$log"
    grep -qF '你好\n2026-01-01 00:00:00,000 - root - ERROR - forged\x1b[2A' "$log"
}
