# What only this chapter promises; what all three do is in scripts/test/echo.bats.
load ../scripts/test/helper.bash
CHAPTER=02-poll

@test "the log has the document's words" {
    start_server
    client <<<$'open a\nsend a x\nexpect a x\nshut a\neof a'
    wait_log 'Receive empty data'
    local fd=$(sed -n 's/.*Register connection fd //p' "$log")
    grep -q " - poll - DEBUG - Events \[POLLIN\] happened on fd $fd$" "$log"
    grep -q " - poll - DEBUG - Receive data from connection fd $fd:x$" "$log"
    grep -q " - poll - DEBUG - Receive empty data from connection fd $fd$" "$log"
}
