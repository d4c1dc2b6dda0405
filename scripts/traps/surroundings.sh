#!/usr/bin/env bash
# surroundings.sh [--quick] [TRAP...] - runs the traps where a reader might start them: with few
# descriptors, strange signals, latency, sanitizers ... There a trap agrees or says that it can't
# tell. Exits with status 1 if one disagreed, crashed or did not end. TRAP is a program that is built.
# shellcheck disable=SC2016 # quoted on purpose: the shell that starts the trap expands it
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/shell.sh
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99
quick=false status=0 at_once=12 spinning=()
if [[ ${1-} == --quick ]]; then quick=true && shift; fi
if (($# == 0)); then
    for source in 0*/traps/*.c; do set -- "$@" "${source%.c}"; done
    make -s "$@"
fi
work=$(mktemp -d)
trap 'kill "${spinning[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work" # for the user who owns nothing
mkdir "$work/plain"
cp -- "$@" "$work/plain"

# Runs a trap, with a limit: 0 agrees, 77 can't tell, 1 disagrees; all else is a crash or no end.
one() {
    local name=$1 build=$2 code=0
    shift 2
    timeout -s KILL 40 "$@" "$work/$build/$name" >"$work/$name.out" 2>&1 </dev/null || code=$?
    echo "$code" >"$work/$name.code"
}

# row NAME BUILD COMMAND...: a line of the table, for the traps of this build, started by COMMAND.
row() {
    local row=$1 build=$2 trap name pids=() agree=0 cannot=0 disagree=0 other=0 words=()
    shift 2
    if ! [[ -d $work/$build ]] || ! "$@" true >/dev/null 2>&1; then
        printf '%-26s  skipped: it cannot be had here\n' "$row" && return
    fi
    for trap in "${traps[@]}"; do
        one "${trap##*/}" "$build" "$@" &
        pids+=($!)
        if ((${#pids[@]} % at_once == 0)); then wait "${pids[@]}"; fi
    done
    wait "${pids[@]}"
    for trap in "${traps[@]}"; do
        name=${trap##*/}
        case $(<"$work/$name.code") in
        0) ((++agree)) && continue ;;
        77) ((++cannot)) && words+=("  can't tell: $name: $(sed -n 's/^cannot tell here: *//p' "$work/$name.out")") ;;
        1) ((++disagree)) && words+=("  DISAGREES: $name: $(sed -n 's/^measured: *//p' "$work/$name.out" | head -1)") ;;
        *) ((++other)) && words+=("  ENDED WITH $(<"$work/$name.code"): $name: $(tail -n 3 "$work/$name.out")") ;;
        esac
    done
    printf '%-26s  %5d  %10d  %9d  %5d\n' "$row" "$agree" "$cannot" "$disagree" "$other"
    ((${#words[@]} == 0)) || printf '%s\n' "${words[@]}"
    ((disagree + other == 0)) || status=1
}

# build NAME COMPILER FLAGS...: the same traps in $work/NAME, which is not there if it cannot be had.
build() {
    local name=$1 trap
    shift
    command -v "$1" >/dev/null && mkdir "$work/building" || return 0
    for trap in "${traps[@]}"; do
        "$@" -std=c11 -w -o "$work/building/${trap##*/}" "$trap.c" 2>/dev/null || { rm -r "$work/building" && return; }
    done
    mv "$work/building" "$work/$name"
}

in_netns='ip link set lo up mtu 1500 && '
slow=${in_netns}'tc qdisc add dev lo root tbf rate 256kbit burst 1600 latency 2s &&
    printf %1400s x >/dev/udp/127.0.0.1/9 && exec "$0"' # the bucket is empty: 2 ms for a small packet
traps=("$@")
printf '%-26s  %5s  %10s  %9s  %5s\n' surroundings agree "can't tell" DISAGREES other
row "signals blocked, ignored" plain env --block-signal --ignore-signal=ALRM,PIPE,CHLD,URG,USR1,USR2
row "0 to 2 closed, no LANG" plain env -i bash -c 'exec "$0" <&- >&- 2>&-'
row "ulimit -n 9" plain bash -c 'ulimit -n 9; exec "$0"'
row "slow loopback" plain unshare -n bash -c "$slow"
$quick && exit "$status"

row "as it is" plain env
for ((files = 3; files <= 40; files += files < 16 ? 1 : 8)); do
    row "ulimit -n $files" plain bash -c "ulimit -n $files; exec \"\$0\""
done
row "ulimit -Sn 5" plain bash -c 'ulimit -Sn 5; exec "$0"'
row "ulimit -Hn 1024" plain bash -c 'ulimit -n 1024; exec "$0"'
row "1,100 descriptors passed on" plain bash -c 'ulimit -n 2000; for ((i = 0; i < 1100; i++)); do exec {fd}</dev/null; done; exec "$0"'
row "one CPU" plain taskset -c 0 env
row "another user" plain setpriv --reuid=65534 --regid=65534 --clear-groups
row "slower loopback" plain unshare -n bash -c "${slow/256k/32k}"
row "loopback, 20 ms" plain unshare -n bash -c "${in_netns}tc qdisc add dev lo root netem delay 20ms && exec \"\$0\""
row "packets by the other CPU" plain unshare -nm bash -c \
    'mount -t sysfs none /sys; ip link set lo up; echo 3 >/sys/class/net/lo/queues/rx-0/rps_cpus && exec "$0"'
for _ in 1 2 3 4; do
    while :; do :; done &
    spinning+=($!)
done
for time in 1 2 3; do row "busy CPUs, $time" plain env; done
kill "${spinning[@]}" && spinning=()
for compiler in gcc clang; do
    build "$compiler-asan" "$compiler" -fsanitize=address -g
    build "$compiler-ubsan" "$compiler" -fsanitize=undefined -g
    row "ASan, $compiler" "$compiler-asan" env
    row "UBSan, $compiler" "$compiler-ubsan" env
done
for level in 2 3; do
    build "fortify$level" cc "-D_FORTIFY_SOURCE=$level" -O2
    row "_FORTIFY_SOURCE=$level" "fortify$level" env
done
build musl musl-gcc -O2
row "musl" musl env
build aarch64 aarch64-linux-gnu-gcc -static -O2
row "aarch64, qemu-user" aarch64 qemu-aarch64-static
exit "$status"
