#!/usr/bin/env bash
# compare.sh - the three servers side by side. See usage() below.
# shellcheck disable=SC2317 # the parts are called by their names
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/compare.sh [--quick] [--tsv FILE] [PART...]
  trace    what each loop sees: one client's steps, three logs
  events   what each call reports for the same happening
  calls    what each server asks of the kernel (needs strace)
  cost     what an echo costs in CPU time, beside idle connections and with all busy
  limits   where each ends: many clients, few descriptors
Without a PART all of them, in less than a minute. --quick: fewer and shorter measurements, in a
quarter of that. --tsv FILE: keep the figures too. All traffic stays on loopback addresses.
Status 0: all that is shown was measured and as it should be; 1: something was not; 2: wrong use.
END
}

command="scripts/compare.sh $*"
parts=() tsv='' rounds=5 seconds=0.25 idle_counts=(0 100 1000 10000)
while (($# > 0)); do
    case $1 in
        -h | --help) usage && exit ;;
        --quick) rounds=3 seconds=0.05 idle_counts=(0 100 1000) ;;
        --tsv)
            tsv=$(realpath -- "${2-}") || exit 2
            if [[ ! -w $tsv && ( -e $tsv || ! -w ${tsv%/*}/ ) ]]; then
                echo "compare.sh: can't write $tsv" >&2 && exit 2
            fi
            shift
            ;;
        trace | events | calls | cost | limits) parts+=("$1") ;;
        *) usage >&2 && exit 2 ;;
    esac
    shift
done
((${#parts[@]} > 0)) || parts=(trace events calls cost limits)
cd "$(dirname "$0")/.."
for fd in /proc/self/fd/*; do # what we inherited would take the servers' numbers
    fd=${fd##*/}
    if ((fd > 2)) && [[ ! /proc/self/fd/$fd -ef scripts/compare.sh ]]; then exec {fd}>&-; fi
done

chapters=(01-select 02-poll 03-epoll)
status=0
tmp=''
declare -A pid port log # of each chapter's server

# Ends whatever was started here and still runs. A stopped server would not hear of its end.
cleanup() {
    local signal i running
    trap '' HUP INT TERM
    mapfile -t running <<<"$(jobs -pr)"
    for signal in TERM KILL; do
        kill -s "$signal" "${running[@]}" || true
        kill -s CONT "${running[@]}" || true
        for ((i = 0; i < 200; i++)); do
            kill -s 0 "${running[@]}" || break 2
            sleep 0.01
        done
    done 2>/dev/null
    rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
tmp=$(mktemp -d)

bold='' dim='' plain='' columns=${COLUMNS:-100}
if [[ -t 1 ]]; then
    columns=$(stty size </dev/tty) || columns=100
    [[ -n ${NO_COLOR-} ]] || bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[m'
fi
((${columns##* } >= 100)) ||
    echo "compare.sh: the tables are 100 columns wide, this terminal ${columns##* }: widen it" >&2

title() { printf '\n%s\n' "$bold== $1$plain"; }
# How to read it: one remark, in one line or more.
note() {
    printf -- '-> %s\n' "$1"
    (($# == 1)) || printf '   %s\n' "${@:2}"
}
progress() { [[ ! -t 2 ]] || printf '\r\e[K%s' "${1-}" >&2; }
problem() {
    progress
    printf '!! %s\n' "$*"
    status=1
}
die() {
    progress
    printf 'compare.sh: %s\n' "$*" >&2
    exit 1
}
# keep PART SERIES X VALUE [LOW HIGH]: a line of the figures.
keep() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${5-$4}" "${6-$4}" >>"$tmp/tsv"; }
commas() { [[ $1 =~ ^(.+)(...)$ ]] && echo "${BASH_REMATCH[1]},${BASH_REMATCH[2]}" || echo "$1"; }
# hundredths N: N thousandths as a decimal.
hundredths() { printf '%d.%02d' $(($1 / 1000)) $(($1 % 1000 / 10)); }

# await COMMAND...: until it succeeds; 10 seconds at most.
await() {
    local i
    for ((i = 0; i < 1000; i++)); do
        if "$@"; then return 0; fi
        sleep 0.01
    done
    return 1
}

# start CHAPTER LEVEL [COMMAND...]: its server, on a free port; COMMAND is what runs it.
start() {
    local chapter=$1 level=$2
    shift 2
    log[$chapter]=$tmp/$chapter.log port[$chapter]=''
    : >"${log[$chapter]}"
    LOG_LEVEL=$level "$@" "./$chapter/server" 0 2>"${log[$chapter]}" &
    pid[$chapter]=$!
    await listens_or_ended "$chapter" || true
    [[ -n ${port[$chapter]} ]] || die "$chapter/server does not start: $(<"${log[$chapter]}")"
}
# Bash 5.2 may lose a Ctrl-C that comes while it parses a "$(": no loop that waits has one.
slurp() { IFS= read -r -d '' text <"$1" || true; }
listens_or_ended() {
    local text
    slurp "${log[$1]}"
    if [[ $text =~ 'Listening on '[0-9.]+:([0-9]+) ]]; then
        port[$1]=${BASH_REMATCH[1]}
    elif kill -0 "${pid[$1]}" 2>/dev/null; then
        return 1
    fi
}
stop() {
    kill "${pid[$1]}" 2>/dev/null || true
    wait "${pid[$1]}" || problem "$1/server ended with status $?: $(tail -n 1 "${log[$1]}")"
}

# load ARGUMENT...: its answer in $answer. In the background: bash hears of Ctrl-C in a wait.
load() {
    scripts/compare/load "$@" >"$tmp/answer" 2>"$tmp/why" &
    wait $! && read -ra answer <"$tmp/answer"
}

# --- trace

trace() {
    local -A client=() to=() from=() # each chapter's client and the pipes to and from it
    local -A shown=()                # how many lines of each log were shown
    local chapter fd
    title "trace: what each loop sees. The same client acts on all three; their logs, step by step"
    note "between two columns | marks lines that differ, : only by a number, < > that one has none"
    for chapter in "${chapters[@]}"; do
        start "$chapter" DEBUG
        shown[$chapter]=1
        mkfifo "$tmp/$chapter.to" "$tmp/$chapter.from"
    done
    for chapter in "${chapters[@]}"; do # all servers run: they inherit none of these pipes
        scripts/test/client "${port[$chapter]}" <"$tmp/$chapter.to" >"$tmp/$chapter.from" \
            2>"$tmp/$chapter.why" &
        client[$chapter]=$!
        exec {fd}<>"$tmp/$chapter.to"
        to[$chapter]=$fd
        exec {fd}<>"$tmp/$chapter.from"
        from[$chapter]=$fd
    done
    printf "$bold%-26s   %-34s   %s$plain\n" "${chapters[@]}"
    step 'a connects' 'connection' 'open a'
    step 'a sends a line' 'data' 'send a ping\n' 'expect a ping\n'
    step 'a sends three lines at once: one event, one recv; TCP keeps no borders of messages' \
        'data' 'send a one\ntwo\nthree\n' 'expect a one\ntwo\nthree\n'
    step 'b connects and sends' 'data.*hi' 'open b' 'send b hi\n' 'expect b hi\n'
    step 'c sends without reading, until nothing fits: its echo is kept, input no longer watched' \
        'Keep' 'small c' 'fill c'
    step 'c reads it all and sends a line: output was watched until the kept bytes were gone' \
        'Drained.*done' 'drain c' 'send c done\n' 'expect c done\n'
    step 'a sends its last line and half-closes: the echo still arrives' \
        'empty|bye from' 'send a bye\n' 'shut a' 'expect a bye\n' 'eof a'
    step 'b resets its connection: recv() names the error, select has no bit for it' \
        'Lost' 'reset b'
    step 'Ctrl-Z: the server is stopped, the kernel still takes what c sends; fg: it goes on' \
        'zzz' stop 'send c zzz\n' continue 'expect c zzz\n'
    note "epoll's clients start one descriptor higher: the epoll instance is a descriptor itself."
    note "select tells only which descriptor is ready: no line of events; poll and epoll tell for what."
    note "(xN): N lines, alike but for sizes. N varies: what fits at once depends on buffers and time."
    note "Ctrl-Z and fg interrupt epoll_wait (EINTR), not the others. The loop waits again: no line" \
        "tells of it, but 03-epoll/traps/interrupted shows it."
    for fd in "${to[@]}" "${from[@]}"; do exec {fd}>&-; done
    for chapter in "${chapters[@]}"; do
        wait "${client[$chapter]}" || problem "$chapter: $(<"$tmp/$chapter.why")"
        stop "$chapter"
    done
}

# step HEADING PATTERN ACTION...: is over when the clients have done all and each log has PATTERN.
step() {
    local pattern=$2 action chapter answered lines key
    local -A cells=() # of each "CHAPTER KIND N": the N-th line of its kind
    local order=()    # of "KIND N"
    printf '%s\n' "$bold-- $1$plain"
    for action in "${@:3}"; do
        for chapter in "${chapters[@]}"; do
            case $action in
                stop) kill -s STOP "${pid[$chapter]}" && await is_stopped "${pid[$chapter]}" ;;
                continue) kill -s CONT "${pid[$chapter]}" ;;
                *) printf '%s\n' "$action" >&"${to[$chapter]}" ;;
            esac
        done
        [[ $action != stop && $action != continue ]] || continue
        for chapter in "${chapters[@]}"; do
            read -r -t 15 answered <&"${from[$chapter]}" || answered='no answer'
            [[ $answered == "$action" ]] || die "$chapter: $(<"$tmp/$chapter.why")"
        done
    done
    for chapter in 02-poll 01-select 03-epoll; do # poll first: its log has every kind, in order
        await has_logged "$chapter" "$pattern" || die "$chapter does not log '$pattern'"
        collect "$chapter"
    done
    for key in "${order[@]}"; do
        row "${cells["01-select $key"]-}" "${cells["02-poll $key"]-}" "${cells["03-epoll $key"]-}"
    done
}
is_stopped() {
    local text
    slurp "/proc/$1/stat"
    [[ $text == *') T '* ]]
}
has_logged() {
    mapfile -t -s "${shown[$1]}" lines <"${log[$1]}"
    [[ "${lines[*]}" =~ $2 ]]
}

# collect CHAPTER: its new $lines become $cells. Where messages are large, lines that differ by a
# size only, or not at all, become one with their number.
collect() {
    local line text kind shape key long_data='^(Receive data[^:]*:)((\\x..|\\.|.){2}).*(\.\.\. .*)$'
    local -A count=() times=() keys=()
    shown[$1]=$((shown[$1] + ${#lines[@]}))
    for line in "${lines[@]}"; do
        text=${line#* - * - * - }
        case $text in
            'New connection'* | 'Register '*) kind=connection ;;
            'Receive data'*) kind=data ;;
            'Receive '*) kind=end ;;
            *) kind=${text%% *} ;;
        esac
        if [[ $text =~ $long_data ]]; then
            text=${BASH_REMATCH[1]}${BASH_REMATCH[2]}${BASH_REMATCH[4]}
        fi
        shape=$text
        if [[ $text =~ [0-9]+\ bytes ]]; then
            shape=${text%%:*}${text#*"${BASH_REMATCH[0]}"}
        fi
        key=${keys[$shape]-}
        if [[ -z $key || "${lines[*]}" != *' bytes'* ]]; then
            count[$kind]=$((${count[$kind]-0} + 1))
            key="$kind ${count[$kind]}"
            keys[$shape]=$key cells["$1 $key"]=$text
            [[ " ${order[*]} " == *" $key "* ]] || order+=("$key")
        fi
        times[$key]=$((${times[$key]-0} + 1))
    done
    for key in "${!times[@]}"; do
        ((times[$key] == 1)) || cells["$1 $key"]+=" (x${times[$key]})"
    done
}

# row CELL CELL CELL: each wrapped in its column; what says the same as its left neighbour is dim.
row() {
    local widths=(26 34 34) styles=('' '' '') signs=('' ' ' ' ') i line height=0 text cut out
    local -A wrapped=()
    for i in 0 1 2; do
        text=${*:i+1:1} line=0
        ((i == 0)) || compare "${*:i:1}" "$text"
        while ((${#text} > widths[i])); do
            cut=${text:0:widths[i]}
            [[ ! $cut =~ ^(.{9,}[ :])[^\ :]*$ ]] || cut=${BASH_REMATCH[1]}
            text=${text:${#cut}}
            wrapped[$i,$((line++))]=$cut text="  ${text# }"
        done
        wrapped[$i,$((line++))]=$text
        ((line <= height)) || height=$line
    done
    for ((line = 0; line < height; line++)); do
        out=''
        for i in 0 1 2; do
            printf -v text '%-*s' "${widths[i]}" "${wrapped[$i,$line]-}"
            out+=${signs[i]:+ ${signs[i]} }${styles[i]}$text${styles[i]:+$plain}
        done
        printf '%s\n' "${out%"${out##*[! ]}"}"
        signs=('' ' ' ' ')
    done
}
# compare LEFT RIGHT: the sign between the two; sets the style of the right one.
compare() {
    local left=${1% (x*} right=${2% (x*}
    if [[ $left == "$right" ]]; then
        styles[i]=$dim
    elif [[ -z $left ]]; then
        signs[i]='>'
    elif [[ -z $right ]]; then
        signs[i]='<'
    elif [[ ${left//[0-9]/} == "${right//[0-9]/}" ]]; then
        signs[i]=':'
    else
        signs[i]='|'
    fi
}

# --- events

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

# --- calls

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
            start "$chapter" INFO strace -D -c -o "$tmp/calls"
            load echo "${port[$chapter]}" "${pid[$chapter]}" "$busy" 0 64 $((echoes - busy)) 20 ||
                die "$chapter: $(<"$tmp/why")"
            await has_lost "$chapter" "$busy" || die "$chapter does not notice that clients left"
            stop "$chapter"
            await is_counted || die "strace has counted nothing"
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
    mapfile -t lines <"${log[$1]}"
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

# --- cost

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
        pid[floor]=$!
        await test -s "$tmp/floor" || die "the floor does not start"
        port[floor]=$(<"$tmp/floor")
    else
        start "$2" INFO
    fi
    if load echo "${port[$2]}" "${pid[$2]}" "$4" "$5" "$size" 100000000 "$seconds"; then
        times[$key]+="${answer[1]} "
    else
        reasons[$key]="not measured: $(<"$tmp/why")"
        status=1
        [[ $2 != floor ]] || kill "${pid[floor]}" || true
    fi
    if [[ $2 == floor ]]; then
        wait "${pid[floor]}" || true # it ends when its clients have left
    else
        stop "$2"
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

# --- limits

limits() {
    local hard
    hard=$(ulimit -Hn)
    title "limits: where each ends. All clients connect at the same moment and send a message"
    if [[ $hard != unlimited ]] && ((hard < 4096)); then
        problem "1,100 clients are impossible here: ulimit -Hn is $hard and must be 4096 at least"
    else
        crowd limit-1100 1100 4096
        note "select's sets end at FD_SETSIZE, 1,024, whatever ulimit -n says. The server refuses the" \
            "rest: FD_SET would write behind the set. poll and epoll end where ulimit -n ends:"
    fi
    crowd limit-64 100 64
    note "accept() fails while no descriptor is free. The other clients wait in the backlog, where the" \
        "kernel has connected them, and the loop looks away: a level-triggered wait would spin." \
        "When the first leave there is room, and the next are served: nobody was lost."
}

# crowd PART CLIENTS DESCRIPTORS: all three servers at the same time.
crowd() {
    local chapter name fields warnings line
    local -A clients=()
    echo "$(commas "$2") clients, ulimit -n $(commas "$3")"
    printf '  %-7s %9s %9s %9s   %s\n' '' served closed waiting 'served when the first had left'
    progress "limits: $2 clients"
    for chapter in "${chapters[@]}"; do
        # shellcheck disable=SC2016 # that bash expands it
        start "$chapter" INFO bash -c 'ulimit -n "$1" && shift && exec "$@"' - "$3"
        scripts/compare/load crowd "${port[$chapter]}" "$2" >"$tmp/$chapter.crowd" 2>"$tmp/$chapter.why" &
        clients[$chapter]=$!
    done
    for chapter in "${chapters[@]}"; do
        name=${chapter#*-} warnings=()
        wait "${clients[$chapter]}" || problem "$name: $(<"$tmp/$chapter.why")"
        read -ra fields <"$tmp/$chapter.crowd" || fields=(0 0 0)
        progress
        printf '  %-7s %9s %9s %9s   %s\n' "$name" "${fields[@]:0:3}" "${fields[3]--}"
        while IFS= read -r line; do
            [[ $line != *' - WARNING - '* ]] || warnings+=("${line#* - * - }")
        done <"${log[$chapter]}"
        ((${#warnings[@]} == 0)) || echo "      log: ${warnings[0]} (x${#warnings[@]})"
        keep "$1" "$name" served "${fields[0]}"
        keep "$1" "$name" closed "${fields[1]}"
        keep "$1" "$name" waiting "${fields[2]}"
        keep "$1" "$name" later "${fields[3]-0}"
        ((fields[0] + fields[1] + ${fields[3]-0} == $2)) || problem "$name: not all had an answer"
        [[ $name == select ]] || ((fields[1] == 0)) || problem "$name has closed connections"
        stop "$chapter"
    done
}

# --- all of it

make -s "${chapters[@]/%//server}" scripts/test/client scripts/compare/load 02-poll/traps/what-poll-says >&2 ||
    die "can't build the programs"
# Neither select's server nor strace raises it. Where it can't be so high, the parts say what lacks.
ulimit -Sn 4096 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
printf 'part\tseries\tx\tvalue\tlow\thigh\n' >"$tmp/tsv"
keep about machine '' "$(machine)" '' ''
keep about date '' "$(date +%F)" '' ''
keep about command '' "$command" '' ''
for part in "${parts[@]}"; do
    "$part"
done
if [[ -n $tsv ]]; then
    cp "$tmp/tsv" "$tsv"
fi
exit "$status"
