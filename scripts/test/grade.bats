# scripts/grade.sh finds what is wrong with a server, and nothing else. wrong.c is wrong on purpose.
load helper.bash

grade() { # grade LOG WORD...: runs in the background, for several at the same time
    (timeout 120 "$ROOT/scripts/grade.sh" "${@:2}" || echo "status $?") >"$BATS_TEST_TMPDIR/$1" 2>&1 3>&- &
}
failures() {
    sed -n 's/^FAILS *//p' "$BATS_TEST_TMPDIR/$1" | sed 's/[:,].*//'
}
left_over() {
    pgrep -f "$ROOT/scripts/test/wrong" || true
}

@test "each server that is wrong on purpose fails where it should" {
    local fault
    for fault in drops closes spins deaf; do grade "$fault" "$ROOT/scripts/test/wrong" "$fault" '{port}'; done
    wait
    tail -n 99 "$BATS_TEST_TMPDIR"/{drops,closes,spins,deaf}
    [ "$(failures drops)" = $'half-close\na client that does not read stops only itself' ] ||
        [ "$(failures drops)" = $'64 MiB\nhalf-close\na client that does not read stops only itself' ]
    [ "$(failures closes)" = half-close ]
    [ "$(failures spins)" = 'idle clients cost no CPU time' ]
    [ "$(failures deaf)" = 'SIGTERM ends it' ]
    grep -q 'read: 02-poll/traps/write-interest' "$BATS_TEST_TMPDIR/spins"
    [ "$(grep -hc '^1[12] of 1[23] promises hold' "$BATS_TEST_TMPDIR"/{closes,spins,deaf} | sort -u)" = 1 ]
    [ "$(grep -hc '^status 1' "$BATS_TEST_TMPDIR"/{drops,closes,spins,deaf} | sort -u)" = 1 ]
    [ -z "$(left_over)" ]
}

@test "a server that can't be tried gets one clear line" {
    export patience=4 # for the two that will never accept
    grade six "$ROOT/scripts/test/wrong" six '{port}'
    grade silent sh -c 'exit 3 # {port}'
    grade talks sh -c 'echo first; echo "no such module" >&2; exit 1 # {port}'
    grade never sleep 77.7 '{port}'
    grade mute "$ROOT/scripts/test/wrong" mute '{port}'
    wait
    tail -n 99 "$BATS_TEST_TMPDIR"/{six,silent,talks,never,mute}
    grep -q 'saw: .*accepts, but of one line nothing comes back' "$BATS_TEST_TMPDIR/mute"
    grep -q 'saw: .*listens on IPv6 only' "$BATS_TEST_TMPDIR/six"
    grep -q 'saw: .*ended with status 3 .*last words: none' "$BATS_TEST_TMPDIR/silent"
    grep -q 'saw: .*ended with status 1 .*last words: no such module' "$BATS_TEST_TMPDIR/talks"
    grep -q 'saw: .*does not accept' "$BATS_TEST_TMPDIR/never"
    [ "$(grep -hc saw: "$BATS_TEST_TMPDIR"/{six,silent,talks,never,mute} | sort -u)" = 1 ]
    [ "$(grep -hc '^status 1' "$BATS_TEST_TMPDIR"/{six,silent,talks,never,mute} | sort -u)" = 1 ]
    [ -z "$(left_over)" ]
    run ! pgrep -f '^sleep 77.7'
}

@test "processes that a server starts do not outlive the grading, whatever becomes of it" {
    timeout -s INT 4 "$ROOT/scripts/grade.sh" sh -c '(trap "" TERM HUP INT; setsid sleep 66.6) & exec "$0" spins "$1"' \
        "$ROOT/scripts/test/wrong" '{port}' >/dev/null 2>&1 3>&- || true
    wait_for nothing_left
}
nothing_left() {
    ! pgrep -f '^sleep 66.6' && [ -z "$(left_over)" ]
}

@test "grade.sh without a command or a {port} says how it is used, status 2" {
    run -2 "$ROOT/scripts/grade.sh"
    [[ $output == usage:*'{port}'* ]]
    run -2 "$ROOT/scripts/grade.sh" python3 echo.py
}
