#!/usr/bin/env bash
# docs.sh [--check] - makes the generated parts of the Markdown files anew: what stands between
# "<!-- $ COMMAND -->" and "<!-- end -->" is what COMMAND, one of the functions below, prints.
# With --check no file is written: it shows what differs, measured numbers aside, and exits with 1.
# shellcheck disable=SC2016,SC2094,SC2317 # quoted on purpose; read before written; called by name
set -euo pipefail
source "$(dirname "$0")/test/server.sh"
cd "$(dirname "$0")/.."

# What changes from one server to the next, with as little around it as can be understood.
diff_of() {
    printf '```diff\n'
    diff -U1 --label "$1/server.c" --label "$2/server.c" "$1/server.c" "$2/server.c" || true
    printf '```\n'
}

# The heading above it, with the number of lines that were taken out or put in.
size_of_diff() {
    echo "## What changed since the last chapter: $(diff "$1/server.c" "$2/server.c" | grep -c '^[<>]') lines"
}

# The log of a short session: two clients, one line each, the first one leaves.
log_of() {
    trap reap EXIT # we are a subshell
    serve "$tmp/log" "$1/server" 0
    scripts/test/client "$port" >/dev/null <<'STEPS'
open a
send a hello\n
expect a hello\n
open b
send b 你好\n
expect b 你好\n
shut a
eof a
shut b
eof b
STEPS
    stop "$server"
    printf '```\n%s\n```\n' "$(<"$tmp/log")"
}

# The traps of a chapter: what each claims and what it measured.
traps_of() {
    local trap output
    printf '| trap | what it proves | what it measured here |\n| --- | --- | --- |\n'
    for trap in "$1"/traps/*.c; do
        output=$("${trap%.c}" 2>/dev/null) || true
        printf '| [%s](traps/%s) | %s | %s |\n' "$(basename "$trap" .c)" "$(basename "$trap")" \
            "$(sed -n 's/^claim: *//p' <<<"$output")" \
            "$(sed -n 's/^measured: *//p' <<<"$output" | head -1)"
    done
}

# What one trap prints.
trap_of() {
    printf '```\n$ make %s && %s\n%s\n```\n' "$1" "$1" "$("$1" 2>/dev/null)"
}

# How compare.sh begins.
head_of_trace() {
    printf '```\n%s\n```\n' "$(scripts/compare.sh trace | sed -n '/^01-select/,/^-- b connects/p' | sed '$d')"
}

# figure_of PART: the medians of docs/figures/cost.tsv, a row for each server.
figure_of() {
    awk -F'\t' -v part="$1" '
        $1 != part { next }
        !($2 in row) { row[$2] = "| " $2 " |"; names[++n] = $2 }
        $2 == "poll" { head = head " " $3 " |"; line = line " ---: |" }
        { row[$2] = row[$2] " " $4 " |" }
        END {
            print "| " (part == "cost-idle" ? "idle" : "busy") " connections |" head
            print "| --- |" line
            for (i = 1; i <= n; i++) print row[names[i]]
        }' docs/figures/cost.tsv
}

# What a run measures is another number each time: only its shape is compared.
comparable() {
    case $1 in
    log_of | trap*_of | head_of_trace) sed -E 's/[0-9]{4}-[0-9-]{5} //; s/[0-9]+([.,:][0-9]+)*/N/g' ;;
    *) cat ;;
    esac
}

check=${1:-} status=0
leave_nothing
differences=$tmp/differences
while IFS= read -r file; do
    text=
    while IFS= read -r line; do
        text+=$line$'\n'
        [[ $line =~ ^'<!-- $ '(.*)' -->'$ ]] || continue
        read -ra command <<<"${BASH_REMATCH[1]}"
        old=
        while IFS= read -r line && [[ $line != '<!-- end -->' ]]; do old+=$line$'\n'; done
        new=$("${command[@]}")$'\n'
        if ! diff -u --label "$file" --label "${command[*]}" <(comparable "${command[0]}" <<<"$old") \
            <(comparable "${command[0]}" <<<"$new") >"$differences"; then
            [[ -z $check ]] || cat "$differences"
            status=1
            old=$new
        fi
        text+=$old$line$'\n'
    done <"$file"
    [[ $check ]] || printf '%s' "$text" >"$file"
done < <(find . -name '*.md' -not -path './.*')
[[ -z $check ]] || exit "$status"
