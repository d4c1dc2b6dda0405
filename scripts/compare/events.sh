# shellcheck shell=bash disable=SC2034,SC2154 # sourced by compare.sh
events() {
    local line wanted=no
    title "events: what each call reports for the same happening, read from this kernel"
    02-poll/traps/what-poll-says >"$tmp/events" ||
        problem "what-poll-says: $(tail -n 1 "$tmp/events")"
    while IFS= read -r line; do
        case $line in
            happening*) wanted=yes ;;
            remember:*) wanted=no ;;
        esac
        [[ $wanted == no ]] || printf '%s\n' "$line"
    done <"$tmp/events"
    note "select: r, w, x: the descriptor is in the read, write or except set of the answer."
    note "A closed descriptor: select fails as a whole, poll marks it (NVAL), epoll does not take it; one" \
        "that is closed while it is watched, epoll forgets: 02-poll/traps/closed-descriptor."
    note "This table is the work of the trap 02-poll/traps/what-poll-says.c."
}

