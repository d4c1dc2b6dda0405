#!/usr/bin/env bash
# faults.sh [REGEX] - makes one system call of a server fail, as strace can, and looks at what becomes of it; then the
# next. Prints what happened as docs/faults.md, or only the rows whose "CALL ERROR" matches REGEX. CHAPTER=03-epoll: only
# that server. Status 1 if a server did worse than the list below allows; 77 if strace may not do this here.
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/server.sh

# when | call | its names for strace | which one: the n-th from then on, n+ all from the n-th on, or at the start the one
# that matches; 1+2 every other, as poll() is called for each line of the log, too | errors | allowed | in the log.
# EINTR and EAGAIN are no failures: whatever the call, nothing is lost, and the log need not say so.
faults() { # CHAPTER
    local wait=select names='?select,?pselect6' lasting=1+
    case $1 in
    02*) wait=poll names='?poll,?ppoll' lasting=1+2 ;;
    03*) wait=epoll_wait names='?epoll_wait,?epoll_pwait' ;;
    esac
    cat <<LIST
start|getrlimit|prlimit64|/RLIMIT_NOFILE, NULL/|EPERM|nothing lost|
start|setrlimit|prlimit64|/RLIMIT_NOFILE, {/|EPERM EINVAL|nothing lost|
start|socket|socket|/socket/|EMFILE ENFILE ENOBUFS ENOMEM EACCES|ends, status 1|Can't listen
start|setsockopt SO_REUSEADDR|setsockopt|/SO_REUSEADDR/|ENOMEM ENOBUFS|ends, status 1|Can't listen
start|setsockopt SO_KEEPALIVE|setsockopt|/SO_KEEPALIVE/|ENOMEM ENOBUFS|ends, status 1|Can't listen
start|setsockopt TCP_NODELAY|setsockopt|/TCP_NODELAY/|ENOMEM ENOBUFS|ends, status 1|Can't listen
start|bind|bind|/bind/|EADDRINUSE EADDRNOTAVAIL EACCES ENOMEM|ends, status 1|Can't listen
start|listen|listen|/listen/|EADDRINUSE ENOMEM|ends, status 1|Can't listen
start|fcntl at the start|fcntl|/F_SETFL/|EPERM ENOMEM|ends, status 1|Can't listen
start|getsockname|getsockname|/getsockname/|ENOBUFS|ends, status 1|Can't listen
start|epoll_create1|epoll_create1|/epoll_create1/|EMFILE ENFILE ENOMEM|ends, status 1|epoll_create1
start|epoll_ctl at the start|epoll_ctl|/EPOLL_CTL_ADD/|ENOMEM ENOSPC|ends, status 1|epoll_ctl
echo|accept|accept,?accept4|1|EINTR EAGAIN ECONNABORTED EPROTO EPERM ETIMEDOUT EHOSTUNREACH EMFILE ENFILE ENOBUFS ENOMEM|nothing lost|accept
echo|accept, for seconds|accept,?accept4|1+|EINTR EAGAIN ECONNABORTED EPERM EINVAL EMFILE ENFILE ENOBUFS ENOMEM|nothing lost|accept
echo|fcntl|fcntl|1|EPERM ENOMEM|one connection|
echo|epoll_ctl ADD|epoll_ctl|1|ENOMEM ENOSPC|one connection|epoll_ctl
fill|epoll_ctl MOD to output|epoll_ctl|2|ENOMEM|one connection|epoll_ctl
fill|epoll_ctl MOD to input|epoll_ctl|3|ENOMEM|one connection|epoll_ctl
echo|epoll_ctl DEL|epoll_ctl|2|ENOMEM|nothing lost|
full|epoll_ctl ADD after EMFILE|epoll_ctl|2|ENOMEM ENOSPC|nothing lost|epoll_ctl
echo|$wait|$names|1|EINTR ENOMEM|nothing lost|$wait
echo|$wait, for seconds|$names|$lasting|ENOMEM|nothing lost|$wait
echo|$wait|$names|1|EINVAL EFAULT|ends, status 1|$wait
echo|recv|recvfrom|1|EINTR EAGAIN ECONNRESET ENOBUFS ENOMEM ETIMEDOUT EHOSTUNREACH|one connection|recv
echo|recv of the end|recvfrom|2|EINTR EAGAIN ECONNRESET|nothing lost|recv
echo|send|sendto|1|EINTR EAGAIN ECONNRESET EPIPE ENOBUFS ENOMEM EPERM ETIMEDOUT EHOSTUNREACH|one connection|send
fill|send, the second|sendto|2|EINTR EAGAIN EPIPE ENOBUFS|one connection|send
more|malloc: brk and mmap|brk,mmap|1+|ENOMEM|one connection|malloc
bye|close|close|1|EINTR EIO|nothing lost|
echo|write of the log|write|1+|EINTR EAGAIN EPIPE ENOSPC EIO|nothing lost|
LIST
}

