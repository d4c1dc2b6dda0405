# compare.sh in its quick form, and the client that it measures with.
load ../test/helper.bash

setup() {
    export TMPDIR=$BATS_TEST_TMPDIR # what is left behind is found here
    cd "$ROOT"
}

compare() {
    run -"${expected:-0}" "$ROOT/scripts/compare.sh" --quick "$@" 3>&-
    [ -z "$(find "$TMPDIR" -maxdepth 1 -name 'tmp.*')" ]
    [ -z "$(awk 'length > 80' <<<"$output")" ]
}
# kept REGEX: the values that --tsv has kept, of the rows "PART SERIES X" that match.
kept() { awk -F '\t' -v rows="$1" '$1 " " $2 " " $3 ~ rows { printf "%s ", $4 }' "$TMPDIR/kept"; }

@test "trace: every step in three columns, aligned, at 80 columns" {
    compare trace
    [ "$(grep -c '^-- ' <<<"$output")" -eq 11 ]
    rows=$(sed '1,/^select  *poll  *epoll$/d; /^-- /d; /^->/,$d' <<<"$output")
    for column in 1-26 28-53 55-80; do # each has every kind of call, and a wait's counts below it
        cells=$(cut -c "$column" <<<"$rows" | sed 's/ *$//')
        [ "$(grep -A 1 -E '^(select|poll|epoll_wait) ' <<<"$cells" | grep -c '^  asked')" -ge 13 ]
        for once in 'send . -> a part' 'recv . -> ECONNRESET' 'accept 3 -> 5' 'recv [45] -> 0 bytes'; do
            [ "$(grep -cx "$once" <<<"$cells")" -eq 1 ]
        done
    done
    [ -z "$(cut -c 27,54 <<<"$rows" | tr -d ' \n')" ]
    grep -q '^  asked 12, ready 1 .*  asked 12, ready 1 .*  asked 0, ready 1' <<<"$rows"
    [ "$(grep -cx 'select {3 4 ... 14} -> {5} poll 3 4 ... 14 -> 5:IN    epoll_wait -> 6:IN' <<<"$rows")" -eq 2 ]
    grep -qx 'select {3 4} w{5} -> {4} * poll 3 4 5:OUT -> 4:IN * epoll_wait -> 5:IN' <<<"$rows"
    [[ $output != *'did not happen'* ]]
}

