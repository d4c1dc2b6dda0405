# What only this chapter promises; what all three do is in scripts/test/echo.bats.
load ../scripts/test/helper.bash
CHAPTER=02-poll

@test "10,000 connections, whatever the soft limit, below 64 MiB" {
    serves_10000
}

@test "the log has the document's words" {
    has_the_words_of_poll_and_epoll
}
