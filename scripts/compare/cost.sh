# shellcheck shell=bash disable=SC2034,SC2154 # sourced by compare.sh
# What an echo costs, measured in rounds. Their medians are the rows that cost.awk renders.

# measure PART BUSY IDLE: a round of each server, started anew.
measure() {
    local name kernel_stacks
    for name in "${chapters[@]}" threads; do
        if [[ $name == 01-select ]] && (($2 + $3 > 1015)); then
            row "$1" - "impossible: its sets end at FD_SETSIZE, 1,024 descriptors"
            continue
        fi
        kernel_stacks=$(kib KernelStack meminfo)
        start "$name"
        if { start_client && step "crowd $3" "crowd $2" "load $server 64 100000000 $seconds"; } 2>"$tmp/why"; then
            [[ $REPLY =~ ([0-9]+)' ns' ]] && row "$1" "${BASH_REMATCH[1]}"
            [[ $1 != cost-idle ]] || row memory "$(kib VmRSS "$server/status")"
            [[ $1 != cost-idle ]] || row stacks $(($(kib KernelStack meminfo) - kernel_stacks)) # of all processes
        else
            row "$1" - "not measured: $(<"$tmp/why")"
            status=1
        fi
        finish "$name"
    done
}
kib() { sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$2"; }
row() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "${name#*-}" "$x" "$2" "${3-}" >>"$tmp/rounds"; }

idle_counts=(0 100 1000 10000) busy_counts=(10 100 1000) seconds=0.1 rounds=3
((${#parts[@]} > 1)) || rounds=5
[[ -z $quick ]] || idle_counts=(0 1000) busy_counts=(1000) seconds=0.05 rounds=3
title "cost: what an echo costs, in microseconds of the server's CPU time"
for ((round = 1; round <= rounds; round++)); do
    for x in "${idle_counts[@]}"; do measure cost-idle 10 "$x"; done
    for x in "${busy_counts[@]}"; do measure cost-busy "$x" 0; done
done
x="$(nproc) cores, $(uname -sr | cut -d- -f1), $(getconf GNU_LIBC_VERSION || echo 'no glibc')"
printf 'about\t%s\t\t%s\t\t\n' machine "$x" date "$(date +%F)" rounds "$rounds" \
    command "scripts/compare.sh${quick:+ $quick} ${parts[*]}" >>"$tmp/tsv"
# Nanoseconds become microseconds, and KiB MiB. A "-", not measured, comes before all numbers.
sort -t $'\t' -k 1,3 -k 4,4n "$tmp/rounds" | awk -F '\t' -v OFS='\t' '
    function median() {
        if (n) print key, value[int((n + 1) / 2)], value[1] == "-" ? why : value[1], value[n]
    }
    key != $1 OFS $2 OFS $3 { median(); n = 0; key = $1 OFS $2 OFS $3; why = $5 }
    { value[++n] = $4 == "-" ? $4 : sprintf("%.2f", ($4 < 0 ? 0 : $4) / (/^cost/ ? 1000 : 1024)) }
    END { median() }' >>"$tmp/tsv"
awk -f scripts/compare/cost.awk "$tmp/tsv"
