#!/usr/bin/env bash
# quiz.sh [--list | --seed N] - predict first: what do select, poll and epoll say when this happens? You guess, then it
# is run on this kernel. Five questions; --seed N repeats a round, --list shows all of them without asking. The answers
# are what the traps print when they run; written here are questions, and answers that many give and that are wrong.
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/.."
source scripts/test/shell.sh
ROWS=02-poll/traps/what-poll-says

# scene of what-poll-says | answer for poll that many give | why it is wrong | what to read beside what-poll-says
# question                | answer that many give          | why it is wrong | trap | how to find the answer in its output
table='client half-closed|IN HUP|HUP would be the end of both directions; the client has ended one|01-select/traps/half-close
client closed|HUP|the kernel knows only that the client sends no more, as if it had half-closed|02-poll/traps/eof-stays-ready
client reset|ERR|all that could be waited for is over, so all of it is reported at once|01-select/traps/reset-is-ordinary
urgent byte waiting|IN PRI OUT|an urgent byte is not in the stream, and nothing else is there to be read|01-select/traps/except-is-urgent
socket never connected|-|it waits for nothing that could come: both directions count as over|02-poll/traps/connect-in-progress
connect() refused|ERR|writable alone does not say that the connect() worked: ask SO_ERROR|02-poll/traps/connect-in-progress
send buffer full|OUT|it is writable only when a good part of the buffer is free|02-poll/traps/writable-has-a-threshold
pipe, writer closed (EOF)|IN HUP|no byte is left; read() still does not wait, it returns 0|02-poll/traps/hang-up-loses-input
full pipe, reader closed|OUT ERR|OUT means room, and there is none|02-poll/traps/unasked-events
descriptor closed|-|poll answers for each number; select fails for all of them|02-poll/traps/closed-descriptor
number beyond the table|-|poll looks each number up; select does not even look there|02-poll/traps/closed-descriptor
Descriptor N, the only one watched, has a byte. What does select(N, ...) return?|1|its first argument is the highest descriptor plus one|01-select/traps/highest-plus-one|s/.*, select\([0-9]+\) returns ([-0-9]+)$/\1/p
A client sends five times, with a wait after each; nobody reads. How many events does edge-triggered epoll report?|1|for input an edge is an arrival, not a change from empty to not empty|03-epoll/traps/edge-is-arrival|s/.* 0 reads: ([0-9]+) events.*/\1/p
2 kB have come, 1 kB is read, no more comes. How many events does edge-triggered epoll report in all?|2|what is left was announced already|03-epoll/traps/edge-and-level|s/.* edge: ([0-9]+) events?, .*/\1/p
You want to watch a file on a disk. Which error does epoll_ctl(EPOLL_CTL_ADD) give?|none|select and poll call it always ready; epoll has no way to wait for it|02-poll/traps/always-ready-files|s/.*; (E[A-Z]+) for 2 of 2$/\1/p
A descriptor with a living dup() is closed. How many of 1,000 waits does epoll still report it in?|0|what is watched is the open file, and it lives on|03-epoll/traps/dup-keeps-reporting|s/.*after close\(\) ([0-9]+) of .*/\1/p
Four workers, each with an epoll set of its own, wait for one listening socket, level-triggered. One client comes. How many wake up?|1|the socket is ready in all four sets|03-epoll/traps/who-is-woken|s/.*level-triggered epoll ([0-9]+),.*/\1/p
A peer has closed. How many of 3,000 level-triggered waits return at once?|1|the end stays readable until the descriptor is closed|02-poll/traps/eof-stays-ready|s/.* ([0-9]+) of 3000 level.*/\1/p
After fork() the child removes a descriptor (EPOLL_CTL_DEL). How many events does the parent get for a byte?|1|there is one set, and both hold a descriptor of it|03-epoll/traps/shared-by-fork|s/.* ([0-9]+) after the child.s DEL$/\1/p
A TCP peer has closed, and all was read. What becomes of our first send: "taken", or the error?|EPIPE|our side learns from the answer to that send that nobody listens|01-select/traps/sigpipe|s/.*first send: ([a-z]+);.*/\1/p'

