# shellcheck shell=bash disable=SC2034,SC2154 # sourced by compare.sh
dim=''
slurp() { IFS= read -r -d "" text <"$1" || true; }
trace() {
    local -A client=() to=() from=() # each chapter's client and the pipes to and from it
    local -A shown=()                # how many lines of each log were shown
    local chapter fd
    title "trace: what each loop sees. The same client acts on all three; their logs, step by step"
    note "between two columns | marks lines that differ, : only by a number, < > that one has none"
    for chapter in "${chapters[@]}"; do
        LOG_LEVEL=DEBUG start "$chapter"
        shown[$chapter]=1
        mkfifo "$tmp/$chapter.to" "$tmp/$chapter.from"
    done
    for chapter in "${chapters[@]}"; do # all servers run: they inherit none of these pipes
        scripts/test/client "${ports[$chapter]}" <"$tmp/$chapter.to" >"$tmp/$chapter.from" \
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
        finish "$chapter"
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
                stop) kill -s STOP "${pids[$chapter]}" && wait_for is_stopped "${pids[$chapter]}" ;;
                continue) kill -s CONT "${pids[$chapter]}" ;;
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
        wait_for has_logged "$chapter" "$pattern" || die "$chapter does not log '$pattern'"
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
    mapfile -t -s "${shown[$1]}" lines <"$tmp/$1.log"
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

