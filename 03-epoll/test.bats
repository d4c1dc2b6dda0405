# What only this chapter promises; what all three do is in scripts/test/echo.bats.
load ../scripts/test/helper.bash
CHAPTER=03-epoll

@test "10,000 connections, whatever the soft limit, below 64 MiB" {
    serves_10000
}

@test "the log has the document's words" {
    has_the_words_of_poll_and_epoll
}

@test "an interest is registered once, and changed only when output has to wait" {
    need strace
    LOG_LEVEL=INFO start_server strace -qq -D -e trace=epoll_ctl -o "$BATS_TEST_TMPDIR/calls"
    client < <(echo open a; for ((i = 0; i < 100; i++)); do printf 'write a 10\nread a 10\n'; done)
    client <<<$'small b\nfill b\ndrain b\nclose b'
    stop_server
    [ "$(grep -c EPOLL_CTL_ADD "$BATS_TEST_TMPDIR/calls")" -eq 3 ] # the listening socket, a and b
    [ "$(grep -c 'EPOLL_CTL_MOD.*EPOLLOUT' "$BATS_TEST_TMPDIR/calls")" -eq "$(grep -c 'EPOLL_CTL_MOD.*EPOLLIN' "$BATS_TEST_TMPDIR/calls")" ]
    grep -q EPOLL_CTL_MOD "$BATS_TEST_TMPDIR/calls"
}
