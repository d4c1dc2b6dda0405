#!/usr/bin/env bash
# traps.sh TRAP... - runs the trap programs and tabulates what this machine said to their claims.
# Exits with status 1 if it disagreed with one.
set -euo pipefail

status=0
printf '%-9s  %-23s  %-9s  %s\n' chapter trap verdict measured
for trap in "$@"; do
    chapter=${trap%%/*} name=${trap##*/} code=0
    output=$("$trap" 2>/dev/null) || code=$?
    case $code in
    0) verdict=agrees ;;
    77) verdict="can't tell" ;;
    *) verdict=DISAGREES status=1 ;;
    esac
    figure=$(sed -nE 's/^(measured|cannot tell here): *//p' <<<"$output" | head -1)
    printf '%-9s  %-23s  %-9s  %s\n' "$chapter" "$name" "$verdict" "$figure"
done
exit "$status"
