# What all three servers promise besides promises.bats, seen in their log, their descriptors and their system calls.
# Run once for each chapter: CHAPTER=03-epoll bats scripts/test/echo.bats
load helper.bash

# --- using a server

# says STATUS PATTERN ARGUMENT...: the server ends with STATUS, and what it says, one line but for the usage, is like
# PATTERN.
says() {
    run -"$1" timeout 5 "$ROOT/$CHAPTER/server" "${@:3}"
    echo "$output"
    [ "$status" -eq 0 ] || [ "${#lines[@]}" -eq 1 ]
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $2 ]]
}

@test "the usage is printed on request" {
    for option in -h --help; do says 0 'usage:*PORT*ADDRESS*LOG_LEVEL*' "$option"; done
}

@test "a wrong argument is one line with the usage, status 2" {
    for port in abc 70000 65536 -1 '' ' 9' 9000x 000009000; do says 2 "*'$port'*usage:*" "$port"; done
    says 2 "*'256.0.0.1'*usage:*" 0 256.0.0.1
    says 2 "*'more'*usage:*" 0 127.0.0.1 more
    LOG_LEVEL=debug says 2 "*LOG_LEVEL is 'debug'*DEBUG*INFO*WARNING*ERROR*" 0
}

@test "an address that can't be had is one line with the reason, status 1" {
    start_server
    says 1 "*127.0.0.1:$port*$(words_of EADDRINUSE)*PORT*" "$port"
    says 1 "*192.0.2.1:0*$(words_of EADDRNOTAVAIL)*ADDRESS*" 0 192.0.2.1
}

@test "a port that is not permitted is one line with the reason, status 1" {
    need setpriv
    local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    cp "$ROOT/$CHAPTER/server" "$BATS_RUN_TMPDIR/server"
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/server"
    "${nobody[@]}" "$BATS_RUN_TMPDIR/server" --help || skip "can't become another user"
    [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 9 ] || skip "all ports are permitted"
    run timeout 5 "${nobody[@]}" "$BATS_RUN_TMPDIR/server" 9
    [ "$status" -eq 1 ]
    [[ $output == *"127.0.0.1:9:"*"$(words_of EACCES)"*"from 1024 up"* ]]
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
    client <<<$'small a\nfill a\ndrain a\nstream a 67108864\nsend a x\nexpect a x'
    [ -n "${UNDER_VALGRIND:-}" ] || [ "$(status_of VmHWM)" -lt $((32 * 1024)) ]
    wait_log 'Keep [0-9]+ bytes for fd [0-9]+: its socket is full'
    wait_log 'Drained fd [0-9]+'
}

@test "resets end one connection each and are logged" {
    LOG_LEVEL=INFO start_server
    local idle=$(descriptors)
    client <<<$'open a\nopen b\nsend b x\nexpect b x\nreset b\nsmall c\nfill c\nreset c\nsmall d\nfill d\nclose d\nsend a on\nexpect a on'
    [ "$(grep -c 'Lost connection fd' "$log")" -ge 2 ]
    run ! grep -q DEBUG "$log"
    wait_for descriptors_are "$idle"
}

@test "EPIPE ends one connection, not the server by SIGPIPE" {
    need strace
    start_server strace -qq -D -o /dev/null -e inject=sendto:error=EPIPE:signal=PIPE:when=2
    client <<<$'open a\nsend a x\nexpect a x\nopen b\nsend b x\ngone b\nsend a y\nexpect a y'
    wait_log "Lost connection fd [0-9]+: send: $(words_of EPIPE)"
}

@test "EINTR after readiness loses no byte" {
    need strace
    for error in EINTR EAGAIN; do
        start_server strace -qq -D -o /dev/null -e "inject=recvfrom,sendto:error=$error:when=2+3"
        client <<<$'open a\nstream a 300000\nsend a x\nexpect a x\nopen b\nstream b 100\nshut b\neof b'
        stop_server
    done
}

@test "idle clients cost one wake-up a second, no CPU time and no log line" {
    start_server
    start_client
    step 'crowd 50' 'small a'
    step 'fill a' # idle too: waits for room
    step 'small b' 'fill b' 'drain b'
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
    LOG_LEVEL=INFO start_server strace -qq -D -o "$BATS_TEST_TMPDIR/calls"
    start_client
    step 'open a'
    repeat 100 'send a ping' 'expect a ping'
    step 'shut a' 'eof a'
    stop_server
    run ! grep -vE '^(recvfrom|sendto|select|pselect6|poll|epoll_wait|epoll_pwait)\(' <(sed -n '/sendto/,$p' "$BATS_TEST_TMPDIR/calls" | sed '/recvfrom.* = 0$/,$d')
    [ "$(grep -c 'recvfrom.* = 4$' "$BATS_TEST_TMPDIR/calls")" -eq 100 ]
    [ "$(grep -c 'sendto.* = 4$' "$BATS_TEST_TMPDIR/calls")" -eq 100 ]
    for option in TCP_NODELAY SO_KEEPALIVE; do grep -q "setsockopt.*$option, \[1\]" "$BATS_TEST_TMPDIR/calls"; done # handed on by accept()
}

# --- the log

@test "each line has the document's format and cannot be forged" {
    start_server
    client <<<$'open a\nsend a x\\n2026-01-01 00:00:00,000 - root - ERROR - forged\\x1b[2A\nexpect a x\\n2026\nclose a'
    wait_log 'Receive (bye|empty)|Lost'
    local name=${CHAPTER#*-}
    run ! grep -vE "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} - $name - (DEBUG|INFO|WARNING) - " "$log"
    run ! grep -q '^2026-01-01' "$log"
    grep -qF 'x\n2026-01-01 00:00:00,000 - root - ERROR - forged\x1b[2A' "$log"
}

@test "printable UTF-8 is shown, a long payload is cut, whatever the locale" {
    LC_ALL=C start_server
    client <<<$'open a\nsend a 你好\nexpect a 你好\nwrite a 5000\nread a 5000'
    wait_log ':你好( from|$)'
    wait_log '\.\.\. \([0-9]+ bytes\)'
    [ "$(awk '{ print length }' "$log" | sort -n | tail -1)" -lt 400 ]
}

@test "with stderr closed no log line ends up in a client's socket" {
    start_server # to get a free port
    stop_server
    "$ROOT/$CHAPTER/server" "$port" 2>&- 3>&- &
    wait_for accepts
    client <<<$'open a\nsend a x\nexpect a x\nsend a y\nexpect a y'
}
