# shellcheck shell=bash disable=SC2154 # sourced by compare.sh
# More clients than select's sets, or the process, have room for.
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

# crowd PART CLIENTS DESCRIPTORS: for each server, how many were served, closed, kept waiting, and served later.
crowd() {
    local chapter name answer kind
    echo "$2 clients, ulimit -n $3"
    printf '  %-8s %8s %8s %8s   %s\n' '' served closed waiting 'served when the first had left'
    for chapter in "${chapters[@]}"; do
        name=${chapter#*-} answer=()
        progress "limits: $name, $2 clients"
        # shellcheck disable=SC2016 # that bash expands it
        start "$chapter" bash -c 'ulimit -n "$1" && shift && exec "$@"' - "$3"
        load crowd "${ports[$chapter]}" "$2" || problem "$name: $(<"$tmp/why")"
        ((answer[0] + answer[1] + answer[3] == $2)) || problem "$name: not all had an answer"
        [[ $name == select ]] || ((answer[1] == 0)) || problem "$name has closed connections"
        progress
        printf '  %-8s %8s %8s %8s   %s\n' "$name" "${answer[@]:0:3}" "${answer[3]/#0/-}"
        sed -n '/ - WARNING - /{ s/.* - WARNING - /           its log: /p; q; }' "$tmp/$chapter.log"
        for kind in served closed waiting later; do
            keep "$1" "$name" "$kind" "${answer[0]-0}"
            answer=("${answer[@]:1}")
        done
        finish "$chapter"
    done
}
