# server.sh - the one way to start a server here: it is waited for, its log is kept, and it is ended however the
# script ends. Sourced by all that start one. Bash 5.2 may lose a Ctrl-C that comes while it parses a "$(", so no
# loop that waits has one.
# shellcheck shell=bash
# shellcheck source=scripts/test/shell.sh
source "${BASH_SOURCE[0]%/*}/shell.sh"

# wait_for COMMAND...: until it succeeds; $patience seconds at most, 10 if that is not set.
wait_for() {
    local end=$((SECONDS + ${patience:-10} + 1))
    until "$@"; do
        ((SECONDS <= end)) || { echo "this did not come: $*" >&2 && return 1; }
        sleep 0.01
    done
}
gone() { ! kill -s 0 "$1" 2>/dev/null; }
in_state() { grep -q "^State:.$1" "/proc/$server/status"; } # S: asleep, T: stopped
descriptors() { find "/proc/$server/fd" -mindepth 1 | wc -l; }
descriptors_are() { [[ $(descriptors) -eq $1 ]]; }

# serve LOG COMMAND...: starts COMMAND, which writes "Listening on ADDRESS:PORT" to stderr, that is to LOG. Sets
# server (its process) and port. Where it ends instead, prints its last line and returns its status, but never 0.
serve() {
    local status=0
    : >"$1"
    port=''
    "${@:2}" 2>"$1" 3>&- & # bats waits for all who hold its descriptor 3
    server=$!
    wait_for listens_or_gone "$1" || kill -s KILL "$server"
    [[ -z $port ]] || return 0
    wait "$server" 2>/dev/null || status=$?
    echo "does not start: $(tail -n 1 "$1")" >&2
    return $((status == 0 ? 99 : status))
}
listens_or_gone() {
    local text
    gone "$server" && return
    IFS= read -r -d '' text <"$1" || true
    [[ $text =~ 'Listening on '[^[:space:]]*:([0-9]+)[[:space:]] ]] && port=${BASH_REMATCH[1]}
}

# stop PID [SIGNAL]: ends it, by TERM if not told otherwise, and returns its exit status.
stop() {
    local pid=$1
    kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
    wait_for gone "$pid" || kill -s KILL "$pid"
    wait "$pid"
}

# start_client: scripts/test/client in the background, with pipes in $tmp. `step STEP...` returns when it has done them,
# and has in REPLY what the last one counted. end_client: all its connections end.
start_client() {
    client=$(mktemp -u "$tmp/client.XXXXXX")
    mkfifo "$client.to" "$client.from"
    "${BASH_SOURCE[0]%/*}/client" "$port" <"$client.to" >"$client.from" 2>"$client.err" 3>&- &
    exec {to_client}>"$client.to" {from_client}<"$client.from"
}
step() {
    local one
    for one; do
        echo "$one" >&"$to_client"
        read -r -t $((${PATIENCE_S:-10} + 5)) -u "$from_client" || { cat "$client.err" >&2 && return 1; }
    done
}

end_client() { exec {to_client}>&- {from_client}<&-; }

# reap: ends all that this shell has started and that still runs. What is stopped would not hear of its end.
reap() {
    local pid running IFS=$' \t\n'
    trap '' HUP INT TERM
    running=$(jobs -pr)
    for pid in $running; do kill -s TERM "$pid" && kill -s CONT "$pid"; done 2>/dev/null || true
    for pid in $running; do
        patience=3 wait_for gone "$pid" || kill -s KILL "$pid" || true
        wait "$pid" 2>/dev/null || true
    done
}

# leave_nothing: $tmp is a directory of the script's own; with its end, also by Ctrl-C, it is removed and all reaped.
leave_nothing() {
    tmp=''
    trap 'reap; rm -rf "$tmp"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    tmp=$(mktemp -d)
}
