# shellcheck shell=bash disable=SC2154 # sourced by compare.sh
# More clients than select's sets, or the process, have room for.

# rush PART CLIENTS DESCRIPTORS: how many each server has served, closed, kept waiting, and served later.
rush() {
    local chapter name served closed waiting later
    echo "$2 clients, ulimit -n $3"
    printf '  %-8s %8s %8s %8s   %s\n' '' served closed waiting 'served when the first had left'
    for chapter in "${chapters[@]}"; do
        name=${chapter#*-}
        # shellcheck disable=SC2016 # that bash expands it
        start "$chapter" bash -c 'ulimit -n "$1" && shift && exec "$@"' - "$3"
        start_client
        step "rush $2" || die "$name: no answer"
        read -r _ _ served _ closed _ waiting _ later _ <<<"$REPLY"
        printf '  %-8s %8s %8s %8s   %s\n' "$name" "$served" "$closed" "$waiting" "${later/#0/-}"
        sed -n '/ - WARNING - /{ s/.* - WARNING - /           its log: /p; q; }' "$tmp/log"
        ((served + closed + later == $2)) || problem "$name: not all had an answer"
        [[ $name == select ]] || ((closed == 0)) || problem "$name has closed connections"
        printf '%s\t%s\t%s\t%s\t\t\n' "$1" "$name" served "$served" "$1" "$name" closed "$closed" \
            "$1" "$name" waiting "$waiting" "$1" "$name" later "$later" >>"$tmp/tsv"
        finish "$chapter"
    done
}

title "limits: where each ends. All clients connect at once and send a message"
if (($(ulimit -Hn) < 4096)); then
    problem "1,100 clients are impossible here: ulimit -Hn is $(ulimit -Hn), not 4096 at least"
else
    rush limit-1100 1100 4096
    note "select's sets end at FD_SETSIZE, 1,024, whatever ulimit -n says. The server" \
        "refuses the rest: FD_SET would write behind the set. poll and epoll end where" \
        "ulimit -n ends:"
fi
rush limit-64 100 64
note "accept() fails while no descriptor is free. The other clients wait in the backlog," \
    "where the kernel has connected them, and the loop looks away: a level-triggered" \
    "wait would spin. When the first leave, the next are served: nobody was lost."