@test "calls: one recv and one send an echo; what is asked and copied" {
    compare --tsv "$TMPDIR/kept" calls
    [ "$(kept ' send$')" = "$(kept ' recv$')" ]
    [ "$(kept ' send$')" = '1000 1000 1000 1000 1000 1000 1000 1000 1000 ' ]
    [ "$(kept epoll_ctl)" = '0 0 2 0 0 51 0 0 151 ' ]
    [ "$(kept asked)" = '2 2 0 51 51 0 151 151 0 ' ]
    [ "$(kept 'bytes in')" = '16 40 0 16 432 0 48 1232 0 ' ]
    for x in wait asked 'bytes out'; do # what is shown
        [ "$(grep "^  $x " <<<"$output" | sed "s/$x//" | tr -s ' ')" = " $(kept "$x" | sed 's/ $//')" ]
    done
}

@test "events: the table is the trap's" {
    compare events
    diff <(sed -n '/^scene/,/^measured/p' <<<"$output") \
        <("$ROOT/02-poll/traps/what-poll-says" | sed -n '/^scene/,/^measured/p')
    [ "$(grep -c '^scene' <<<"$output")" -eq 1 ]
}

@test "cost: a bar for each, and --tsv holds what is shown" {
    need_descriptors 4096
    compare --tsv "$TMPDIR/kept" cost
    [ "$(grep -cE '^  (select|poll|epoll|threads) +[0-9.]+  \([0-9.]+ - [0-9.]+\) .* (#+|\|)$' <<<"$output")" -eq 12 ]
    diff <(sed -nE 's/^  ([a-z]+) +([0-9.]+)  \(([0-9.]+) - ([0-9.]+)\) .*/\1 \2 \3 \4/p' <<<"$output" | sort) \
        <(awk '/^cost/ { print $2, $4, $5, $6 }' "$TMPDIR/kept" | sort)
    [ "$(head -n 1 "$TMPDIR/kept")" = $'part\tseries\tx\tvalue\tlow\thigh' ]
    [ "$(awk -F'\t' 'NF != 6' "$TMPDIR/kept")" = '' ]
    [[ $(kept 'memory threads 1000') =~ ^[1-9][0-9]\. ]] # MiB
}

# rows: what cost.awk makes of lines "SERVER VALUE LOW HIGH".
rows() {
    awk '{ print "cost-idle", $1, 0, $2, $3, $4 }' OFS='\t' | awk -f "$ROOT/scripts/compare/cost.awk"
}

@test "cost: a ratio only outside of the spread, bars by the factor, Markdown from the same rows" {
    run -0 rows <<<$'epoll 5 4.9 5.1\npoll 50 49 51\nselect 5.1 4.8 5.2\nthreads 10 8 12'
    [[ ${lines[5]} =~ ^\ \ select\ .*\ same\ +###$ ]]
    [[ ${lines[6]} =~ ^\ \ poll\ .*\ x\ 10\.0\ +#{30}$ ]]
    [[ ${lines[7]} =~ ^\ \ epoll\ .*[^a-z]###$ ]]
    [[ ${lines[8]} =~ ^\ \ threads\ .*\ x\ \>\ 1\.6\ +######$ ]] # 8 against 5.1: at least
    run -0 rows <<<$'epoll 5 4 6\npoll 500 400 600\nselect 5.5 5 5.6\nthreads - why'
    [[ ${lines[5]} =~ \ noisy\ +\|$ ]]
    [[ ${lines[6]} =~ \ x\ \>\ 66\.7\ +#{30}$ ]]
    [[ ${lines[8]} == '  threads  why' ]]
    run -0 awk -v markdown=cost-idle -f "$ROOT/scripts/compare/cost.awk" "$ROOT/docs/figures/cost.tsv"
    [ "${#lines[@]}" -eq 6 ]
    [[ ${lines[2]} =~ ^'| select |'(\ [0-9.]+\ \|){3}\ -\ \|$ ]]
}

@test "limits: select refuses, poll and epoll serve all, those that wait are served later" {
    need_descriptors 4096
    compare --tsv "$TMPDIR/kept" limits
    [ "$(kept 'limit-1100 select')" = '1020 80 0 0 ' ]
    [ "$(kept 'limit-1100 .*poll')" = '1100 0 0 0 1100 0 0 0 ' ]
    [ "$(kept 'limit-64 epoll')" = '59 0 41 41 ' ]
    [[ $output == *"its log: Can't watch fd 1024: select's sets end at FD_SETSIZE, 1024"* ]]
    [ "$(grep -c "its log: Can't accept" <<<"$output")" -eq 3 ]
}

@test "figures: without gnuplot nothing is measured; what is there is replaced last" {
    copy_tree "$TMPDIR/copy"
    mkdir "$TMPDIR/bin"
    for tool in sh bash make cat; do ln -s "$(command -v "$tool")" "$TMPDIR/bin/$tool"; done
    PATH=$TMPDIR/bin run make figures
    [[ $output == *'gnuplot is not installed; nothing was measured'* ]]
    printf '#!/bin/sh\nexit 3\n' >"$TMPDIR/bin/gnuplot" # it ends with an error
    printf '#!/bin/sh\necho new >"$2"\n' >scripts/compare.sh
    chmod +x "$TMPDIR/bin/gnuplot"
    PATH=$TMPDIR/bin:$PATH run make figures
    [ "$status" -eq 2 ]
    diff -r docs/figures "$ROOT/docs/figures"
}

@test "a limit of descriptors that is too low is told, and the status is 1" {
    ulimit -n 600
    expected=1 compare limits cost
    [[ $output == *'1,100 clients are impossible here: ulimit -Hn is 600'* ]]
    [[ $output == *"not measured: client: crowd 1000: $(words_of EMFILE)"* ]]
}

@test "a server that does not start, or answers wrongly, is told, and the status is 1" {
    need_descriptors 4096
    copy_tree "$TMPDIR/copy"
    printf '#!/bin/sh\necho oh no >&2\n' >02-poll/server
    run -1 scripts/compare.sh --quick trace 3>&-
    [[ $output == *'02-poll/server does not start: oh no'* ]]
    rm 02-poll/server
    sed -i 's/= recv(events_fd, buffer, .*;/& buffer[0] ^= 1;/' 03-epoll/server.c
    run -1 scripts/compare.sh --quick cost 3>&-
    [ "$(grep -c 'epoll    not measured: client: crowd .*: a wrong byte came back' <<<"$output")" -eq 3 ]
}

@test "the starter: an early end is told, a server that is stopped ends, too" {
    run -3 serve "$TMPDIR/log" sh -c 'echo oh no >&2; exit 3'
    [ "$output" = 'does not start: oh no' ]
    run -99 serve "$TMPDIR/log" true
    serve "$TMPDIR/log" sh -c 'echo "Listening on 1.2.3.4:56" >&2; exec sleep 60'
    [ "$port" -eq 56 ]
    kill -STOP "$server"
    (trap reap EXIT) # a subshell has no children of ours
    kill -0 "$server"
    sleep 60 3>&- &
    IFS='' reap # as it is when a signal comes in the midst of "IFS= read"
    gone "$server" && gone $!
}

@test "wrong use: usage, and status 2" {
    for wrong in no-such-part --tsv "--tsv $TMPDIR/no/such/folder"; do expected=2 compare $wrong; done
    expected=2 compare no-such-part
    [[ $output == usage:* ]]
}

@test "a signal in any part leaves nothing behind" {
    export MARK=$TMPDIR # given_pids finds all that have it
    while read -r part signal expected; do
        GRADED=$MARK env --default-signal=INT setsid "$ROOT/scripts/compare.sh" "$part" >"$TMPDIR/out" 2>&1 3>&- &
        wait_for grep -rqs 'Listening on' "$TMPDIR"
        kill "-$signal" $!
        status=0
        wait $! || status=$?
        [ "$status" -eq "$expected" ]
        wait_for server_gone
        [ -z "$(find "$TMPDIR" -maxdepth 1 -name 'tmp.*')" ]
    done <<<$'trace INT 130\ncalls TERM 143\ncost INT 130\nlimits HUP 129'
}

@test "a terminal that is too narrow for the tables is told" {
    need script
    script -qec true /dev/null >/dev/null || skip "there is no terminal to be had"
    for columns in 0 79 80; do
        run -0 script -qec "stty cols $columns; TERM=dumb scripts/compare.sh events" /dev/null
        [ "$(grep -c "the tables are 80 columns wide, this terminal $columns" <<<"$output")" -eq $((columns == 79)) ]
    done
}

@test "the client: a lost server, silence and a wrong step are failures" {
    CHAPTER=03-epoll start_server
    start_client
    step 'crowd 10'
    step "load $server 64 100000000 9" 2>"$TMPDIR/why" &
    wait_log 'data from'
    kill -KILL "$server"
    wait "$!" || true
    grep -q "^client: load $server 64 100000000 9: " "$TMPDIR/why"

    CHAPTER=03-epoll start_server
    kill -STOP "$server" # the kernel connects us, nobody answers
    PATIENCE_S=1 start_client
    step 'rush 7'
    [ "$REPLY" = 'rush 7: 0 answered, 0 closed, 7 waiting, 0 later' ]
    run -1 step 'open a' 'expect a x' 'close a'
    [ "$output" = 'client: expect a x: nothing happened, for seconds' ]
    start_client
    run -1 step 'opens a'
    [ "$output" = 'client: opens a: no such step' ]
}
