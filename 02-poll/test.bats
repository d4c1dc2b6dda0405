# What only this chapter promises; what all three do is in scripts/test/echo.bats.
load ../scripts/test/helper.bash
CHAPTER=02-poll

@test "the log has the document's words" {
    start_server
    client 'open a' 'send a x' 'expect a x' 'shut a' 'eof a'
    wait_log 'Receive empty data'
    local fd=$(sed -n 's/.*Register connection fd //p' "$log")
    grep -q " - poll - DEBUG - Events \[POLLIN\] happened on fd $fd$" "$log"
    grep -q " - poll - DEBUG - Receive data from connection fd $fd:x$" "$log"
    grep -q " - poll - DEBUG - Receive empty data from connection fd $fd$" "$log"
}

@test "a limit that is lowered under its array ends it with one line that says so, status 1" {
    need prlimit
    start_server
    start_client
    step 'crowd 30'
    prlimit --nofile=20 --pid "$server" || skip "the limit of another process can't be set here" # the next wait is a second away at most
    wait_for gone "$server"
    run -1 wait "$server"
    [ "$(grep -c "ERROR - poll: $(words_of EINVAL).*ulimit -n" "$log")" -eq 1 ]
}
