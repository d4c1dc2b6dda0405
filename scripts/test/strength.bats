# What breaks a server? Run once for each chapter, shortly by `make test` and at length by `make torture`:
# STEPS=100000 ROUNDS=10 CHAPTER=03-epoll bats scripts/test/strength.bats
load helper.bash

@test "random clients get back what they sent; then descriptors and memory are what they were" {
    LOG_LEVEL=INFO start_server
    local idle=$(descriptors) first=${SEED:-1} memory=''
    for ((seed = first; seed < first + ${ROUNDS:-5}; seed++)); do
        client "random $seed ${STEPS:-3000}" "small a" "fill a" "reset a" "small b" "fill b" "reset b"
        wait_for descriptors_are "$idle"
        memory+=" $(status_of VmRSS)"
    done
    echo "KiB:$memory" # in the first round tables come into use; malloc() keeps up to 128 KiB
    read -r before _ <<<"$memory"
    # Valgrind and the sanitizer keep what is freed.
    [ -n "${UNDER_VALGRIND:-}" ] || grep -qa __asan_init "$ROOT/$CHAPTER/server" || [ "${memory##* }" -le $((before + 200)) ]
    stop_server
}

@test "an idle connection takes no more memory than its places in the tables, whatever the soft limit" {
    not_under_valgrind
    need_descriptors 10100
    local count=10000
    [ "$CHAPTER" != 01-select ] || count=1000
    LOG_LEVEL=INFO start_server bash -c 'ulimit -Sn 1024; exec "$@"' -
    local before=$(status_of VmRSS)
    client "crowd $count"
    local bytes=$((($(status_of VmHWM) - before) * 1024 / count))
    echo "# $CHAPTER: $bytes bytes for each of $count idle connections" >&3
    [ "$bytes" -lt 200 ]
}

@test "a system call that fails costs at most one connection" {
    need strace
    local some='bind EACCES|accept EPROTO|accept, for seconds E(AGAIN|CONNABORTED|MFILE)|fcntl EPERM'
    some+='|^recv E(INTR|NOMEM)|^send E(AGAIN|PIPE)|epoll_ctl MOD|close EIO|epoll_create1 EMFILE'
    run "$ROOT/scripts/test/faults.sh" "$some" # `make torture` tries them all
    [ "$status" -ne 77 ] || skip "$output"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == 1[14]' experiments' ]]
}

@test "SIGTERM within any call ends it in order, status 0" {
    need strace
    for call in bind listen getsockname accept fcntl recvfrom sendto close; do
        status=0
        echo "$call"
        if start_server strace -qq -D -o /dev/null -e signal=none -e "inject=$call:signal=TERM:when=1"; then
            client 'open a' 'send a x' 'shut a' 'gone a' || true # now it makes the call
            wait_for gone "$server"
            wait "$server"
        else # before the handler was there, or, 99, before the port was read
            status=$?
            [ "$status" -eq 143 ] || [ "$status" -eq 99 ]
        fi
    done
}
