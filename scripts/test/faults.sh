#!/usr/bin/env bash
# faults.sh [REGEX] - makes one system call of a server fail, as strace can, and looks at what becomes of it; then the
# next. Holds the table of docs/faults.md, or its rows that match REGEX, against what happens. With CHAPTER=03-epoll
# it tries that server only. Status 1 if something else happened; 77 if strace may not do this here.
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/server.sh

# A scene is what a client does while the fault is there; its own tool (client.c) compares every byte.
declare -A steps=(
    [echo]=$'open v\nwrite v 9\nread v 9\nshut v\neof v'
    [fill]=$'small v\nfill v\ndrain v\nwrite v 9\nread v 9\nclose v'
)

look() { grep -E '^State|ctxt' "/proc/$server/status" 2>/dev/null; }
asleep() { # no spin: a sleeper that nothing wakes for a moment
    local before
    before=$(look)
    [[ $before == *'(sleeping)'* ]] && sleep 0.05 && [[ $(look) == "$before" ]]
}
asleep_or_gone() { gone "$server" || asleep; }
traced() { ! grep -qs '^TracerPid:.0$' "/proc/$server/status"; }
injected() { (($(grep -c INJECTED "$tmp/trace") >= $1)); }
play() { timeout 30 scripts/test/client "$port" <<<"${steps[$1]}" >/dev/null 2>"$tmp/client"; }
witness_echoes() (echo 'still here' >&4 && read -r -t 10 <&4 && [[ $REPLY == 'still here' ]]) # SIGPIPE may end it

# try: $error happens in $calls; sets outcome.
try() {
    local status=0 times=1 level=INFO # at INFO nothing is logged unless something is wrong
    local options=(-qq -o "$tmp/trace" -e signal=none -e "inject=$calls:error=$error:when=$which")
    [[ -z $beside ]] || options+=(-e "inject=$beside")
    [[ $which != *+* && -z $beside ]] || times=2
    [[ $calls != write ]] || level=DEBUG
    outcome=''
    : >"$tmp/trace"
    if [[ $scene == start ]]; then
        serve "$tmp/log" strace -D "${options[@]}" "$chapter/server" 0 2>/dev/null || status=$?
    else
        serve "$tmp/log" env LOG_LEVEL="$level" MALLOC_TOP_PAD_=0 "$chapter/server" 0 # malloc() has to ask
        exec 4<>"/dev/tcp/127.0.0.1/$port"
        witness_echoes
        before=$(descriptors)
        strace "${options[@]}" -p "$server" 2>/dev/null &
        strace=$!
        wait_for traced
        play "$scene" &
        client=$!
    fi
    wait_for injected "$times" || outcome+=', no such call'
    wait_for asleep_or_gone || outcome+=', spins'
    if gone "$server"; then
        ((status > 0)) || wait "$server" || status=$?
        outcome="ends, status $status"
        (($(grep -c ' - ERROR - ' "$tmp/log") == 1)) || outcome+=' without one clear line'
        return
    fi
    if [[ $scene != start ]]; then
        kill "$strace" 2>/dev/null || true # from now on nothing fails
        wait "$strace" || true
        wait "$client" ||
            outcome+=", $(sed -E 's/.*(ended the conn|Connection reset|Broken pipe).*/one connection/' "$tmp/client")"
        [[ $calls != close ]] || before=$((before + 1)) # strace keeps the call from the kernel
        wait_for descriptors_are "$before" || outcome+=', a descriptor leaks'
        witness_echoes || outcome+=', others are lost'
        exec 4>&-
    fi
    play echo || outcome+=', new clients are not served'
    stop "$server" || outcome+=", status $? at the end"
    outcome=${outcome#, }
    outcome=${outcome:-nothing lost}
}

# is_logged: a line is like $log, in which REASON stands for the system's words for $error, N for a number, ... for more.
is_logged() {
    local words like=$log
    words=$(sed -n "s/.* = -1 $error (\(.*\)) (INJECTED)\$/\1/p" "$tmp/trace" | tail -1)
    like=${like/: / - } like=${like/REASON/$words} like=${like/fd N/fd *} like=${like/ .../*}
    # shellcheck disable=SC2053 # a pattern
    [[ $(<"$tmp/log") == *" - "$like* ]]
}

leave_nothing
make -s all scripts/test/client
sleep 3 &
strace -qq -o /dev/null -e inject=getppid:error=EPERM -p $! ||
    { echo "faults.sh: strace can't make calls fail here" >&2 && exit 77; }
ulimit -Sn 512 # for the servers to raise
failed='' tried=0
while IFS='|' read -r call error name allowed log how; do
    read -r scene calls several beside <<<"$how"
    for which in ${several//,/ }; do
        for chapter in ${CHAPTER:-0*}; do
            [[ $name == all || $chapter == *-"$name" ]] || continue
            try
            [[ -z $log ]] || is_logged || outcome+=", not logged: $log"
            tried=$((tried + 1))
            [[ $outcome == "$allowed" ]] || failed+="$chapter: $call fails with $error: $outcome; not: $allowed"$'\n'
        done
    done
done < <(awk -F ' *[|`] *' -v OFS='|' -v only="${1-}" '/` \|$/ { # each error of a row by itself
    n = split($3, errors, " ")
    for (i = 1; i <= n; i++) if ($2 " " errors[i] ~ only) print $2, errors[i], $4, $5, $6, $8 }' docs/faults.md)
printf '%s%d experiments\n' "$failed" "$tried"
[[ -z $failed && $tried -gt 0 ]]
