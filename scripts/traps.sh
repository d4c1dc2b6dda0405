#!/usr/bin/env bash
# traps.sh TRAP... - runs the trap programs and prints what each claims and, behind "->", what it measured here. Status 1
# if this machine disagreed with one, or if one crashed or did not end. START is the shell command that starts a trap,
# its $0.
set -euo pipefail
self=$(readlink -f "$0")
source "${self%/*}/test/shell.sh"

(($# > 0)) || { echo 'usage: scripts/traps.sh TRAP... (make traps runs them all)' >&2 && exit 2; }
status=0 agree=0
for trap in "$@"; do
    code=0
    # A trap ends itself after 20 s. This is for the one that cannot; Ctrl-C still reaches it.
    exec 3< <(exec bash -c "${START:-exec \"\$0\"}" "$trap" 2>/dev/null </dev/null)
    IFS= read -r -t 30 -d '' output <&3 || (($? == 1)) || kill -KILL $!
    wait $! || code=$?
    case $code in
    0) verdict=agrees agree=$((agree + 1)) ;;
    77) verdict="can't tell" ;;
    1) verdict=DISAGREES status=1 ;;
    137) verdict="NO END" status=1 ;;
    *) verdict="CRASHED, status $code:" status=1 ;;
    esac
    # In one write: surroundings.sh has several of us write to one file.
    env printf '%-10s  %s\n%s\n' "$verdict" "${trap#./}" \
        "$(sed -nE 's/^claim: */    /p; s/^(measured|cannot tell here): */    -> /p' <<<"$output")"
done
(($# == 1)) || echo "$agree of $# agree"
exit "$status"
