# What only this chapter promises; what all three do is in scripts/test/echo.bats.
load ../scripts/test/helper.bash
CHAPTER=01-select

@test "a descriptor of FD_SETSIZE or more is refused with a warning, the others are served" {
    need_descriptors 1200
    start_server bash -c 'ulimit -Sn 1200; exec "$@"' -
    start_client
    step 'open a' 'rush 1100'
    [[ $REPLY =~ ([0-9]+)\ answered,\ ([0-9]+)\ closed,\ 0\ waiting ]]
    ((1000 <= BASH_REMATCH[1] && BASH_REMATCH[1] <= 1020))
    [ "$(grep -c "WARNING - Can't watch fd 1024: select's sets end at FD_SETSIZE, 1024" "$log")" -eq 1 ] # once a minute
    step 'send a ping' 'expect a ping'
}

@test "the log has the document's words" {
    start_server
    client 'open a' 'open b' 'send a x' 'expect a x' 'shut a' 'eof a'
    wait_log 'Receive bye'
    # The document names the client that connected last; here it is the one that sent.
    local fd=$(sed -n 's/.*New connection \([0-9]*\) from 127\.0\.0\.1:[0-9]*$/\1/p' "$log" | head -1)
    grep -q " - select - DEBUG - Receive data:x from $fd$" "$log"
    grep -q " - select - DEBUG - Receive bye from $fd$" "$log"
}
