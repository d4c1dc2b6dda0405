# scripts/grade.sh finds what is wrong with a server, and nothing else.
load helper.bash

# wrong NAME EDIT: grades a server of chapter 3's that is wrong on purpose. Its sockets take little at once, so that
# output has to wait.
wrong() {
    local made="$BATS_TEST_TMPDIR/wrong-$1" little='SOL_SOCKET, SO_SNDBUF, \&(int){ 16384 }, sizeof(int)'
    sed "s/ bind(fd/ setsockopt(fd, $little) == -1 ||&/" "$ROOT/03-epoll/server.c" >"$made.right"
    sed "$2" "$made.right" >"$made.c"
    run -1 cmp -s "$made.right" "$made.c" # the edit found its place
    ${CC:-cc} -I "$ROOT/03-epoll" -o "$made" "$made.c" "$ROOT"/common/{log,flags}.c
    grade "$1" env LOG_LEVEL=WARNING "$made" '{port}'
}
grade() { # grade LOG WORD...: runs in the background, for several at the same time
    (timeout 120 "$ROOT/scripts/grade.sh" "${@:2}" || echo "status $?") \
        >"$BATS_TEST_TMPDIR/$1.log" 2>&1 3>&- &
}
finish() { # all were found wrong, and left nothing behind
    wait
    tail -n 99 "$BATS_TEST_TMPDIR"/*.log
    [ -z "$(grep -Lx 'status 1' "$BATS_TEST_TMPDIR"/*.log)" ]
    nothing_left
}
nothing_left() { # the brackets keep grep from finding itself; a new Debian has no pgrep
    ! grep -qsa -e "$BATS_TEST_TMPDIR/[w]rong-" -e "sleep.77[.]$$" /proc/[0-9]*/cmdline
}
fails() { # fails LOG PROMISE...: these fail, and no other
    diff <(printf '%s\n' "${@:2}") <(sed -n 's/^FAILS *//p' "$BATS_TEST_TMPDIR/$1.log" | sed 's/[:,].*//')
}
says() { # says LOG TEXT: that is the one thing said of it
    run -0 grep saw: "$BATS_TEST_TMPDIR/$1.log"
    [ "${#lines[@]}" -eq 1 ]
    [[ $output =~ $2 ]]
}

@test "each server that is wrong on purpose fails where it should" {
    wrong drops 's/ size_t rest = .*/ size_t rest = 0;/'
    wrong closes 's/INPUT ? EPOLLIN : EPOLLOUT/& | EPOLLRDHUP/
        s/} else if (connection->pending/} else if (connection->pending \&\& events \& EPOLLRDHUP) {\
            goes_on = false;\
        &/'
    wrong spins 's/INPUT ? EPOLLIN :/INPUT ? EPOLLIN | EPOLLOUT :/'
    wrong deaf 's/signal(SIGTERM, stop)/signal(SIGTERM, SIG_IGN)/'
    finish
    fails drops '64 MiB' half-close 'a client that does not read stops only itself'
    fails closes half-close
    fails spins 'idle clients cost no CPU time'
    fails deaf 'SIGTERM ends it'
    grep -q 'read: 02-poll/traps/write-interest' "$BATS_TEST_TMPDIR/spins.log"
}

@test "a server that can't be tried gets one clear line" {
    local any='(struct sockaddr_in6){ AF_INET6, address->sin_port, 0, IN6ADDR_LOOPBACK_INIT, 0 }'
    export patience=4 # for the two that will never accept
    wrong six "s/socket(AF_INET/socket(AF_INET6/; s/bind(.*, size)/bind(fd, (void *)\&$any, sizeof($any))/"
    wrong mute 's/send(fd, data, size, 0)/(ssize_t)size/'
    grade silent sh -c 'exit 3 # {port}'
    grade talks sh -c 'echo first; echo "no such module" >&2; exit 1 # {port}'
    grade never sleep 77.$$ '{port}'
    finish
    says six 'listens on IPv6 only'
    says mute 'accepts, but of one line nothing comes back'
    says silent 'ended with status 3 .*last words: none'
    says talks 'ended with status 1 .*last words: no such module'
    says never 'does not accept'
}

@test "processes that a server starts do not outlive the grading, whatever becomes of it" {
    cp "$ROOT/03-epoll/server" "$BATS_TEST_TMPDIR/wrong-none"
    timeout -s INT 4 "$ROOT/scripts/grade.sh" sh -c '(trap "" TERM HUP INT; setsid sleep "$2") & exec "$0" "$1"' \
        "$BATS_TEST_TMPDIR/wrong-none" '{port}' "77.$$" >/dev/null 2>&1 3>&- || true
    wait_for nothing_left
}

@test "grade.sh without a command or a {port} says how it is used, status 2" {
    run -2 "$ROOT/scripts/grade.sh"
    [[ $output == usage:*'{port}'* ]]
    run -2 "$ROOT/scripts/grade.sh" python3 echo.py
}
