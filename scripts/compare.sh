#!/usr/bin/env bash
# compare.sh - the three servers side by side. Each part is a function in a file of its own in compare/.
# shellcheck disable=SC2034,SC2119,SC2120,SC2317 # the parts use and call what stands here
set -euo pipefail
self=$(readlink -f "$0")
source "${self%/*}/test/server.sh"
export LC_ALL=C LOG_LEVEL=INFO # decimal points, bytes as they are; no log but what is asked for

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

parts=() tsv='' quick=''
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
command="scripts/compare.sh${quick:+ $quick} ${parts[*]}"
cd "${self%/*}/.."
close_inherited_descriptors

chapters=(01-select 02-poll 03-epoll)
status=0
declare -A pids ports # of the servers that run, by their chapters
leave_nothing

# For a terminal only, and for one that understands it.
bold='' plain='' erase=''
if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then
    [[ -n ${NO_COLOR-} ]] || bold=$'\e[1m' plain=$'\e[m'
    [[ ! -t 2 ]] || erase=$'\r\e[K'
fi
if [[ -t 1 ]] && read -r _ columns < <(stty size 2>/dev/null </dev/tty) && ((columns > 0 && columns < 80)); then
    echo "compare.sh: the tables are 80 columns wide, this terminal $columns: widen it" >&2
fi

title() { printf '\n%s\n' "$bold== $1$plain"; }
note() { fold -s -w 77 <<<"$*" | sed '1s/^/-> /; 1!s/^/   /; s/ *$//'; } # how to read it
progress() { [[ -z $erase ]] || printf '%s%s' "$erase" "${1-}" >&2; }
problem() { progress && printf '!! %s\n' "$*" && status=1; }
die() { progress && printf 'compare.sh: %s\n' "$*" >&2 && exit 1; }
# keep PART SERIES X VALUE [LOW HIGH]: a row of the figures.
keep() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${5-$4}" "${6-$4}" >>"$tmp/tsv"; }

# start CHAPTER [COMMAND...]: its server, or that of "threads", run by COMMAND. Its log is $tmp/CHAPTER.log.
start() {
    local program=$1/server
    [[ $1 != threads ]] || program=scripts/compare/threads
    serve "$tmp/$1.log" "${@:2}" "$program" 0 2>"$tmp/why" || die "$program $(<"$tmp/why")"
    pids[$1]=$server ports[$1]=$port
}
# recorded CHAPTER: the same under the recorder, watch.c, which writes to $tmp/CHAPTER.
recorded() {
    rm -f "$tmp/$1"
    start "$1" env LD_PRELOAD=scripts/compare/watch.so WATCH_LOG="$tmp/$1"
}
finish() { stop "${pids[$1]}" || problem "$1 ended with status $?: $(tail -n 1 "$tmp/$1.log")"; }
# load ARGUMENT...: its answer in $answer. In the background: bash hears of Ctrl-C in a wait.
load() {
    scripts/compare/load "$@" >"$tmp/answer" 2>"$tmp/why" &
    wait $! && read -ra answer <"$tmp/answer"
}

make -s {01-select,02-poll,03-epoll}/server scripts/test/client scripts/compare/{load,threads,watch.so} 02-poll/traps/what-poll-says >&2 || die "can't build the programs"
# Select's server does not raise it. Where it can't be so high, the parts say what is missing.
ulimit -Sn 4096 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
printf 'part\tseries\tx\tvalue\tlow\thigh\n' >"$tmp/tsv"
for part in "${parts[@]}"; do
    # shellcheck source=/dev/null
    source "scripts/compare/$part.sh"
    "$part"
done
[[ -z $tsv ]] || cp "$tmp/tsv" "$tsv"
exit "$status"
