#!/usr/bin/env bash
# watch.sh - what a server asks the kernel, and what it is answered. See usage() below.
set -euo pipefail
level=${LOG_LEVEL-INFO}
self=$(readlink -f "$0")
root=${self%/scripts/*}
source "$root/scripts/test/server.sh"

usage() {
    cat <<'END2'
usage: scripts/watch.sh CHAPTER [PORT [ADDRESS]]     such as: scripts/watch.sh 03-epoll 9000
       scripts/watch.sh COMMAND [ARGUMENT...]        any dynamically linked server, yours too
Runs the server and prints each select, poll, epoll_wait, epoll_ctl, accept, recv, send and close:
what was asked -> what was answered. Type into "nc 127.0.0.1 9000" and look at what it sets off.
A line that comes again at once is counted, not repeated. The record goes to standard output, the
server's log to standard error. To have all of it too: LOG_LEVEL=DEBUG scripts/watch.sh CHAPTER
Ctrl-C ends the server.
END2
}
die() {
    printf 'watch.sh: %s\n' "$*" >&2
    exit 1
}

case ${1-} in
    -h | --help) usage && exit ;;
    '' | -*) usage >&2 && exit 2 ;;
esac
make -s -C "$root" scripts/compare/watch.so >&2 ||
    die "can't build the recorder, scripts/compare/watch.so: that needs make and a C compiler"
chapter=${1%/}
if [[ $chapter == 0[1-3]-* && -f $root/$chapter/server.c ]]; then
    make -s -C "$root" "$chapter/server" >&2 || die "can't build $chapter/server"
    set -- "$root/$chapter/server" "${@:2}"
fi
[[ -n $(type -P -- "$1") ]] || die "there is no program $1"

close_inherited_descriptors
# LD_PRELOAD is split at spaces and colons, which our path may have, and yours: so a link.
[[ $TMPDIR != *[\ :]* ]] || TMPDIR=/tmp
leave_nothing
ln -s "$root/scripts/compare/watch.so" "$tmp/watch.so"
mkfifo "$tmp/record"
# shellcheck disable=SC2094 # that is how a pipe is opened before the other side is there
exec {both}<>"$tmp/record" {record}<"$tmp/record"
env LOG_LEVEL="$level" LD_PRELOAD="$tmp/watch.so" WATCH_LOG="$tmp/record" "$@" <&0 {both}>&- {record}<&- &
server=$!
IFS= read -r -t 5 -u "$record" line || line=''
exec {both}>&- # now the record ends when the server does
if [[ -z $line ]]; then
    if gone "$server"; then wait "$server"; fi # it has said why
    die "nothing is recorded: $1 does not load libraries, is it linked statically?"
fi

# A second Ctrl-C, or ten seconds, end a server that a first one does not.
interrupt() {
    local signal=${signal_before:+KILL}
    kill -s "${signal:-TERM}" "$server" || true
    kill -s CONT "$server" || true
    [[ -n ${signal_before-} ]] || { wait_for gone "$server" || kill -s KILL "$server"; } &
    signal_before=yes
} 2>/dev/null
trap interrupt HUP INT TERM

# Waits that time out one after the other, or a loop that spins: how often, told at 10, 100 and so on.
again() { printf '    ... the same %d times\n' "$1"; }
before='' times=1 told=1
while IFS=$'\t' read -r -u "$record" line counts; do
    if [[ $line$counts == "$before" ]]; then
        times=$((times + 1))
        if [[ $times =~ ^10+$ ]]; then again "$times" && told=$times; fi
    else
        ((times == told)) || again "$times"
        before=$line$counts times=1 told=1
        [[ -z $counts ]] || printf -v line "%-36s %s" "$line" "$counts"
        printf "%s\n" "$line"
    fi
done
((times == told)) || again "$times"
wait "$server"
