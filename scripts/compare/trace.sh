# shellcheck shell=bash disable=SC2034,SC2154 # sourced by compare.sh
# One client's steps, and what each loop asks and is answered: the servers run under the recorder,
# watch.c, and trace.awk puts their records side by side.
trace() {
    local -A client=() to=() from=()
    local chapter idle in out
    title "trace: what each loop asks, and what it is answered, for the same client"
    note "A line is a call that the server makes -> what it was answered."
    note "asked, ready: how many descriptors went into a wait, and how many came out."
    note "poll asks for IN where nothing is named; select's w{} is its set for output."
    for chapter in "${chapters[@]}"; do
        recorded "$chapter"
        mkfifo "$tmp/$chapter.to" "$tmp/$chapter.from"
        scripts/test/client "${ports[$chapter]}" <"$tmp/$chapter.to" >"$tmp/$chapter.from" 2>"$tmp/$chapter.why" &
        client[$chapter]=$!
    done
    for chapter in "${chapters[@]}"; do # all run: nobody inherits these pipes
        exec {in}<>"$tmp/$chapter.to" {out}<>"$tmp/$chapter.from"
        to[$chapter]=$in from[$chapter]=$out
    done
    step 'a connects' 'accept [0-9]+ -> [0-9]' 'open a'
    step 'a sends a line' send 'send a ping\n' 'expect a ping\n'
    step 'a sends three lines at once: one event, one recv (TCP keeps no borders)' \
        send 'send a one\ntwo\nthree\n' 'expect a one\ntwo\nthree\n'
    step 'b connects and sends' send 'open b' 'send b hi\n' 'expect b hi\n'
    step 'b resets its connection: recv names the error, select has no bit for it' close 'reset b'
    step $'c sends and does not read, until nothing fits (repeats are left out)\trecv.*all\trecv.*part' \
        'send.* of ' 'small c' 'fill c'
    step 'a sends a line: c is only asked about room for output, and holds up nobody' \
        send 'send a ping\n' 'expect a ping\n'
    step $'c reads it all: the rest is sent, and input is watched again\t(OUT|w.*).*all' \
        send 'drain c'
    step 'a sends its last line and half-closes: the echo still arrives' \
        close 'send a bye\n' 'shut a' 'expect a bye\n' 'eof a'
    for idle in {d..m}; do step '' 'accept [0-9]+ -> [0-9]' "open $idle"; done
    step 'ten clients have come and are idle. c sends a line' send 'send c ping\n' 'expect c ping\n'
    step 'Ctrl-Z: the server is stopped, the kernel still takes what c sends. fg: on' \
        send stop 'send c zzz\n' continue 'expect c zzz\n'
    step '' '' # what the end brings is not shown
    awk -f scripts/compare/trace.awk "${chapters[@]/#/$tmp/}"
    note "Waits that timed out are left out: they depend on when the client acts."
    note "epoll's clients have numbers one higher: its epoll instance is a descriptor."
    note "Ctrl-Z and fg interrupt epoll_wait alone: 03-epoll/traps/interrupted."
    for chapter in "${chapters[@]}"; do
        in=${to[$chapter]} out=${from[$chapter]}
        exec {in}>&- {out}>&-
        wait "${client[$chapter]}" || problem "$chapter: $(<"$tmp/$chapter.why")"
        finish "$chapter"
    done
}

# step HEADING PATTERN ACTION...: is over when the clients have done all, each record has PATTERN, and
# each server is asleep in its next wait. HEADING goes into the records, for trace.awk.
step() {
    local pattern=$2 action chapter
    for chapter in "${chapters[@]}"; do printf '= %s\n' "$1" >>"$tmp/$chapter"; done
    for action in "${@:3}"; do
        for chapter in "${chapters[@]}"; do act "$chapter" "$action"; done
    done
    for chapter in "${chapters[@]}"; do
        wait_for is_done "$chapter" || die "$chapter: no '$pattern' in its record"
    done
}
act() {
    case $2 in
        stop) kill -s STOP "${pids[$1]}" && wait_for in_state T "$1" ;;
        continue) kill -s CONT "${pids[$1]}" ;;
        *)
            printf '%s\n' "$2" >&"${to[$1]}"
            read -r -t 15 <&"${from[$1]}" || die "$1: no answer: $2: $(<"$tmp/$1.why")"
            ;;
    esac
}
in_state() {
    local text
    IFS= read -r text <"/proc/${pids[$2]}/stat" && [[ $text == *") $1 "* ]]
}
is_done() { # what came after the heading of this step
    local text
    IFS= read -r -d '' text <"$tmp/$1" || text=${text##*= }
    [[ ${text#*$'\n'} =~ $pattern ]] && in_state S "$1"
}
