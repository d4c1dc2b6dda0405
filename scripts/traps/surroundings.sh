#!/usr/bin/env bash
# surroundings.sh [--quick] [TRAP...] - runs the traps (programs that are built) where a reader might
# start them: few descriptors, strange signals, latency, sanitizers ... There a trap agrees or says
# that it can't tell. Exits with status 1 if one disagreed, crashed or did not end.
# shellcheck disable=SC2016 # quoted on purpose: the shell that starts a trap expands it
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/shell.sh
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99
quick='' status=0 spinning=()
[[ ${1-} != --quick ]] || { quick=yes && shift; }
if (($# == 0)); then
    for source in 0*/traps/*.c; do set -- "$@" "${source%.c}"; done
    make -s "$@"
fi
traps=("$@")
work=$(mktemp -d)
trap 'kill "${spinning[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work" # for the user who owns nothing
echo 'int main(void) { return 0; }' >"$work/starts.c" # tells whether a program can be started at all

# one TRAP COMMAND...: runs it, with a limit, and files what became of it: "STATUS|TRAP|why".
one() {
    local name=${1##*/} code=0
    timeout -s KILL 40 "${@:2}" >"$work/$name.out" 2>&1 </dev/null || code=$?
    printf '%s|%s|%s\n' "$code" "$name" "$(grep -vE '^(claim|remember):' "$work/$name.out" | head -1)" >>"$work/results"
}

# run BUILD COMMAND...: all traps of this build at once, started by COMMAND, if that can be had.
run() {
    local trap pids=()
    [[ -d $work/$1 ]] && "${@:2}" "$work/$1/starts" >/dev/null 2>&1 || return 0
    for trap in "${traps[@]}"; do
        one "$trap" "${@:2}" "$work/$1/${trap##*/}" &
        pids+=($!)
    done
    wait "${pids[@]}"
}

# table NAME: a line of the table for what was run, and those that did not agree.
table() {
    [[ -e $work/results ]] || { printf '%-28s  skipped: cannot be had here\n' "$1" && return; }
    awk -F'|' -v name="$1" '
        { count[$1]++ }
        $1 == 77 && !said[$2]++ { names = names " " $2 }
        $1 != 0 && $1 != 77 { words = words "    " ($1 == 1 ? "DISAGREES: " : "STATUS " $1 ": ") $2 ": " $3 "\n" }
        END {
            other = NR - count[0] - count[77] - count[1]
            printf "%-28s  %5d  %10d  %9d  %5d\n", name, count[0], count[77], count[1], other
            printf "%s%s", names ? "    can'\''t tell:" names "\n" : "", words
            exit words != ""
        }' "$work/results" || status=1
    rm "$work/results"
}
row() { run "${@:2}" && table "$1"; }

# build NAME COMPILER FLAGS...: the traps in $work/NAME, which is not there if that cannot be had.
build() {
    local trap
    command -v "$2" >/dev/null && mkdir "$work/building" || return 0
    for trap in "$work/starts" "${traps[@]}"; do
        "${@:2}" -std=c11 -w -pthread -o "$work/building/${trap##*/}" "$trap.c" 2>/dev/null ||
            { rm -r "$work/building" && return; }
    done
    mv "$work/building" "$work/$1"
}

mkdir "$work/plain"
cc -o "$work/plain/starts" "$work/starts.c"
cp -- "${traps[@]}" "$work/plain"
up='ip link set lo up mtu 1500 && '
slow=$up'tc qdisc add dev lo root tbf rate 1mbit burst 1600 latency 2s && # the bucket is emptied:
    printf %1400s x >/dev/udp/127.0.0.1/9 && exec "$0"' # then 0.6 ms for a small packet, 12 for a full one
printf '%-28s  %5s  %10s  %9s  %5s\n' surroundings agree "can't tell" DISAGREES other
row "signals off, 0 to 2 closed" plain env -i --block-signal --ignore-signal=ALRM,PIPE,CHLD,URG,USR1,USR2 \
    bash -c 'exec "$0" <&- >&- 2>&-'
row "slow loopback" plain unshare -n bash -c "$slow"
[[ -z $quick ]] || exit "$status"

row "as it is" plain env
build static cc -static -O2
for ((files = 3; files <= 40; files++)); do run static bash -c "ulimit -n $files; exec \"\$0\""; done
table "ulimit -n 3 to 40"
row "ulimit -Sn 5" plain bash -c 'ulimit -Sn 5; exec "$0"'
row "ulimit -Hn 1024" plain bash -c 'ulimit -n 1024; exec "$0"'
row "1,100 descriptors passed on" plain bash -c 'for ((i = 0; i < 1100; i++)); do exec {fd}</dev/null; done; exec "$0"'
row "one CPU" plain taskset -c 0 env
row "another user" plain setpriv --reuid=65534 --regid=65534 --clear-groups
row "slower loopback" plain unshare -n bash -c "${slow/1m/64k}"
row "loopback, 20 ms" plain unshare -n bash -c "${up}tc qdisc add dev lo root netem delay 20ms && exec \"\$0\""
row "packets by another CPU" plain unshare -nm bash -c "${up}"'mount -t sysfs none /sys &&
    echo 3 >/sys/class/net/lo/queues/rx-0/rps_cpus && exec "$0"'
for _ in 1 2 3 4; do timeout 600 sh -c "while :; do :; done" & spinning+=($!); done
for _ in 1 2 3; do run plain env; done
kill "${spinning[@]}" && spinning=()
table "busy CPUs, three times"
while IFS='|' read -r name starter compiler; do
    # shellcheck disable=SC2086 # several words
    build "$name" $compiler && row "$name" "$name" $starter
done <<'END'
ASan, gcc|env|gcc -fsanitize=address -g
ASan, clang|env|clang -fsanitize=address -g
UBSan, gcc|env|gcc -fsanitize=undefined -g
UBSan, clang|env|clang -fsanitize=undefined -g
_FORTIFY_SOURCE=2|env|cc -D_FORTIFY_SOURCE=2 -O2
_FORTIFY_SOURCE=3|env|cc -D_FORTIFY_SOURCE=3 -O2
musl|env|musl-gcc -O2
aarch64, qemu-user|qemu-aarch64-static|aarch64-linux-gnu-gcc -static -O2
END
exit "$status"
