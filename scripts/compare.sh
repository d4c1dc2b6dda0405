#!/usr/bin/env bash
# compare.sh - the three servers side by side. Each part is a file in compare/.
# shellcheck disable=SC2034,SC2317 # the parts use and call what stands here
set -euo pipefail
self=$(readlink -f "$0")
source "${self%/*}/test/server.sh"
export LOG_LEVEL=INFO

usage() {
    cat <<'END'
usage: scripts/compare.sh [--quick] [--tsv FILE] [PART...]
  trace    what each call was asked and what it answered, for one client's steps
  events   what each call reports for the same scene, and what to do then
  calls    how many calls, descriptors and bytes an echo takes
  cost     what an echo costs in CPU time and memory, beside idle clients, and
           with all busy; with a thread for each client, too
  limits   where each ends: many clients, few descriptors
Without a PART all of them, in about a minute; --quick, with fewer figures, in a
quarter of that. --tsv FILE keeps the figures. All traffic stays on loopback.
Status 1: something could not be measured, or is not as it should be.
END
}

parts=() tsv='' quick='' status=0
while (($# > 0)); do
    case $1 in
        -h | --help) usage && exit ;;
        --quick) quick=--quick ;;
        --tsv) tsv=$(realpath -- "${2-}") && : >>"$tsv" || exit 2 && shift ;;
        trace | events | calls | cost | limits) parts+=("$1") ;;
        *) usage >&2 && exit 2 ;;
    esac
    shift
done
((${#parts[@]} > 0)) || parts=(trace events calls cost limits)
cd "${self%/*}/.."
close_inherited_descriptors
if [[ -t 1 ]] && read -r _ columns < <(stty size </dev/tty 2>/dev/null) && ((columns > 0 && columns < 80)); then
    echo "compare.sh: the tables are 80 columns wide, this terminal $columns: widen it" >&2
fi

chapters=(01-select 02-poll 03-epoll)
leave_nothing

title() { printf '\n== %s\n' "$1"; }
note() { fold -s -w 77 <<<"$*" | sed '1s/^/-> /; 1!s/^/   /; s/ *$//'; } # how to read it
problem() { printf '!! %s\n' "$*" && status=1; }
die() { printf 'compare.sh: %s\n' "$*" >&2 && exit 1; }

# start NAME [COMMAND...]: the server of this chapter, or "threads", run by COMMAND. Its log is $tmp/log.
start() {
    local program=$1/server
    [[ $1 != threads ]] || program=scripts/compare/threads
    serve "$tmp/log" "${@:2}" "$program" 0 2>"$tmp/why" || die "$program $(<"$tmp/why")"
}
# recorded CHAPTER: the same under the recorder, watch.c, which writes to $tmp/CHAPTER.
recorded() {
    rm -f "$tmp/$1"
    start "$1" env LD_PRELOAD=scripts/compare/watch.so WATCH_LOG="$tmp/$1"
}
finish() { # clients and server, by SIGTERM, which just ends the one with threads
    end_client
    stop "$server" || [[ $1 == threads ]] || problem "$1 ended with an error: $(tail -n 1 "$tmp/log")"
}

make -s {01-select,02-poll,03-epoll}/server scripts/{test/client,compare/threads,compare/watch.so} \
    02-poll/traps/what-poll-says >&2 || die "can't build the programs"
ulimit -Sn "$(ulimit -Hn)" # the server with threads does not raise it
printf 'part\tseries\tx\tvalue\tlow\thigh\n' >"$tmp/tsv"
for part in "${parts[@]}"; do
    # shellcheck source=/dev/null
    source "scripts/compare/$part.sh"
done
[[ -z $tsv ]] || cp "$tmp/tsv" "$tsv"
exit "$status"
