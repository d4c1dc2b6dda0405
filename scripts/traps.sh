#!/usr/bin/env bash
# traps.sh TRAP... - runs the trap programs and tabulates what this machine said to their claims.
# Exits with status 1 if it disagreed with one, or if one crashed or did not end.
set -euo pipefail
self=$(readlink -f "$0")
source "${self%/*}/test/shell.sh"

status=0
printf '%-9s  %-23s  %-10s  %s\n' chapter trap verdict measured
for trap in "$@"; do
    chapter=${trap%/traps/*} name=${trap##*/} code=0 ended=0
    # A trap ends itself after 20 s. This is for the one that cannot; Ctrl-C still reaches it.
    exec 3< <(exec "$trap" 2>/dev/null </dev/null)
    IFS= read -r -t 30 -d '' output <&3 || ended=$?
    ((ended <= 128)) || kill -KILL $!
    wait $! || code=$?
    case $code in
    0) verdict=agrees ;;
    1) verdict=DISAGREES status=1 ;;
    77) verdict="can't tell" ;;
    *) verdict=CRASHED status=1 ;;
    esac
    ((ended <= 128)) || verdict="NO END"
    figure=$(sed -nE 's/^(measured|cannot tell here): *//p' <<<"$output" | head -1)
    printf '%-9s  %-23s  %-10s  %s\n' "${chapter##*/}" "$name" "$verdict" "$figure"
done
exit "$status"
