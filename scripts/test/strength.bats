# What breaks a server? Run once for each chapter, shortly by `make test` and at length by `make torture`:
# STEPS=100000 ROUNDS=1000 CHAPTER=03-epoll bats scripts/test/strength.bats
load helper.bash

@test "a random client gets back what it sent (${STEPS:-3000} steps)" {
    LOG_LEVEL=INFO start_server
    local idle=$(descriptors)
    client <<<"random ${SEED:-1} ${STEPS:-3000}"
    wait_for descriptors_are "$idle"
    stop_server
}

@test "after ${ROUNDS:-10} x 1,000 clients descriptors and memory are what they were" {
    not_under_valgrind
    LOG_LEVEL=INFO start_server
    local idle=$(descriptors)
    client <<<$'guests 1000\nguests 1000' # the tables' pages are in use from now on
    wait_for descriptors_are "$idle"
    local memory=$(status_of VmRSS)
    client < <(for ((i = 0; i < ${ROUNDS:-10}; i++)); do echo 'guests 1000'; done)
    wait_for descriptors_are "$idle"
    echo "$memory KiB before, $(status_of VmRSS) KiB after"
    [ "$(status_of VmRSS)" -le $((memory + 128)) ]
    stop_server
}

@test "an idle connection takes no more memory than its places in the tables, whatever the soft limit" {
    not_under_valgrind
    need_descriptors 10100
    local count=10000
    [ "$CHAPTER" != 01-select ] || count=1000
    LOG_LEVEL=INFO start_server bash -c 'ulimit -Sn 1024; exec "$@"' -
    local before=$(status_of VmRSS)
    run "$ROOT/scripts/compare/load" crowd "$port" "$count"
    [[ $output == $count$'\t0\t0'* ]]
    local bytes=$((($(status_of VmHWM) - before) * 1024 / count))
    echo "# $CHAPTER: $bytes bytes for each of $count idle connections" >&3
    [ "$bytes" -lt 200 ]
}

@test "a system call that fails costs at most one connection" {
    need strace
    # A handful; `make torture` tries them all.
    CHAPTER=$CHAPTER run "$ROOT/scripts/test/faults.sh" \
        'accept (EMFILE|EPROTO|ENOBUFS)|^recv E(INTR|NOMEM)|^send E(AGAIN|NOBUFS)|fcntl EPERM|MOD to output|close EIO|epoll_create1 EMFILE'
    [ "$status" -ne 77 ] || skip "$output"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "SIGTERM within any call ends it in order, status 0" {
    need strace
    local call
    for call in bind listen getsockname accept fcntl recvfrom sendto close; do
        status=0
        echo "$call"
        if start_server strace -qq -D -o /dev/null -e signal=none -e "inject=$call:signal=TERM:when=1"; then
            client <<<$'open a\nsend a x\nshut a\ngone a' || true # now it makes the call
            wait_for gone "$server"
            wait "$server"
        else # before the handler was there, or, 99, before the port was read
            status=$?
            [ "$status" -eq 143 ] || [ "$status" -eq 99 ]
        fi
    done
}

@test "with room for few descriptors or none it says so and ends, or serves those who fit" {
    not_under_valgrind
    local limit status=0
    for limit in 4 6; do
        start_server bash -c 'ulimit -n "$0" && exec "$@" 4>&-' "$limit" || status=$?
        if [ "$limit" -eq 6 ]; then # 0 to 2, the listening socket, epoll's own
            run "$ROOT/scripts/compare/load" crowd "$port" 5
            echo "answered, closed, waiting, answered later: $output"
            [[ $output =~ ^[12]$'\t'0$'\t'[34]$'\t'[12]$ ]]
            stop_server
        else # chapter 3 listens, and has no descriptor left for its epoll instance
            [ "$status" -ne 0 ] || stop_server || status=$?
            [ "$status" -eq 0 ] || { [ "$status" -eq 1 ] && grep -q "ERROR.*$(words_of EMFILE)" "$log"; }
        fi
    done
}
