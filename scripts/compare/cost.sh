# shellcheck shell=bash disable=SC2034,SC2154 # sourced by compare.sh
# cost.sh - measures in rounds what an echo costs. Their medians are the rows that cost.awk renders.

cost() {
    local idle=(0 100 1000 10000) busy=(10 100 1000) seconds=0.1 rounds=7 budget=22 begin=$SECONDS round=0 x
    local -A failed=() # of each "PART SERVER X": it can't be measured
    ((${#parts[@]} > 1)) || budget=45
    [[ -z $quick ]] || idle=(0 1000) busy=(1000) seconds=0.05 rounds=3
    title "cost: what an echo costs, in microseconds of the server's CPU time"
    # Three rounds at least; a fourth and so on while there is time.
    until ((round == rounds || round > 2 && (SECONDS - begin) * (round + 1) / round > budget)); do
        round=$((round + 1))
        for x in "${idle[@]}"; do measure cost-idle "$x" 10 "$x"; done
        for x in "${busy[@]}"; do measure cost-busy "$x" "$x" 0; done
    done
    progress
    keep about machine '' "$(nproc) cores, $(uname -sr | cut -d- -f1), $(getconf GNU_LIBC_VERSION || echo 'no glibc')" '' ''
    keep about date '' "$(date +%F)" '' ''
    keep about command '' "$command" '' ''
    keep about rounds '' "$round" '' ''
    # Nanoseconds become microseconds, and KiB MiB. A "-", not measured, comes before all numbers.
    sort -t $'\t' -k 1,3 -k 4,4n "$tmp/rounds" | awk -F '\t' -v OFS='\t' '
        function median() { if (n) print key, value[int((n + 1) / 2)], value[1] == "-" ? why : value[1], value[n] }
        key != $1 OFS $2 OFS $3 { median(); n = 0; key = $1 OFS $2 OFS $3; why = $5 }
        { value[++n] = $4 == "-" ? $4 : sprintf("%.2f", $4 / (/^cost/ ? 1000 : 1024)) }
        END { median() }' >>"$tmp/tsv"
    awk -f scripts/compare/cost.awk "$tmp/tsv"
}

# measure PART X BUSY IDLE: a round of each server, started anew.
measure() {
    local name series why answer
    for name in "${chapters[@]}" threads; do
        series="$name"$'\t'$2
        [[ -z ${failed[$1 $series]-} ]] || continue
        progress "cost: round $round, $name, connections: $3 busy, $4 idle"
        why=''
        if [[ $name == 01-select ]] && (($3 + $4 > 1015)); then
            why="impossible: its sets end at FD_SETSIZE, 1,024 descriptors"
        else
            start "$name"
            load echo "${ports[$name]}" "${pids[$name]}" "$3" "$4" 64 100000000 "$seconds" ||
                why="not measured: $(<"$tmp/why")" status=1
            finish "$name"
        fi
        series=${series#*-}
        if [[ -n $why ]]; then
            failed[$1 $name$'\t'$2]=yes
            printf '%s\t%s\t-\t%s\n' "$1" "$series" "$why" >>"$tmp/rounds"
            continue
        fi
        printf '%s\t%s\t%s\n' "$1" "$series" "${answer[1]}" >>"$tmp/rounds"
        [[ $1 != cost-idle ]] || printf '%s\t%s\t%s\n' memory "$series" "${answer[3]}" \
            stacks "$series" "$((answer[4] > 0 ? answer[4] : 0))" >>"$tmp/rounds"
    done
}
