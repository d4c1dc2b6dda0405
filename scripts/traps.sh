#!/usr/bin/env bash
# traps.sh TRAP... - runs the trap programs and tabulates what this machine said to their claims. Status 1 if it
# disagreed with one, or if one crashed or did not end. START is the shell command that starts a trap, its $0.
set -euo pipefail
self=$(readlink -f "$0")
source "${self%/*}/test/shell.sh"

status=0
printf '%-9s  %-23s  %-10s  %s\n' chapter trap verdict measured
for trap in "$@"; do
    chapter=${trap%/traps/*} code=0
    # A trap ends itself after 20 s. This is for the one that cannot; Ctrl-C still reaches it.
    exec 3< <(exec bash -c "${START:-exec \"\$0\"}" "$trap" 2>/dev/null </dev/null)
    IFS= read -r -t 30 -d '' output <&3 || (($? == 1)) || kill -KILL $!
    wait $! || code=$?
    figure=$(sed -nE 's/^(measured|cannot tell here): *//p' <<<"$output" | head -1)
    case $code in
    0) verdict=agrees ;;
    77) verdict="can't tell" ;;
    1) verdict=DISAGREES status=1 ;;
    137) verdict="NO END" status=1 ;;
    *) verdict=CRASHED figure="status $code" status=1 ;;
    esac
    printf '%-9s  %-23s  %-10s  %s\n' "${chapter##*/}" "${trap##*/}" "$verdict" "$figure"
done
exit "$status"
