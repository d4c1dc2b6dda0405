# shellcheck shell=bash disable=SC2034,SC2154 # sourced by compare.sh
hundredths() { printf '%d.%02d' $(($1 / 1000)) $(($1 % 1000 / 10)); }
slurp() { IFS= read -r -d '' text <"$1" || true; }
calls() {
    local -A count=() # of "CHAPTER CONNECTIONS CALL"
    local echoes=1000 busy chapter kind number text
    title "calls: what each server asks of the kernel for the same $echoes echoes, by strace"
    if ! command -v strace >"$tmp/why"; then
        echo "skipped: strace is not installed (apt-get install strace)"
        return
    elif ! strace -o "$tmp/calls" true 2>"$tmp/why"; then
        problem "strace can't trace here: $(head -n 1 "$tmp/why")"
        return
    fi
    for busy in 1 50; do
        for chapter in "${chapters[@]}"; do
            progress "calls: $chapter, connections: $busy"
            : >"$tmp/calls"
            start "$chapter" strace -D -c -o "$tmp/calls"
            load echo "${ports[$chapter]}" "${pids[$chapter]}" "$busy" 0 64 $((echoes - busy)) 20 ||
                die "$chapter: $(<"$tmp/why")"
            wait_for has_lost "$chapter" "$busy" || die "$chapter does not notice that clients left"
            finish "$chapter"
            wait_for is_counted || die "strace has counted nothing"
            read_counts "$chapter $busy"
            ((count["$chapter $busy send"] == echoes)) || problem "$chapter: not one send per echo"
        done
    done
    progress
    printf '%-13s %14s %38s\n' '' '1 connection' '50 connections'
    printf '%-13s %13s %13s %13s %13s %13s %13s' 'calls (/echo)' \
        select poll epoll select poll epoll
    for kind in wait recv send epoll_ctl other; do
        printf '\n%-13s' "$kind"
        for busy in 1 50; do
            for chapter in "${chapters[@]}"; do
                number=${count["$chapter $busy $kind"]-0}
                text=$(hundredths $((number * 1000 / echoes)))
                printf ' %13s' "$number ($text)"
                keep "calls-$busy" "${chapter#*-}" "$kind" "$number"
            done
        done
    done
    echo
    note "wait is select, poll or epoll_wait: one serves all that is ready, so 50 connections share it."
    note "recv: one an echo, and one a connection for its end. other: start, accept, close, log."
    note "epoll_ctl is epoll's price: a call to watch a connection, one to forget it, none an echo."
}
has_lost() {
    local lines line lost=0
    mapfile -t lines <"$tmp/$1.log"
    for line in "${lines[@]}"; do
        [[ $line != *'Lost connection'* ]] || lost=$((lost + 1))
    done
    ((lost == $2))
}
is_counted() {
    local text
    slurp "$tmp/calls"
    [[ $text == *total* ]]
}
read_counts() {
    local fields kind
    while read -ra fields; do
        case ${fields[-1]-} in
            *select* | *poll | ppoll* | epoll_*wait*) kind='wait' ;;
            recv | recvfrom) kind=recv ;;
            send | sendto) kind=send ;;
            epoll_ctl) kind=epoll_ctl ;;
            total | syscall | ---*) continue ;;
            *) kind=other ;;
        esac
        count["$1 $kind"]=$((${count["$1 $kind"]-0} + fields[3]))
    done <"$tmp/calls"
}

