#!/usr/bin/env bash
# faults.sh [REGEX] - makes one system call of a server fail, as strace can, and looks at what becomes of it; then the
# next. Prints what happened as docs/faults.md, or only the rows whose "CALL ERROR" matches REGEX. With CHAPTER=03-epoll
# it tries that server only. Status 1 if one did worse than the list below allows; 77 if strace may not do this here.
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/server.sh

# scene | call | strace's name for it, or /regex | which one: the n-th from then on, n+ all from the n-th on, 1+2 every
# other, as poll() is called for each line of the log, too | errors | allowed | in the log | what fails beside it.
# EINTR and EAGAIN are no failures: whatever the call, nothing is lost, and the log need not say so.
faults() { # CHAPTER
    local wait=select calls=/select lasting=1+
    case $1 in
    02*) wait=poll calls='/poll$' lasting=1+2 ;;
    03*) wait=epoll_wait calls='/epoll_p?wait' ;;
    esac
    cat <<LIST
start|getrlimit|prlimit64|2|EPERM|nothing lost|
start|setrlimit|prlimit64|3|EPERM EINVAL|nothing lost|
start|socket|socket|1|EMFILE ENFILE ENOBUFS ENOMEM EACCES|ends, status 1|Can't listen
start|setsockopt SO_REUSEADDR|setsockopt|1|ENOMEM ENOBUFS|ends, status 1|Can't listen
start|setsockopt SO_KEEPALIVE|setsockopt|2|ENOMEM ENOBUFS|ends, status 1|Can't listen
start|setsockopt TCP_NODELAY|setsockopt|3|ENOMEM ENOBUFS|ends, status 1|Can't listen
start|bind|bind|1|EADDRINUSE EADDRNOTAVAIL EACCES ENOMEM|ends, status 1|Can't listen
start|listen|listen|1|EADDRINUSE ENOMEM|ends, status 1|Can't listen
start|fcntl at the start|fcntl|1|EPERM ENOMEM|ends, status 1|Can't listen
start|getsockname|getsockname|1|ENOBUFS|ends, status 1|Can't listen
start|epoll_create1|epoll_create1|1|EMFILE ENFILE ENOMEM|ends, status 1|epoll_create1
start|epoll_ctl at the start|epoll_ctl|1|ENOMEM ENOSPC|ends, status 1|epoll_ctl
echo|accept|/^accept|1|EINTR EAGAIN ECONNABORTED EPROTO EPERM ETIMEDOUT EHOSTUNREACH EMFILE ENFILE ENOBUFS ENOMEM|nothing lost|accept
echo|accept, for seconds|/^accept|1+|EINTR EAGAIN ECONNABORTED EPERM EINVAL EMFILE ENFILE ENOBUFS ENOMEM|nothing lost|accept
echo|fcntl|fcntl|1|EPERM ENOMEM|one connection|
echo|epoll_ctl ADD|epoll_ctl|1|ENOMEM ENOSPC|one connection|epoll_ctl
fill|epoll_ctl MOD to output|epoll_ctl|2|ENOMEM|one connection|epoll_ctl
fill|epoll_ctl MOD to input|epoll_ctl|3|ENOMEM|one connection|epoll_ctl
echo|epoll_ctl DEL|epoll_ctl|2|ENOMEM|nothing lost|
echo|epoll_ctl ADD after EMFILE|epoll_ctl|2|ENOMEM ENOSPC|nothing lost|epoll_ctl|accept:error=EMFILE:when=1
echo|$wait|$calls|1|EINTR ENOMEM|nothing lost|$wait
echo|$wait, for seconds|$calls|$lasting|ENOMEM|nothing lost|$wait
echo|$wait|$calls|1|EINVAL EFAULT|ends, status 1|$wait
echo|recv|recvfrom|1|EINTR EAGAIN ECONNRESET ENOBUFS ENOMEM ETIMEDOUT EHOSTUNREACH|one connection|recv
echo|recv of the end|recvfrom|2|EINTR EAGAIN ECONNRESET|nothing lost|recv
echo|send|sendto|1|EINTR EAGAIN ECONNRESET EPIPE ENOBUFS ENOMEM EPERM ETIMEDOUT EHOSTUNREACH|one connection|send
fill|send, the second|sendto|2|EINTR EAGAIN EPIPE ENOBUFS|one connection|send
fill|malloc: brk and mmap|mmap|1+|ENOMEM|one connection|malloc|brk:retval=0:when=1+
fill|close|close|1|EINTR EIO|nothing lost|
echo|write of the log|write|1+|EINTR EAGAIN EPIPE ENOSPC EIO|nothing lost|
LIST
}

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

