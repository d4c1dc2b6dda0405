# What only this chapter promises; what all three do is in scripts/test/echo.bats.
load ../scripts/test/helper.bash
CHAPTER=03-epoll

@test "the log has the document's words" {
    start_server
    client 'open a' 'send a x' 'expect a x' 'shut a' 'eof a'
    wait_log 'Receive empty data'
    local fd=$(sed -n 's/.*Register connection fd //p' "$log")
    grep -q " - epoll - DEBUG - Events \[POLLIN\] happened on fd $fd$" "$log"
    grep -q " - epoll - DEBUG - Receive data from connection fd $fd:x$" "$log"
    grep -q " - epoll - DEBUG - Receive empty data from connection fd $fd$" "$log"
}

@test "an interest is registered once, and changed only when output has to wait" {
    need strace
    LOG_LEVEL=INFO start_server strace -qq -D -e trace=epoll_ctl -o "$BATS_TEST_TMPDIR/calls"
    start_client
    step 'open a'
    repeat 100 'write a 10' 'read a 10'
    client 'small b' 'fill b' 'drain b' 'close b'
    stop_server
    [ "$(grep -c EPOLL_CTL_ADD "$BATS_TEST_TMPDIR/calls")" -eq 3 ] # the listening socket, a and b
    [ "$(grep -c 'EPOLL_CTL_MOD.*EPOLLOUT' "$BATS_TEST_TMPDIR/calls")" -eq "$(grep -c 'EPOLL_CTL_MOD.*EPOLLIN' "$BATS_TEST_TMPDIR/calls")" ]
    grep -q EPOLL_CTL_MOD "$BATS_TEST_TMPDIR/calls"
}
