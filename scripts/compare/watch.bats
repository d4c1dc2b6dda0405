# The recorder of calls (watch.c), and watch.sh that shows its record.
load ../test/helper.bash

setup() {
    export TMPDIR=$BATS_TEST_TMPDIR
    cd "$ROOT"
    record=$TMPDIR/record
}

# strace's lines as the recorder writes them: a program for sed -E.
as_recorded='
/^p?poll\(.*fd=2,|^---|^\+\+\+/d
s/ +=/ =/; s/"[^"]*"(\.\.\.)?//; s/ = \? ERESTART.*/ = EINTR/; s/ = -1 (E[A-Z]+) .*/ = \1/
s/E?POLL([A-Z])/\1/g; s/\|/+/g; s/\{fd=-1\}(, )?//g
s/\{fd=([0-9]+), r?events=([A-Z+]+)\},?/\1:\2/g
s/\{events=([A-Z+]+), data=\{u32=([0-9]+), u64=[0-9]+\}\},?/\2:\1/g
s/^p?select6?\([0-9]+, \[(.*)\], \[(.*)\], NULL, .*\) = /select {\1} w{\2} -> /
s/> [1-9] \((in \[([0-9 ]+)\], )?(out \[([0-9 ]+)\], )?left .*/> {\2} w{\4}/; s/ w?\{\}//g
s/^p?poll\(\[(.*)\], .*\) = /poll \1 -> /; s/> [1-9] \(\[(.*)\]\)/> \1/
s/^epoll_p?wait\([0-9]+, \[(.*)\], .* = [1-9]$/epoll_wait -> \1/; s/^epoll_p?wait\(.* = ([0E])/epoll_wait -> \1/
s/-> 0( .*)?$/-> nothing/
s/^epoll_ctl\([0-9]+, EPOLL_CTL_DEL, ([0-9]+), .*/epoll_ctl DEL \1/
s/^epoll_ctl\([0-9]+, EPOLL_CTL_(ADD|MOD), [0-9]+, (.*)\) = 0/epoll_ctl \1 \2/
s/^accept4?\(([0-9]+), .* = /accept \1 -> /
s/^close\(([0-9]+)\) = 0/close \1/
s/^recvfrom\(([0-9]+), .* = ([0-9]+)/recv \1 -> \2 bytes/; s/^recvfrom\(([0-9]+), .* = /recv \1 -> /
s/^sendto\(([0-9]+), , ([0-9]+), .* = ([0-9]+)/send \1 -> \3 of \2 bytes/; s/> ([0-9]+) of \1 /> \1 /'

@test "the record is strace's: the same calls, in the same order, with the same answers" {
    need strace
    strace true 2>/dev/null || skip "strace can't trace here"
    for CHAPTER in 01-select 02-poll 03-epoll; do
        LOG_LEVEL=INFO start_server strace -D -xx -s 20 -o "$TMPDIR/strace" \
            -e trace='/^(p?select6?|p?poll|epoll_.*|accept4?|recvfrom|sendto|close)$' \
            env LD_PRELOAD=scripts/compare/watch.so WATCH_LOG="$record.$CHAPTER"
        client 'open a' 'send a hi' 'expect a hi' 'small c' 'fill c' 'drain c' 'open b' 'reset b' 'shut a' 'eof a'
        wait_log 'Lost connection'
        stop_server
        from_first_wait() { sed -n '/^\(select\|poll\|epoll_wait\) /,$p' | sed 's/\t.*//; s/ in [0-9]* ms$//'; }
        from_first_wait <"$record.$CHAPTER" >"$TMPDIR/ours"
        [ "$(grep -c '^send .* of ' "$TMPDIR/ours")" -ge 1 ]
        grep -q 'recv . -> ECONNRESET' "$TMPDIR/ours"
        sed -E "$as_recorded" "$TMPDIR/strace" | from_first_wait | diff "$TMPDIR/ours" -
    done
}

@test "fortified names are recorded, files and standard descriptors are not, errno survives" {
    cat >"$TMPDIR/fortified.c" <<'END'
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char *argv[])
{
    int pair[2];
    char text[8];
    struct pollfd fds[2];
    size_t size = (size_t)argc + 2; /* not known when it is compiled: so it is checked at run time */
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    send(pair[0], "hello!", 6, 0);
    fds[0] = (struct pollfd){ .fd = pair[1], .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = -1 };
    poll(fds, (nfds_t)argc + 1, -1);
    recv(pair[1], text, size, 0);
    read(pair[1], text, size);
    close(pair[1]);
    close(dup(2)); /* a pipe here */
    errno = 0;
    write(1, "", 0);
    close(99);
    return errno == EBADF && argv != NULL ? 0 : 1;
}
END
    ${CC:-cc} -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -w -o "$TMPDIR/fortified" "$TMPDIR/fortified.c"
    for name in poll recv read; do
        grep -qa "__${name}_chk" "$TMPDIR/fortified" || skip "this libc has no fortified names"
    done
    (
        exec 3>&- 4>&- 5>&- 6>&- # bats' own
        LD_PRELOAD=scripts/compare/watch.so WATCH_LOG=$record "$TMPDIR/fortified" 2> >(cat)
        LD_PRELOAD=scripts/compare/watch.so WATCH_LOG=/dev/full "$TMPDIR/fortified" # errno again
    )
    diff "$record" - <<'END'
# fortified
send 3 -> 6 bytes
poll 4:IN -> 4:IN	asked 1, ready 1, copied 16 in, 4 out
recv 4 -> 3 bytes
read 4 -> 3 bytes
close 4
close 99 -> EBADF
END
}

@test "watch.sh: the record as it comes, from a path with spaces; Ctrl-C ends the server in order" {
    copy_tree "$TMPDIR/a b"
    LOG_LEVEL=DEBUG env --default-signal=INT setsid scripts/watch.sh 03-epoll/ 0 >out 2>err </dev/null 3>&- &
    watched=$!
    wait_for grep -q 'Listening on' err
    port=$(sed -n 's/.*Listening on .*://p' err)
    client 'open a' 'send a hi' 'expect a hi'
    wait_for grep -qx 'send 5 -> 2 bytes' out
    grep -q 'Register connection' err # the caller's LOG_LEVEL
    kill -INT "-$watched"
    wait "$watched"
    tail -n 1 err | grep -q 'Stop listening'
    sed '1,/EINTR/d' out | grep -qx 'close 3'
    [ -z "$(find "$TMPDIR" -maxdepth 1 -name 'tmp.*')" ]
    TMPDIR=$PWD run -2 scripts/watch.sh 03-epoll no-port
    [[ $output == *"Can't use 'no-port'"* ]]
}

@test "watch.sh: one line or two that come again and again are counted" {
    cat >"$TMPDIR/spin.c" <<'END'
#include <poll.h>
#include <unistd.h>
int main(void)
{
    struct pollfd none = { .fd = -1 };
    for (int i = 0; i < 126; i++)
        poll(&none, 1, 0);
    for (int i = 0; i < 6; i++)
        close(99 - i % 2);
    return 3;
}
END
    ${CC:-cc} -o "$TMPDIR/spin" "$TMPDIR/spin.c"
    run -3 scripts/watch.sh "$TMPDIR/spin" # its status
    [ "$(sed 's/ *asked/ asked/; s/^  *//' <<<"$output")" = "poll -> nothing in 0 ms asked 0, ready 0, copied 8 in, 2 out
... and 10 more of the same
... and 100 more of the same
... and 125 more of the same
close 99 -> EBADF
close 98 -> EBADF
... and 4 more of the same" ]
}

@test "watch.sh: what can't be recorded is told in one line" {
    printf '#include <unistd.h>\nint main(void) { return pause(); }\n' >"$TMPDIR/static.c"
    ${CC:-cc} -static -o "$TMPDIR/static" "$TMPDIR/static.c" || skip "there is no static libc"
    run -1 scripts/watch.sh "$TMPDIR/static"
    [ "$output" = "watch.sh: nothing is recorded: $TMPDIR/static does not load libraries, is it linked statically?" ]
    run -1 scripts/watch.sh no-such-command
    [ "$output" = 'watch.sh: there is no program no-such-command' ]
    run -2 scripts/watch.sh
    [[ $output == usage:* ]]
    mkdir "$TMPDIR/copy"
    cp -r Makefile scripts "$TMPDIR/copy"
    rm -f "$TMPDIR/copy/scripts/compare/watch.so"
    CC=no-such-compiler run -1 "$TMPDIR/copy/scripts/watch.sh" true
    [[ ${lines[-1]} == "watch.sh: can't build scripts/compare/watch.so: that needs make, a C compiler and a checkout that can be written to" ]]
}
