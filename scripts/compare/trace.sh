# shellcheck shell=bash disable=SC2154 # sourced by compare.sh
# One client's steps, and what each loop asks and is answered: each server runs under the recorder,
# watch.c, and trace.awk puts their records side by side.

# turn HEADING STEP...: is over when the server has done something, and is asleep in its next wait.
turn() {
    heading "$1"
    step "${@:2}" || die "$chapter: no answer"
    wait_for reaction "$chapter" "$1"
}
heading() { echo "= $1" >>"$tmp/$chapter"; } # for trace.awk
reaction() {
    in_state S && awk '/^= / { n = 0 } !/^= |nothing/ { n++ } END { exit !n }' "$tmp/$chapter"
}

play() {
    turn 'a connects' 'open a'
    turn 'a sends a line' 'send a ping\n' 'expect a ping\n'
    turn 'a sends three lines at once: one event, one recv (TCP keeps no borders)' \
        'send a one\ntwo\nthree\n' 'expect a one\ntwo\nthree\n'
    turn 'b connects and sends' 'open b' 'send b hi\n' 'expect b hi\n'
    turn 'b resets its connection: recv names the error, select has no bit for it' 'reset b'
    turn $'c sends and does not read, until nothing fits (repeats are left out)\trecv.*all\trecv.*part' \
        'small c' 'fill c'
    turn 'a sends a line: c is only asked about room for output, and holds up nobody' \
        'send a ping\n' 'expect a ping\n'
    turn $'c reads it all: the rest is sent, and input is watched again\t(OUT|w.*).*all' 'drain c'
    turn 'a sends its last line and half-closes: the echo still arrives' \
        'send a bye\n' 'shut a' 'expect a bye\n' 'eof a'
    for idle in {d..m}; do turn '' "open $idle"; done
    turn 'ten clients have come and are idle. c sends a line' 'send c ping\n' 'expect c ping\n'
    heading 'Ctrl-Z: the server is stopped, the kernel still takes what c sends. fg: on'
    kill -s STOP "$server"
    wait_for in_state T
    step 'send c zzz\n'
    kill -s CONT "$server"
    step 'expect c zzz\n'
    wait_for reaction "$chapter" fg
    heading '' # what the end brings is not shown
}

title "trace: what each loop asks, and what it is answered, for the same client"
note "A line is a call that the server makes -> what it was answered."
note "asked, ready: how many descriptors went into a wait, and how many came out."
note "poll asks for IN where nothing is named; select's w{} is its set for output."
for chapter in "${chapters[@]}"; do
    recorded "$chapter"
    start_client
    play
    finish "$chapter"
done
awk -f scripts/compare/trace.awk "${chapters[@]/#/$tmp/}" | sed 's/ *$//'
note "Waits that timed out are left out: they depend on when the client acts."
note "epoll's clients have numbers one higher: its epoll instance is a descriptor."
note "Ctrl-Z and fg interrupt epoll_wait alone: 03-epoll/traps/interrupted."
