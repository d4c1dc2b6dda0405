#!/usr/bin/env bash
# quiz.sh [--seed N] [--list] - predict first: what do select, poll and epoll say when this happens? You guess, then it
# is run on this kernel. Five questions; --seed N repeats a round, --list shows all of them without asking. The answers
# are what the traps print when they run; written here are questions, and answers that many give and that are wrong.
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/.."
# shellcheck source=scripts/test/server.sh
source scripts/test/server.sh
ROWS=02-poll/traps/what-poll-says

# scene | answer for poll that many give | why it is wrong, if it is | what to read beside what-poll-says
popular='client half-closed|IN HUP|HUP would be the end of both directions; the client has ended one|01-select/traps/half-close
client closed|HUP|the kernel knows only that the client sends no more, as if it had half-closed|02-poll/traps/eof-stays-ready
client reset|ERR|all that could be waited for is over, so all of it is reported at once|01-select/traps/reset-is-ordinary
urgent byte waiting|IN PRI OUT|an urgent byte is not in the stream, and nothing else is there to be read|01-select/traps/except-is-urgent
socket never connected|-|it waits for nothing that could come: both directions count as over|02-poll/traps/connect-in-progress
connect() refused|ERR|writable alone does not say that the connect() worked: ask SO_ERROR|02-poll/traps/connect-in-progress
send buffer full|OUT|it is writable only when a good part of the buffer is free|02-poll/traps/writable-has-a-threshold
pipe, writer closed (EOF)|IN HUP|no byte is left; read() still does not wait, it returns 0|02-poll/traps/hang-up-loses-input
full pipe, reader closed|OUT ERR|OUT means room, and there is none|02-poll/traps/unasked-events
descriptor closed|-|poll answers for each number; select fails for all of them|02-poll/traps/closed-descriptor
number beyond the table|-|poll looks each number up; select does not even look there|02-poll/traps/closed-descriptor'

# trap | question | how to find the answer in what it prints | answer that many give | why it is wrong, if it is
questions='01-select/traps/highest-plus-one|Descriptor N, the only one watched, has a byte. What does select(N, ...) return?|s/.*, select\([0-9]+\) returns ([-0-9]+)$/\1/p|1|its first argument is the highest descriptor plus one
03-epoll/traps/edge-is-arrival|A client sends five times, nobody reads. How many events does edge-triggered epoll report?|s/.* 0 reads: ([0-9]+) events.*/\1/p|1|for input an edge is an arrival, not a change from empty to not empty
03-epoll/traps/edge-and-level|2 kB have come, 1 kB is read, no more comes. How many events does edge-triggered epoll report in all?|s/.* edge: ([0-9]+) events?, .*/\1/p|2|what is left was announced already
02-poll/traps/always-ready-files|You want to watch a file on a disk. Which error does epoll_ctl(EPOLL_CTL_ADD) give?|s/.*; (E[A-Z]+) for 2 of 2$/\1/p|none|select and poll call it always ready; epoll has no way to wait for it
03-epoll/traps/dup-keeps-reporting|A descriptor with a living dup() is closed. How many of 1,000 waits does epoll still report it in?|s/.*after close\(\) ([0-9]+) of .*/\1/p|0|what is watched is the open file, and it lives on
03-epoll/traps/who-is-woken|Four workers, each with an epoll set of its own, wait for one listening socket, level-triggered. One client comes. How many wake up?|s/.*level-triggered epoll ([0-9]+),.*/\1/p|1|the socket is ready in all four sets
02-poll/traps/eof-stays-ready|A peer has closed. How many of 3,000 level-triggered waits return at once?|s/.* ([0-9]+) of 3000 level.*/\1/p|1|the end stays readable until the descriptor is closed
03-epoll/traps/shared-by-fork|After fork() the child removes a descriptor (EPOLL_CTL_DEL). How many events does the parent get for a byte?|s/.* ([0-9]+) after the child.s DEL$/\1/p|1|there is one set, and both hold a descriptor of it
01-select/traps/sigpipe|A TCP peer has closed, and all was read. What becomes of our first send: "taken", or the error?|s/.*first send: ([a-z]+);.*/\1/p|EPIPE|our side learns from the answer to that send that nobody listens'

