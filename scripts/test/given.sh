# given.sh - starts, finds and ends a server of somebody else: the words of $GIVEN, {port} in them replaced, in the
# directory $GIVEN_DIR. Sourced by grade.sh and by the tests. All of its processes have GRADED=$MARK in their
# environment, so they are found wherever they went: children, other sessions, daemons. What grade.sh runs has GRADING.
# shellcheck shell=bash disable=SC2046,SC2016 # several words; not expanded here
given_pids() { # what has ended and was not waited for has an empty environment
    { grep -lszFx "${mark:-GRADED}=${MARK:-}" /proc/[0-9]*/environ || true; } | sed 's|/proc/\(.*\)/environ|\1|'
}
server_gone() { gone "${server:-}" && [[ -z $(given_pids) ]]; } # in the midst of an exec() the environment is empty, too
killed() { server_gone || { kill -s KILL $(given_pids) 2>/dev/null; return 1; }; }
end_given() { wait_for killed; } # again and again: it might just be making another

# Below the ports that the kernel gives to clients, and nobody's.
free_port() {
    local port
    until ((port = 20000 + RANDOM % 10000)) && ! grep -qsi "$(printf ':%04x ' "$port")" /proc/net/tcp /proc/net/tcp6; do :; done
    echo "$port"
}
accepts() { timeout 2 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"' - "$port" 2>/dev/null; }
answers() {
    timeout "${PATIENCE_S:-10}" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && echo x >&3 && read -r line <&3 && [ "$line" = x ]' - "$port" 2>/dev/null
}
accepts_or_gone() { server_gone || accepts; }
last_words() { grep -v '^[[:space:]]*$' "$1" | tail -n 1 | cut -c -200 | grep . || echo none; }

# start_given LOG [PREFIX...]: sets server and, if it is not set, port. What is wrong is one line.
start_given() {
    local words status=0
    : "${port:=$(free_port)}"
    eval "words=($GIVEN)"
    (cd "$GIVEN_DIR" && GRADED=$MARK exec setsid "${@:2}" "${words[@]//'{port}'/$port}") </dev/null >"$1" 2>&1 3>&- &
    server=$!
    if ! wait_for accepts_or_gone 2>/dev/null; then
        if grep -qi "$(printf ':%04x .* 0a ' "$port")" /proc/net/tcp6; then
            saw "it listens on IPv6 only; the tests connect to 127.0.0.1"
        else
            saw "it runs, but does not accept on 127.0.0.1, port $port, within ${patience:-10} seconds"
        fi
    elif server_gone; then
        wait "$server" || status=$?
        saw "it ended with status $status before a client could be served; its last words: $(last_words "$1")"
    fi
}
