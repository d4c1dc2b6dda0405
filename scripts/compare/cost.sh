# shellcheck shell=bash disable=SC2034,SC2154 # sourced by compare.sh
machine() {
    local libc kernel
    kernel=$(uname -r)
    libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc='a libc that is not glibc'
    echo "$(nproc) cores, $(uname -s) ${kernel%%-*}, $libc"
}

cost() {
    # Of each "PART SERIES X": the nanoseconds of each round, why there are none, the median.
    local -A times=() reasons=() median=()
    local busy_counts=(10 100 1000) size=64 round x chapter text
    title "cost: what an echo costs, in microseconds of the server's CPU time"
    echo "$(machine); messages of $size bytes"
    echo "figures: median (lowest - highest) of $rounds rounds"
    for ((round = 1; round <= rounds; round++)); do
        for x in "${idle_counts[@]}"; do
            for chapter in "${chapters[@]}"; do measure cost-idle "$chapter" "$x" 10 "$x"; done
        done
        measure cost-idle floor 0 10 0
        for x in "${busy_counts[@]}"; do
            for chapter in "${chapters[@]}"; do measure cost-busy "$chapter" "$x" "$x" 0; done
        done
    done
    progress
    for x in "${idle_counts[@]}"; do
        echo "10 busy connections beside $(commas "$x") idle ones"
        for chapter in "${chapters[@]}"; do show cost-idle "$chapter" "$x"; done
    done
    echo "the floor: a blocking server that knows whose turn it is, so recv and send alone"
    show cost-idle floor 0
    note "the bars are logarithmic: 16 characters are a factor of ten, the first stands for 1 us."
    for chapter in "${chapters[@]}"; do
        text="${chapter#*-} against none idle:"
        for x in "${idle_counts[@]:1}"; do
            text+=$(ratio "cost-idle $chapter $x" "cost-idle $chapter 0" "beside $(commas "$x")")
        done
        note "${text/:,/:}"
    done
    note "select and poll ask every watched descriptor at every call; epoll_wait takes the ready."
    text='epoll against poll:'
    for x in "${busy_counts[@]}"; do
        echo "$(commas "$x") connections, all busy, none idle"
        for chapter in "${chapters[@]}"; do show cost-busy "$chapter" "$x"; done
        text+=$(ratio "cost-busy 03-epoll $x" "cost-busy 02-poll $x" "at $(commas "$x")")
    done
    note "the honest other half: with nobody idle little is asked in vain, and the three are close." \
        "Busy is not yet ready: whose next message is still on its way is asked in vain, too." \
        "${text/:,/:}"
}

# measure PART SERIES X BUSY IDLE: one round, with a fresh server.
measure() {
    local key="$1 $2 $3"
    [[ -z ${reasons[$key]-} ]] || return 0
    if [[ $2 == 01-select ]] && (($4 + $5 > 1015)); then
        reasons[$key]='impossible: its sets end at FD_SETSIZE, 1,024 descriptors'
        return
    fi
    progress "cost: round $round of $rounds, $2, connections: $4 busy, $5 idle"
    if [[ $2 == floor ]]; then
        : >"$tmp/floor"
        scripts/compare/load floor "$4" >"$tmp/floor" &
        pids[floor]=$!
        wait_for test -s "$tmp/floor" || die "the floor does not start"
        ports[floor]=$(<"$tmp/floor")
    else
        start "$2"
    fi
    if load echo "${ports[$2]}" "${pids[$2]}" "$4" "$5" "$size" 100000000 "$seconds"; then
        times[$key]+="${answer[1]} "
    else
        reasons[$key]="not measured: $(<"$tmp/why")"
        status=1
        [[ $2 != floor ]] || kill "${pids[floor]}" || true
    fi
    if [[ $2 == floor ]]; then
        wait "${pids[floor]}" || true # it ends when its clients have left
    else
        finish "$2"
    fi
}

# show PART SERIES X: the median of the rounds, their spread, and a bar.
show() {
    local key="$1 $2 $3" name=${2#*-} sorted bar='' length spread
    if [[ -n ${reasons[$key]-} ]]; then
        printf '  %-7s %s\n' "$name" "${reasons[$key]}"
        return
    fi
    # shellcheck disable=SC2086 # each word is a figure
    mapfile -t sorted < <(printf '%s\n' ${times[$key]} | sort -n)
    median[$key]=${sorted[${#sorted[@]} / 2]}
    for ((length = 1000000; length <= median[$key] * 1000; length = length * 11548 / 10000)); do
        bar+='#' # 1.1548 is the 16th root of 10
    done
    sorted=("$(hundredths "${median[$key]}")" "$(hundredths "${sorted[0]}")" \
        "$(hundredths "${sorted[-1]}")")
    spread="(${sorted[1]} - ${sorted[2]})"
    printf '  %-7s %7s  %-18s %s\n' "$name" "${sorted[0]}" "$spread" "$bar"
    keep "$1" "$name" "$3" "${sorted[@]}"
}

# ratio KEY BASE TEXT: ", x 1.23 TEXT", or nothing where one was not measured.
ratio() {
    local value=${median[$1]-} base=${median[$2]-}
    [[ -z $value || -z $base ]] || echo ", x $(hundredths $((value * 1000 / base))) $3"
}