# log_line: the first line that $says what failed and gives the system's words for $error.
log_line() {
    local words
    words=$(sed -n "s/.* = -1 $error (\(.*\)) (INJECTED)\$/\1/p" "$tmp/trace" | tail -1)
    sed -nE "/ - (INFO|WARNING|ERROR) - .*$says.*: $words/ {
        s/^.* - ([A-Z]+) - /\1: /; s/: $words/: REASON/; s/fd [0-9]+/fd N/; s/; try another.*/ .../
        p; q
    }" "$tmp/log"
}

leave_nothing
make -s all scripts/test/client
strace -qq -o /dev/null -e inject=getppid:error=EPERM true ||
    { echo "faults.sh: strace can't make calls fail here" >&2 && exit 77; }
ulimit -Sn 512 # for the servers to raise
failed='' rows=()
declare -A errors_of servers_of
for chapter in ${CHAPTER:-0*}; do
    while IFS='|' read -r scene call calls which errors allowed logged beside; do
        for error in $errors; do
            [[ "$call $error" =~ ${1-} && ($chapter == 03* || $call != epoll*) ]] || continue
            may=$allowed says=$logged line=
            [[ $error != EINTR && $error != EAGAIN ]] || may='nothing lost' says=
            try
            if [[ -n $says ]]; then
                line=$(log_line)
                [[ -n $line ]] || outcome+=', not logged'
            fi
            [[ $outcome == "$may" || "$outcome, $may" == 'nothing lost, one connection' ]] ||
                { echo "$chapter: $call fails with $error: $outcome; allowed: $may" >&2 && failed=yes; }
            row="$call|$outcome|$line" name=${chapter#*-} # what differs in error or server only is one row
            [[ -n ${errors_of[$row]-} ]] || rows+=("$row")
            [[ "${errors_of[$row]-} " == *" $error "* ]] || errors_of[$row]+=" $error"
            [[ ${servers_of[$row]-} == *"$name" ]] || servers_of[$row]+=${servers_of[$row]:+, }$name
        done
    done < <(faults "$chapter")
done

(($# > 0)) || cat <<HEADER
# When a system call fails

Each row stands for an experiment with each of its errors on each of its servers: strace makes the call fail, once or
for seconds. Meanwhile a client talks to the server and another is connected, except at its start. *Nothing lost*: the
client got every byte back, perhaps a second later. *One connection*: it was closed, and nothing else happened. In every
row the server goes to sleep again afterwards (no spin), has as many descriptors open as before (after a failed close()
one more), serves both its old and a new client, and ends with status 0 when told to; or it ends at once, with one ERROR
line. The reason is in that line or in the WARNING before it: REASON stands for what the system says of the error.

Made by \`scripts/test/faults.sh >docs/faults.md\` with $(uname -s) $(uname -r | grep -oE '^[0-9]+\.[0-9]+'), $(getconf GNU_LIBC_VERSION), strace $(strace -V | sed -n '1s/.* //p').
\`make torture\` compares the table with what it finds; \`scripts/test/faults.sh 'send E'\` tries some rows only. strace keeps
a call that it makes fail from the kernel; so a failed close() leaves its descriptor open here, while the kernel closes it
even if it reports an error.

| call                       | errors | server | what happens | in the log |
| -------------------------- | --- | --- | --- | --- |
HEADER
for row in "${rows[@]}"; do
    IFS='|' read -r call outcome line <<<"$row"
    servers=${servers_of[$row]/select, poll, epoll/all}
    printf '| %-26s |%s | %s | %s | %s |\n' "$call" "${errors_of[$row]}" "$servers" "$outcome" "$line"
done
[[ -z $failed ]]