# What a client does while the fault is there; its own tool (client.c) compares every byte.
declare -A steps=(
    [echo]=$'open v\nwrite v 9\nread v 9\nshut v\neof v'
    [fill]=$'small v\nfill v\ndrain v\nwrite v 9\nread v 9\nclose v'
    [bye]=$'open v\nwrite v 9\nread v 9\nclose v'
    [more]=$(printf 'open %s\nfill %s\n' a a b b c c d d e e f f g g h h) # until the heap has to grow
)
steps[full]=${steps[echo]}

look() { sed -n 's/^State:\t\(.\).*/\1/p; s/.*ctxt_switches:\t//p' "/proc/$server/status" 2>/dev/null | tr '\n' ' '; }
asleep() { # no spin: a sleeper that nothing wakes for a moment
    local before
    before=$(look)
    [[ $before == S* ]] && sleep 0.05 && [ "$(look)" = "$before" ]
}
asleep_or_gone() { gone "$server" || asleep; }
traced() { ! grep -qs '^TracerPid:.0$' "/proc/$server/status"; }
injected() { [ "$(grep -c INJECTED "$dir/trace")" -ge "$1" ]; }
speaks() { # speaks FD: an echo on a connection of this shell
    local line
    printf 'still here\n' >&"$1" && read -r -t 10 line <&"$1" && [ "$line" = 'still here' ]
}

# strace_options CALLS WHICH ERROR: which /regex/ is a line of what the server did without a fault: $dir/normal
strace_options() {
    local call which=$2
    options=(-qq -o "$dir/trace" -e "trace=$1" -e signal=none)
    for call in ${1//,/ }; do
        if [[ $2 == /* ]]; then
            grep -q "${2//[\/+]/}" "$dir/normal" || return 1
            which=$((1 + $(sed "/${2//[\/+]/}/,\$d" "$dir/normal" | grep -c "^$call(")))${2##*/}
        fi
        # brk alone tells a failure by the old end of the heap, or anything below what was asked for.
        [[ $call == brk ]] && options+=(-e "inject=brk:retval=0:when=$which") ||
            options+=(-e "inject=$call:error=$3:when=$which")
    done
}

# Tries one fault; sets `outcome`.
try() {
    local when=$1 calls=$2 which=$3 error=$4 allowed=$5 level=DEBUG status=0 client witness before
    outcome='nothing lost'
    : >"$dir/trace"
    if [[ $when == start ]]; then
        strace_options "$calls" "$which" "$error" || { outcome=- && return; }
        serve "$dir/log" strace -D "${options[@]}" "$binary" 0 2>/dev/null || status=$?
        wait_for asleep_or_gone # it may fail after it has listened
        ! gone "$server" || { ended && return; }
    else
        [[ $calls != '?poll'* ]] || level=INFO # no line, so no poll() but the loop's
        serve "$dir/log" env LOG_LEVEL="$level" MALLOC_TOP_PAD_=0 "$binary" 0 # a heap without reserves: malloc() has to ask
    fi
    wait_for asleep
    exec {witness}<>"/dev/tcp/127.0.0.1/$port"
    speaks "$witness"
    if [[ $when != start ]]; then
        before=$(descriptors)
        strace_options "$calls" "$which" "$error"
        [[ $when != full ]] || options+=(-e trace="$calls,accept" -e inject=accept:error=EMFILE:when=1)
        strace "${options[@]}" -p "$server" 2>"$dir/strace" &
        strace=$!
        wait_for traced
        timeout 30 scripts/test/client "$port" <<<"${steps[$when]}" >"$dir/steps" 2>"$dir/client" &
        client=$!
        if [[ $which == *+* ]]; then
            wait_for injected 2 || true
            wait_for asleep || outcome='spins'
            [[ $when == more ]] || kill "$strace" # the fault is over: nothing need have got lost
        fi
        wait "$client" || status=$?
        wait_for injected 1 || true
        kill "$strace" 2>/dev/null || true
        wait "$strace" || true
        if [[ $allowed == ends* ]] && patience=3 wait_for gone "$server"; then
            exec {witness}>&-
            status=0
            ended
            return
        fi
        if [ "$status" -ne 0 ] && [ "$outcome" != spins ]; then
            outcome='one connection'
            grep -qE 'ended the connection|Connection reset|Broken pipe' "$dir/client" ||
                outcome="the client: $(cat "$dir/client")"
        fi
        [[ $calls != close ]] || before=$((before + 1)) # strace keeps the call from the kernel
        wait_for descriptors_are "$before" || outcome='a descriptor leaks'
    fi
    wait_for asleep || outcome=spins
    speaks "$witness" || outcome='others are lost'
    timeout 30 scripts/test/client "$port" <<<"${steps[echo]}" >/dev/null || outcome='new clients are not served'
    exec {witness}>&-
    stop "$server" || outcome="status $? at the end"
}
ended() { # $status is set if the server was waited for
    [ "$status" -ne 0 ] || wait "$server" || status=$?
    outcome="ends, status $status"
    [ "$(grep -c ' - ERROR - ' "$dir/log")" -eq 1 ] || outcome='ends without one clear line'
}

# What CHAPTER makes of every fault: a line each, the same number of lines for all chapters.
try_all() {
    local when call names which errors allowed logged error may says reason line number=0
    trap reap EXIT # we are a subshell
    binary=$1/server dir=$tmp/$1
    mkdir "$dir"
    serve "$dir/log" strace -D -qq -o "$dir/normal" -e signal=none "$binary" 0
    wait_for asleep
    stop "$server"
    while IFS='|' read -r when call names which errors allowed logged; do
        for error in $errors; do
            number=$((number + 1))
            [[ "$call $error" =~ $regex && ($1 == 03* || $call != epoll*) ]] || continue
            case $error in EINTR | EAGAIN) may='nothing lost' says='' ;; *) may=$allowed says=$logged ;; esac
            try "$when" "$names" "$which" "$error" "$may"
            [[ $outcome != - ]] || continue
            reason=$(sed -n "s/.* = -1 $error (\(.*\)) (INJECTED)\$/\1/p" "$dir/trace" | tail -1)
            grep -q INJECTED "$dir/trace" || outcome='no such call'
            line=$(grep -v DEBUG "$dir/log" | grep -F -- ": $reason" | grep -m 1 -F -- "$says") || true
            [[ -z $says || -n $line ]] || outcome+=', not logged'
            [[ -n $says ]] || line=
            [[ $outcome == "$may" || $outcome == 'nothing lost' ]] ||
                echo "$1: $call fails with $error: $outcome; allowed: $may" | tee -a "$tmp/worse" >&2
            line=${line/": $reason"/: REASON}
            line=$(sed -E 's/^.* - ([A-Z]+) - /\1: /; s/fd [0-9]+/fd N/; s/; try another.*/ .../' <<<"$line")
            echo "$number|$call|$error|${1#*-}|$outcome|$line"
        done
    done < <(faults "$1") >"$dir/table"
}

