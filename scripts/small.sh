#!/usr/bin/env bash
# small.sh CHAPTER [PORT] - takes the small loop from a chapter's notes, compiles it with what a program needs around
# it, and runs it on 127.0.0.1, on port 9000 if not told otherwise. Ctrl-C ends it. CHAPTER 00: the server for one client.
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/.."
source scripts/test/server.sh
port=${2-9000}
[[ $port =~ ^(0|[1-9][0-9]{0,4})$ && $port -lt 65536 ]] || set --
case ${1-} in
00) # the first block of code is no function yet
    loop=$(awk '/^```c$/ { on = 1; next } /^```$/ && on { exit } on' 01-select/README.md)
    loop="void serve(int listen_socket) { $loop }"
    ;;
0?-*) loop=$(awk '/^```$/ { on = 0 } /^void serve\(/ { on = 1 } on' "${1%/}/README.md") ;;
*) echo "usage: scripts/small.sh 00|01-select|02-poll|03-epoll [PORT]" >&2 && exit 2 ;;
esac
leave_nothing
{
    printf '#include <%s>\n' arpa/inet.h poll.h stdio.h stdlib.h sys/epoll.h sys/select.h sys/socket.h unistd.h
    echo "$loop"
} >"$tmp/small.c"
${CC:-cc} -std=c11 -Wall -Wextra -o "$tmp/small" "$tmp/small.c" scripts/test/main.c
"$tmp/small" "$port" &
wait $!
