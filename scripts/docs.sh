#!/usr/bin/env bash
# docs.sh [--check] - makes the generated parts of the Markdown files anew: what stands between
# "<!-- $ COMMAND -->" and "<!-- end -->" is what COMMAND, one of the functions below, prints.
# All is made before the first file is replaced, and a file is replaced as a whole: whatever fails, nothing is lost.
# With --check no file is written: it shows what differs, measured numbers aside, and exits with 1.
# shellcheck disable=SC2016,SC2317 # quoted on purpose; called by name
set -euo pipefail
shopt -s inherit_errexit nullglob
check=${1:-}
[[ $# -le 1 && ${check:---check} == --check ]] || { echo "usage: scripts/docs.sh [--check]" >&2 && exit 2; }
self=$(readlink -f "$0") && cd "${self%/*}/.."
source scripts/test/server.sh
close_inherited_descriptors
leave_nothing

# --- the commands: a function prints one part. Status 77: it can't be made here; the reason is on stderr.

code() { # [LANGUAGE]: what it reads, as a block
    printf '```%s\n%s\n```\n' "${1-}" "$(cat)"
}

# What changes from one server to the next, with as little around it as can be understood.
diff_of() {
    { diff -U1 --label "$1/server.c" --label "$2/server.c" "$1/server.c" "$2/server.c" || true; } | code diff
}

# The heading above it, with the number of lines that were taken out or put in.
size_of_diff() {
    echo "## What changed since the last chapter: $(diff "$1/server.c" "$2/server.c" | grep -c '^[<>]') lines"
}

# The log of a short session: two clients, one line each, the first one leaves.
log_of() {
    serve "$tmp/log" "$1/server" 0
    scripts/test/client "$port" >/dev/null \
        <<<$'open a\nsend a hello\\n\nexpect a hello\\n\nopen b\nsend b 你好\\n\nexpect b 你好\\n\nshut a\neof a\nshut b\neof b'
    stop "$server" INT
    code <"$tmp/log"
}

# trap_says TRAP: what it prints. The notes have what x86-64 and glibc say, and a trap that can tell.
trap_says() {
    as_in_the_notes "$1"
    "$1" 2>/dev/null || { local code=$? && echo "$1 ends with status $code here" >&2 && return "$code"; }
}
as_in_the_notes() { # a program names its loader, which tells the processor and the libc
    grep -qa ld-linux-x86-64 "$1" || { echo "the notes show x86-64 and glibc" >&2 && exit 77; }
}

# traps_of CHAPTER TRAP...: what each claims and what it measured.
traps_of() {
    local trap
    printf '| trap | what it proves | what it measured here |\n| --- | --- | --- |\n'
    for trap in "${@:2}"; do
        trap_says "$1/traps/$trap" | awk -v trap="$trap" '
            sub(/^claim: */, "") { claim = $0 }
            sub(/^measured: */, "") && !measured { measured = $0 }
            END { printf "| [%s](traps/%s.c) | %s | %s |\n", trap, trap, claim, measured }'
    done
}

# exercises_of CHAPTER: what its exercises ask, with the answers folded, and with them the edit that is the solution of a
# task.
exercises_of() {
    local exercise diff
    for exercise in "$1"/exercises/*.patch; do
        diff=$(sed -n '/^--- /,$ { /^---\|^+++/d; s/^@@.*/@@/; /^[-+@]/p; }' "$exercise")
        printf '### %s %s\n\n%s\n\n' "$(sed -E 's|-.*/([0-9]+)-.*|-\1|' <<<"$exercise")" "$(field Title)" "$(field Predict && field Task)"
        [[ -z $(field Predict) ]] || { code diff <<<"$diff" && echo; }
        printf 'Try it: %s\n\n<details><summary>Answer</summary>\n\n%s\n\n' "$(field Try)" "$(field Answer)"
        printf 'Traps: %s\n\n' "$(field Read | sed -E 's|[^ ,]+|[&](../&.c)|g')"
        [[ -z $(field Red) ]] || printf 'Of the tests it turns red, among others:\n\n%s\n\n' "$(field Red | sed 's/^/- /')"
        [[ -z $(field Task) || -z $diff ]] || printf '[A solution](%s)\n\n' "${exercise#*/}"
        printf '</details>\n\n'
    done
}

# scene CHAPTER: the scene of the pictures, once for each chapter. The listening socket and three clients are
# watched; one client sends a byte. Makes $tmp/record.CHAPTER, by compare/watch.c, and for epoll $tmp/kept.CHAPTER.
scene() {
    local step
    as_in_the_notes "$1/server"
    [[ ! -e $tmp/record.$1 ]] || return 0
    serve "$tmp/log" env LD_PRELOAD=scripts/compare/watch.so WATCH_LOG="$tmp/all" "$1/server" 0
    start_client
    for step in 'open a' 'open b' 'open c' 'send b x' 'expect b x'; do
        step "$step"
        wait_for in_state S # in its next wait
    done
    sed -n 's/ *pos:.*//; /^tfd/p' "/proc/$server/fdinfo/4" | sort -k2n >"$tmp/kept.$1"
    # From the first wait to the send; a wait that timed out says nothing.
    sed -nE '/(nothing|EINTR)/d; /^(epoll_ctl|select|poll)/,/^send/p' "$tmp/all" >"$tmp/record.$1"
    stop "$server"
    rm "$tmp/all"
}

record_of() {
    scene "$1"
    awk -F'\t' '{ printf (NF > 1 ? "%-34s %s\n" : "%s%s\n"), $1, $2 }' "$tmp/record.$1" | code
}

# The interest set as the kernel shows it.
kept_of() {
    scene "$1"
    { echo "$ grep -o '^tfd.*data: *[^ ]*' /proc/PID/fdinfo/4 | sort -k2n" && cat "$tmp/kept.$1"; } | code
}

# picture_of CHAPTER ALT...: docs/figures/NAME.svg. It is drawn by hand, and has to say what the scene's last wait says.
picture_of() {
    local svg=docs/figures/${1#*-}.svg facts lacking
    scene "$1"
    facts=$({ cat "$tmp/kept.$1" && grep asked "$tmp/record.$1" | tail -n 1; } | awk -f scripts/docs/picture.awk)
    if lacking=$(grep -vxFf <(sed 's/<[^>]*>//g; s/  */ /g' "$svg") <<<"$facts"); then
        echo "$svg does not say: $lacking" >&2
        return 1
    fi
    printf '![%s](../%s)\n' "${*:2}" "$svg"
}

# The lines that are the chapter: what stands between the two lines of dashes.
chapter_of() {
    sed -n '/^\/\* ---- the chapter/,/^\/\* ---- the server/{/^\/\* ----/d;p}' "$1/server.c" | sed '$d' | code c
}

# What one trap prints.
trap_of() {
    { echo "$ make $1 && $1" && trap_says "$1"; } | code
}

# How compare.sh begins.
head_of_trace() {
    scripts/compare.sh trace | awk '/^select  |^-- ten/ { on = 1 } /^-- (a sends three|Ctrl)|^->/ { on = 0 } on' | code
}

# figure_of PART: the medians of docs/figures/cost.tsv, a row for each server.
figure_of() {
    awk -v markdown="$1" -f scripts/compare/cost.awk docs/figures/cost.tsv
}

# --- the files

fail() { echo "docs.sh: $1" >&2 && exit 1; }

# renew FILE: prints it with its parts made anew, and says on stderr which differ.
renew() {
    local line command old new code shape
    while IFS= read -r line || [[ $line ]]; do
        printf '%s\n' "$line"
        [[ $line =~ ^'<!-- $ '(.*)' -->'$ ]] || continue
        read -ra command <<<"${BASH_REMATCH[1]}"
        [[ $(type -t "${command[0]}") == function ]] || fail "$1: there is no ${command[0]}"
        old=''
        while IFS= read -r line && [[ $line != '<!-- end -->' ]]; do old+=$line$'\n'; done
        [[ $line == '<!-- end -->' ]] || fail "$1: ${command[*]}: its <!-- end --> is missing"
        set +e # what fails inside has to end it, which it does not behind ||
        new=$(set -e && trap reap EXIT && "${command[@]}" 2>"$tmp/why")$'\n'
        code=$?
        set -e
        case $code in
        0) made=yes ;;
        77) new=$old && echo "$1: skipped here: ${command[*]}: $(tail -n 1 "$tmp/why")" >&2 ;;
        *) fail "$1: ${command[*]} failed: $(tail -n 1 "$tmp/why")" ;;
        esac
        shape='' # what a run measures is another number each time: only its shape is compared
        if [[ ${command[0]} =~ ^(log_of|traps?_of|head_of_trace)$ ]]; then
            shape='s/[0-9]{4}-[0-9-]{5} //; s/[0-9]+([.,:][0-9]+)*/N/g'
        fi
        if [[ $(sed -E "$shape" <<<"$old") == "$(sed -E "$shape" <<<"$new")" ]]; then
            new=$old
        else
            echo "$1: ${command[*]}" >&2
        fi
        printf '%s<!-- end -->\n' "$new"
    done <"$1"
}

made='' status=0
for file in README.md 0*/README.md docs/*.md; do # the repository's own; other files are not ours to write
    mkdir -p "$(dirname "$tmp/new/$file")"
    renew "$file" >"$tmp/new/$file"
done
[[ $made ]] || fail "no part was made, so nothing was checked"
for file in README.md 0*/README.md docs/*.md; do
    if [[ $check ]]; then
        diff -u "$file" "$tmp/new/$file" >&2 || status=1
    elif ! cmp -s "$file" "$tmp/new/$file"; then
        # In one step, once the new one is complete beside the old one.
        { cp "$tmp/new/$file" "$file.new" && mv "$file.new" "$file"; } || { rm -f "$file.new" && fail "can't write $file"; }
    fi
done
exit "$status"
