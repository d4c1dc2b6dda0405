#!/usr/bin/env bash
# watch.sh - what a server asks the kernel, and what it is answered. See usage() below.
set -euo pipefail
level=${LOG_LEVEL-INFO}
self=$(readlink -f "$0")
root=${self%/scripts/*}
source "$root/scripts/test/server.sh"

usage() {
    cat <<'END'
usage: scripts/watch.sh CHAPTER [PORT [ADDRESS]]     such as: scripts/watch.sh 03-epoll 9000
       scripts/watch.sh COMMAND [ARGUMENT...]        any dynamically linked server, yours too
Runs the server and prints each select, poll, epoll_wait, epoll_ctl, accept, recv, send and close:
what was asked -> what was answered. Type into "nc 127.0.0.1 9000" and look at what it sets off.
A line, or two in turn, that comes again at once is counted, not repeated. The record goes to
standard output, the server's log to standard error. LOG_LEVEL=DEBUG in front shows the whole log.
Ctrl-C ends the server.
END
}
die() { printf 'watch.sh: %s\n' "$*" >&2 && exit 1; }

case ${1-} in
    -h | --help) usage && exit ;;
    '' | -*) usage >&2 && exit 2 ;;
esac
chapter=${1%/} targets=(scripts/compare/watch.so)
if [[ -f $root/$chapter/server.c ]]; then
    targets+=("$chapter/server")
    set -- "$root/$chapter/server" "${@:2}"
fi
make -s -C "$root" "${targets[@]}" >&2 || die "can't build ${targets[*]}: that needs make, a C compiler and a checkout that can be written to"
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
# Ctrl-C: the end of the record is to be seen, too. The second time we go.
trap 'trap "exit 130" INT TERM; kill "$server" 2>/dev/null || true' INT TERM
read -r -t 5 -u "$record" line || line='' # the recorder's first line says that it is there
exec {both}>&- # now the record ends when the server does
[[ -n $line ]] || die "nothing is recorded: $1 does not load libraries, is it linked statically?"

last='' second='' more=0
again() { printf '    ... and %d more of the same\n' "$more"; }
# A program that exec()s another closes the record for a moment.
while IFS=$'\t' read -r -u "$record" line counts || ! gone "$server"; do
    [[ -n $line && $line != '# '* ]] || { sleep 0.1 && continue; }
    if [[ $line$counts == "$last" || $line$counts == "$second" ]]; then # waits without news, or a loop that spins
        more=$((more + 1))
        [[ ! $more =~ ^10+$ ]] || again
        continue
    fi
    [[ $more =~ ^(0|10+)$ ]] || again
    second=$last last=$line$counts more=0
    [[ -z $counts ]] || printf -v line '%-36s %s' "$line" "$counts"
    printf '%s\n' "$line"
done
[[ $more =~ ^(0|10+)$ ]] || again
wait "$server"