output_of() { # each program is run once, after the first guess
    local kept=$tmp/${1##*/}
    [[ -e $kept ]] || { make -s "$1" >&2 && "$1" >"$kept" 2>/dev/null </dev/null; } || true
    cat "$kept"
}
bits() { # "pollin, POLLOUT" and "OUT IN" are one answer
    grep -oE '[^ ,+|]+' <<<"${1^^}" | sed -E 's/^E?POLL(.)/\1/; s/^(NONE|NOTHING|0)$/-/' | sort | paste -sd ' '
}
sets() { echo "${1//[ -]/}"; } # so are "rw", "r w" and "rw-"
ask() { # fails when the guesses end
    guess=''
    [[ $list ]] || { printf '  %s? ' "$1" && IFS= read -r guess && [[ $guess != q ]]; } || { echo && return 1; }
    [[ -t 0 || $list ]] || echo "$guess"
}
mark() { # NAME ANSWER GUESS FORM
    local verdict=no
    [[ $list ]] && verdict='' || asked=$((asked + 1))
    if [[ $3 && $($4 "$2") == "$($4 "$3")" ]]; then verdict=right right=$((right + 1)); fi
    printf '  %-6s  %-20s  %s\n' "$1" "$2" "$verdict" | sed 's/ *$//'
}
many() { [[ ! $2 || $(bits "$2") == "$(bits "$1")" ]] || printf '  Many say %s, and are wrong: %s.\n' "$2" "$3"; }
scene() { # three answers
    local wrong='' why='' more='' name guesses=() select='' poll epoll what
    printf '\n%s: what do they say?\n' "$1"
    IFS='|' read -r _ wrong why more < <(grep "^$1|" <<<"$popular") || true
    for name in select poll epoll; do ask "$name" && guesses+=("$guess") || return; done
    IFS='|' read -r select poll epoll what < <(output_of "$ROWS" | awk -F '  +' -v OFS='|' -v scene="$1" \
        '$1 == scene { print $2, $3, $4 == "same" ? $3 : $4, $6 }') || true
    [[ $select ]] || { echo "  This machine can't tell: $(output_of "$ROWS" | tail -n 1)" && return; }
    mark select "$select" "${guesses[0]}" sets
    mark poll "$poll" "${guesses[1]}" bits
    [[ ${guesses[2],,} != same ]] || guesses[2]=${guesses[1]}
    mark epoll "$epoll" "${guesses[2]}" bits
    many "$poll" "$wrong" "$why"
    printf '  What a program does then: %s. Read %s\n' "$what" "$ROWS.c${more:+ and $more.c}"
}
question() { # one answer
    local program text find wrong why answer
    IFS='|' read -r program text find wrong why <<<"$1"
    printf '\n%s\n' "$text" && ask 'your guess' || return
    answer=$(output_of "$program" | sed -nE "$find" | head -n 1)
    [[ $answer ]] || { echo "  This machine can't tell: $(output_of "$program" | tail -n 1)" && return; }
    mark answer "$answer" "$guess" bits
    many "$answer" "$wrong" "$why"
    echo "  Read $program.c"
}

list='' seed=$RANDOM asked=0 right=0
for ((; $# > 0; )); do
    case $1-${2-} in
    --list-*) list=yes && shift ;;
    --seed-[0-9]*) seed=$2 && shift 2 ;;
    *) echo 'usage: quiz.sh [--seed NUMBER] [--list]' >&2 && exit 2 ;;
    esac
done
leave_nothing
mapfile -t all < <(sed -nE 's/^ *row\("([^"]+)".*/\1/p' "$ROWS.c" && echo "$questions")
if [[ ! $list ]]; then
    echo 'select: r, w, x for the sets, or - for none, or fails. poll: IN PRI OUT ERR HUP NVAL RDHUP, or -.'
    echo 'epoll: the same words, or same, or fails. All are asked for IN, PRI, OUT and RDHUP. Guess, then see; q ends.'
    mapfile -t all < <(printf '%s\n' "${all[@]}" | awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort | head -n 5 | cut -f 2-)
fi
for one in "${all[@]}"; do
    if [[ $one == */traps/* ]]; then question "$one"; else scene "$one"; fi || break # no more guesses
done
[[ $list ]] || printf '\n%s of %s right; the same round again: scripts/quiz.sh --seed %s\n' "$right" "$asked" "$seed"