# normal ANSWER: "pollin, POLLOUT" and "OUT IN" are one answer, and so are "rw", "r w" and "rw-".
normal() {
    grep -oE '[^ ,+|-]+' <<<"${1^^}" | sed -E 's/^E?POLL(.)/\1/; s/^(NONE|NOTHING|0)$//' | sort | tr -d '\n'
}
is() { [[ $(normal "$1") == "$(normal "$2")" ]]; }

# play LINE: one of the table, or only a scene. Fails when the guesses end.
play() {
    local text wrong why page find program=$ROWS labels=(select poll epoll) guesses=() guess answers i verdict
    IFS='|' read -r text wrong why page find <<<"$1"
    [[ -z $find ]] || program=$page page='' labels=(answer)

    printf '\n%s\n' "$text"
    for i in "${!labels[@]}"; do
        [[ ! $list ]] || break
        printf '  %s? ' "${labels[i]}"
        if ! IFS= read -r guess || [[ $guess == q ]]; then echo && return 1; fi
        [[ -t 0 ]] || echo "$guess"
        guesses+=("$guess")
    done
    [[ ${guesses[2]-} != same ]] || guesses[2]=${guesses[1]}

    [[ -v said[$program] ]] || said[$program]=$({ make -s "$program" >&2 && "$program" 2>/dev/null; } </dev/null) || true
    if [[ $find ]]; then
        mapfile -t answers < <(sed -nE "$find" <<<"${said[$program]}" | head -n 1)
    else
        mapfile -t answers < <(awk -F '  +' -v scene="$text" '$1 == scene {
            print $2 "\n" $3 "\n" ($4 == "same" ? $3 : $4) "\n  What a program does then: " $6 }' <<<"${said[$ROWS]}")
    fi
    text=${said[$program]:-$program can not be built}
    ((${#answers[@]} > 0)) || { echo "  This machine can't tell: ${text##*$'\n'}" && return; }

    for i in "${!labels[@]}"; do
        verdict=no
        [[ ! $list ]] || verdict=''
        if [[ ${guesses[i]-} ]] && is "${answers[i]}" "${guesses[i]}"; then verdict=right right=$((right + 1)); fi
        printf '  %-6s  %-20s  %s\n' "${labels[i]}" "${answers[i]}" "$verdict" | sed 's/ *$//'
    done
    asked=$((asked + ${#labels[@]}))
    i=$((${#labels[@]} > 1)) # poll's, of three
    [[ -z $wrong ]] || is "$wrong" "${answers[i]}" || echo "  Many say $wrong, and are wrong: $why."
    printf '%s\n' "${answers[@]:3}" "  Read $program.c${page:+ and $page.c}"
}

list='' seed=$RANDOM asked=0 right=0
declare -A said=()
chosen=()
if [[ $# -eq 2 && $* =~ ^--seed\ (0|[1-9][0-9]{0,8})$ ]]; then seed=$2 && set --; fi
case $* in
'') ;;
--list) list=yes ;;
*) echo 'usage: quiz.sh [--list | --seed NUMBER]' >&2 && exit 2 ;;
esac
mapfile -t rounds < <(echo "$table" &&
    sed -nE 's/^ *row\("([^"]+)".*/\1/p' "$ROWS.c" | grep -vxFf <(cut -d '|' -f 1 <<<"$table"))
if [[ ! $list ]]; then
    echo 'select: r, w, x for the sets, or - for none, or fails. poll: IN PRI OUT ERR HUP NVAL RDHUP, or -.'
    echo 'epoll: the same words, or same, or fails. All are asked for IN, PRI, OUT and RDHUP. Guess, then see; q ends.'
    RANDOM=$seed
    while ((${#chosen[@]} < 5)); do i=$((RANDOM % ${#rounds[@]})) && chosen[i]=${rounds[i]}; done
    rounds=("${chosen[@]}")
fi
for round in "${rounds[@]}"; do play "$round" || break; done
[[ $list ]] || printf '\n%s of %s right; the same round again: scripts/quiz.sh --seed %s\n' "$right" "$asked" "$seed"
