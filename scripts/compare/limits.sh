# shellcheck shell=bash disable=SC2154 # sourced by compare.sh
# limits.sh - more clients than select's sets, or the process, have room for.

limits() {
    local hard
    hard=$(ulimit -Hn)
    title "limits: where each ends. All clients connect at once and send a message"
    if [[ $hard != unlimited ]] && ((hard < 4096)); then
        problem "1,100 clients are impossible here: ulimit -Hn is $hard, not 4096 at least"
    else
        crowd limit-1100 1100 4096
        note "select's sets end at FD_SETSIZE, 1,024, whatever ulimit -n says. The server" \
            "refuses the rest: FD_SET would write behind the set. poll and epoll end where" \
            "ulimit -n ends:"
    fi
    crowd limit-64 100 64
    note "accept() fails while no descriptor is free. The other clients wait in the backlog," \
        "where the kernel has connected them, and the loop looks away: a level-triggered" \
        "wait would spin. When the first leave, the next are served: nobody was lost."
}

# crowd PART CLIENTS DESCRIPTORS: all three servers at the same time.
crowd() {
    local chapter name i kinds=(served closed waiting later) fields
    local -A clients=()
    echo "$2 clients, ulimit -n $3"
    printf '  %-8s %8s %8s %8s   %s\n' '' "${kinds[@]:0:3}" 'served when the first had left'
    progress "limits: $2 clients"
    for chapter in "${chapters[@]}"; do
        # shellcheck disable=SC2016 # that bash expands it
        start "$chapter" bash -c 'ulimit -n "$1" && shift && exec "$@"' - "$3"
        scripts/compare/load crowd "${ports[$chapter]}" "$2" >"$tmp/$chapter.crowd" 2>"$tmp/$chapter.why" &
        clients[$chapter]=$!
    done
    for chapter in "${chapters[@]}"; do
        name=${chapter#*-}
        wait "${clients[$chapter]}" || problem "$name: $(<"$tmp/$chapter.why")"
        read -ra fields <"$tmp/$chapter.crowd" || fields=(0 0 0)
        progress
        printf '  %-8s %8s %8s %8s   %s\n' "$name" "${fields[@]:0:3}" "${fields[3]--}"
        sed -n '/ - WARNING - /{ s/.* - WARNING - /           its log: /p; q; }' "$tmp/$chapter.log"
        for i in "${!kinds[@]}"; do keep "$1" "$name" "${kinds[i]}" "${fields[i]-0}"; done
        ((fields[0] + fields[1] + ${fields[3]-0} == $2)) || problem "$name: not all had an answer"
        [[ $name == select ]] || ((fields[1] == 0)) || problem "$name has closed connections"
        finish "$chapter"
    done
}