# one_for_all FIELD SEPARATOR: one row for those that differ in FIELD only, with what they have there.
one_for_all() {
    awk -F'|' -v OFS='|' -v field="$1" -v separator="$2" '
        { value = $field; $field = "" }
        !($0 in values) { rows[++count] = $0; values[$0] = value; next }
        { values[$0] = values[$0] separator value }
        END { for (i = 1; i <= count; i++) { $0 = rows[i]; $field = values[rows[i]]; print } }'
}
row() { printf '| %-26s | %s | %s | %s | %s |\n' "$@"; }

regex=${1:-}
leave_nothing
make -s all scripts/test/client
strace -qq -o /dev/null -e inject=getppid:error=EPERM true ||
    { echo "faults.sh: strace can't make calls fail here" >&2 && exit 77; }
for chapter in ${CHAPTER:-0*}; do try_all "$chapter" & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid" || echo "a try ended early" >>"$tmp/worse"; done

[[ -n $regex ]] || cat <<HEADER
# When a system call fails

Each row is an experiment on the servers that it names: strace makes one call fail in one of them, while a client talks
to it and another is connected. *Nothing lost*: the client got every byte back, perhaps a second later. *One
connection*: it was closed, and nothing else happened. In every row the server goes to sleep again afterwards (no spin),
has as many descriptors open as before, serves both its old and a new client, and ends with status 0 when told to; or it
ends at once, with one line that says why. In the log REASON stands for what the system says of the error.

Made by \`scripts/test/faults.sh >docs/faults.md\` with $(uname -s) $(uname -r | grep -oE '^[0-9]+\.[0-9]+'), $(getconf GNU_LIBC_VERSION), strace $(strace -V | sed -n '1s/.* //p').
\`make torture\` compares the table with what it finds; \`scripts/test/faults.sh 'send E'\` tries some rows only. strace keeps
a call that it makes fail from the kernel; so a failed close() leaves its descriptor open here, while the kernel closes it
even if it reports an error.

HEADER
row call errors server 'what happens' 'in the log' -------------------------- --- --- --- ---
sort -s -n "$tmp"/0*/table | cut -d '|' -f 2- | one_for_all 3 ', ' | one_for_all 2 ' ' |
    while IFS='|' read -r call errors servers outcome line; do
        row "$call" "$errors" "${servers/select, poll, epoll/all}" "$outcome" "$line"
    done
[ ! -s "$tmp/worse" ]
