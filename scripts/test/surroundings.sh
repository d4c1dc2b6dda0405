#!/usr/bin/env bash
# surroundings.sh [--quick] [TRAP...] - runs the traps where a reader might start them: strange signals, latency, few
# descriptors, sanitizers, other processors ... There a trap agrees or says why it can't tell. Status 1 if one
# disagreed, crashed or did not end. --quick: in the first two surroundings only.
# shellcheck disable=SC2317 # the table calls the function
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/server.sh
leave_nothing
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99

slow_loopback() {
    ip link set lo up mtu 1500
    tc qdisc add dev lo root tbf rate 1mbit burst 1600 latency 2s
    printf %1400s x >/dev/udp/127.0.0.1/9 # the bucket is emptied: from now on a full packet takes 12 ms
}
export -f slow_loopback

# name | compiler, if the traps are to be built anew | how the shell starts a trap, $0
surroundings() {
    cat <<'LIST'
signals off, 0 to 2 closed||exec env -i --block-signal --ignore-signal=ALRM,PIPE,CHLD,URG,USR1,USR2 "$0" <&- >&- 2>&-
slow loopback||exec unshare -n bash -ec 'slow_loopback; exec "$0"' "$0"
packets by another CPU||exec unshare -nm bash -ec 'ip link set lo up; mount -t sysfs none /sys; echo 3 >/sys/class/net/lo/queues/rx-0/rps_cpus; exec "$0"' "$0"
one CPU||exec taskset -c 0 "$0"
busy CPUs||while kill -0 $$; do :; done >&- 2>&- & exec "$0"
another user||exec setpriv --reuid=65534 --regid=65534 --clear-groups "$0"
1,100 descriptors passed on||for _ in {1..1100}; do exec {fd}</dev/null; done; exec "$0"
ulimit -Sn 5||ulimit -Sn 5; exec "$0"
ulimit -n 1024||ulimit -n 1024; exec "$0"
sanitizers, gcc|gcc -fsanitize=address,undefined|exec "$0"
sanitizers, clang|clang -fsanitize=address,undefined|exec "$0"
_FORTIFY_SOURCE=2|cc -D_FORTIFY_SOURCE=2|exec "$0"
_FORTIFY_SOURCE=3|cc -D_FORTIFY_SOURCE=3|exec "$0"
musl|musl-gcc|exec "$0"
ARM|aarch64-linux-gnu-gcc -static|exec qemu-aarch64-static "$0"
S/390, whose bytes stand the other way round|s390x-linux-gnu-gcc -static|exec qemu-s390x-static "$0"
LIST
    for files in {3..40}; do echo "ulimit -n $files|cc -static|ulimit -n $files; exec \"\$0\""; done
}

rows=99 status=0 built=none
[[ ${1-} != --quick ]] || { rows=2 && shift; }
(($# > 0)) || { traps=(0*/traps/*.c) && set -- "${traps[@]%.c}"; }
copy_tree "$tmp/copy" # another user can read it, and it may be built otherwise
chmod 755 "$tmp"
echo 'int main(void) { return 0; }' >starts.c # tells whether a program can be built and started so
while IFS='|' read -r name compiler start; do
    # shellcheck disable=SC2086 # words
    if ! { ${compiler:-cc} -o starts starts.c && bash -c "$start" ./starts; } 2>/dev/null; then
        echo "$name: skipped, it cannot be had here"
        continue
    fi
    [[ $compiler == "$built" ]] || make -s -j2 ${compiler:+-B CC="$compiler -w"} "$@"
    built=$compiler
    printf '%s\0' "$@" | START=$start xargs -0 -n 1 -P 8 scripts/traps.sh >verdicts || status=1
    echo "$name: $(grep -c '^agrees ' verdicts) agree"
    awk '/^[^ ]/ { others = !/^agrees / } others' verdicts
done < <(surroundings | head -n "$rows")
exit "$status"
