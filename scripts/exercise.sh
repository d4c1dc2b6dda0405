#!/usr/bin/env bash
# exercise.sh [N [FILE]] - without N it lists the exercises. With N, such as 01-1, it makes the exercise's edit in a copy,
# builds it, tries the experiment and the tests that the exercise names, and says what went red, and why. FILE is your
# own server.c, to be tried instead of the edit. exercise.sh --matrix [N...] tries all tests of the chapter: takes long.
# An exercise is one file, NN-chapter/exercises/N-name.patch; what stands before the edit are its fields.
# shellcheck disable=SC2317 # a field, Check, calls the functions
set -euo pipefail
own=${2:+$(readlink -f -- "$2")} all=()
self=$(readlink -f "$0") && cd "${self%/*}/.."
# shellcheck source=scripts/test/server.sh
source scripts/test/server.sh
close_inherited_descriptors
fail() { echo "$1" >&2 && exit "${2:-1}"; }
field() { # NAME FILE: its text; of one that comes several times, a line each
    awk -v name="$1:" '/^--- / { exit } /^[A-Z][a-z]+:/ { on = index($0, name) == 1; sub(/^[A-Z][a-z]+: */, "") } on && $0 != ""' "$2"
}
numbers() { sed -E 's|([0-9]+)-[^/]*/exercises/([0-9]+)-.*|\1-\2|' < <(printf '%s\n' 0*/exercises/*.patch); }
patch_of() {
    local files=("${1%%-*}"-*/exercises/"${1#*-}"-*.patch)
    [[ -e ${files[0]} ]] || fail "There is no exercise $1: 'make exercise' lists them all" 2
    echo "${files[0]}"
}

# What an exercise's Check is made of. It works on $chapter's server in the copy.
start() { serve "$tmp/log" "$@" "$chapter/server" 0; }
steps() { printf '%s\n' "$@" | PATIENCE_S=${PATIENCE_S:-2} timeout 60 scripts/test/client "$port" >"$tmp/steps" 2>/dev/null; }
stuck() { ! steps "$@" && (($(grep -c '' "$tmp/steps") == $# - 1)) && echo "nothing came back at '${*: -1}'"; }
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$server/stat"; }
spins() { (($(ticks) > 50)); }
logged() { grep -q -- "$1" "$tmp/log"; }
crowd() { # N clients; sets what became of them
    read -r answered closed waiting _ < <(scripts/compare/load crowd "$port" "$1") &&
        echo "of $1 clients $answered were answered, $closed closed, $waiting wait"
}
# try PATIENCE [NAME...]: runs these tests of the chapter's, or all. A client whose bytes do not come back gives up after PATIENCE.
try() {
    local files filter
    filter=$(printf '%s\n' "${@:2}" | sed 's/[][(){}.*+?^$|\\]/\\&/g' | paste -sd '|')
    mapfile -t files < <(grep -lFf <((($# == 1)) && echo '@test "' || printf '@test "%s"\n' "${@:2}") \
        "$chapter/test.bats" scripts/test/{echo,promises,strength,anywhere}.bats 2>/dev/null)
    ((${#files[@]} == 0)) || CHAPTER=$chapter PATIENCE_S=$1 patience=$1 timeout 600 \
        "$bats" --tap ${filter:+--filter "^($filter)\$"} "${files[@]}" 2>/dev/null | grep -E '^(not )?ok ' || true
}
judge() { # COLOUR NAME...: says how these tests ended
    local name line is
    for name in "${@:2}"; do
        line=$(awk -v name="$name" '{ line = $0; sub(/^(not )?ok [0-9]+ /, ""); sub(/ # skip.*/, "") } $0 == name { print line }' "$tmp/results")
        case $line in 'not ok '*) is=red ;; *'# skip'*) is=skipped ;; ok*) is=green ;; *) is=missing ;; esac
        printf '  %-7s  %s\n' "$is" "$name"
        [[ $is == "$1" || $is == skipped ]] || { echo "           (should be $1)" && wrong=1; }
    done
}
run() { # N [all]
    local file target chapter red green code=0 wrong=0 end='all went as the answer says' begin=$SECONDS
    file=$(patch_of "$1") || exit
    target=$(field File "$file" | grep . || sed -n 's|^+++ b/||p' "$file") chapter=${target%%/*}
    mapfile -t red < <(field Red "$file")
    mapfile -t green < <(field Green "$file")
    printf '%s %s\n%s\n' "$1" "$(field Title "$file")" "$(field Predict "$file")$(field Task "$file")"
    rm -rf "$tmp/copy" && mkdir "$tmp/copy"
    tar c Makefile common scripts 0* | tar x -C "$tmp/copy"
    if [[ -n $own ]]; then
        cp "$own" "$tmp/copy/$target"
    elif grep -q '^--- ' "$file"; then
        patch -s -d "$tmp/copy" -p1 <"$file" >/dev/null 2>&1 || (cd "$tmp/copy" && git apply "$OLDPWD/$file") 2>/dev/null ||
            fail "$1: the edit can't be made: $target has changed, or neither patch nor git is installed"
    fi
    cd "$tmp/copy"
    make -s "$chapter/server" scripts/test/client scripts/compare/load || fail "$1: the server does not build"
    echo "The experiment:"
    (trap reap EXIT && eval "$(field Check "$file")") 2>&1 | sed 's/^/  /' || code=${PIPESTATUS[0]}
    case $code in 0) echo "  went as the answer says" ;; 77) echo "  can't tell here" ;; *) echo "  went otherwise" && wrong=1 ;; esac
    echo "The tests:"
    if [[ ${2-} == all ]]; then
        try 10 >"$tmp/results"
        sed -n 's/^not ok [0-9]* /  also red: /p' "$tmp/results" | grep -vFf <(printf '%s\n' "${red[@]}" '(none)') || true
        [[ ${red[*]-} ]] || ! grep '^not ok' "$tmp/results" | grep -qvFf <(field Also "$file" && echo '(none)') || wrong=1
    else
        { ((${#red[@]} == 0)) || try 2 "${red[@]}" & try 10 "${green[@]}"; wait; } >"$tmp/results"
    fi
    judge red "${red[@]}"
    judge green "${green[@]}"
    cd "$OLDPWD"
    ((wrong == 0)) || end='something did NOT go as the answer says'
    printf '%s\n' "Why: $(field Answer "$file")" "Traps to run: $(field Read "$file")"
    echo "$1: $end ($((SECONDS - begin)) seconds)"
    return "$wrong"
}
case $#-${1-} in
0-) for n in $(numbers); do echo "$n  $(field Title "$(patch_of "$n")")"; done && echo "Try one: make exercise N=01-1" >&2 && exit ;;
[12]-[0-9]* | *---matrix) ;;
*) fail 'usage: exercise.sh [N [FILE]], with N as in 01-1' 2 ;;
esac
bats=$(scripts/test/bats.sh)
leave_nothing
if [[ $1 != --matrix ]]; then run "$1"; exit; fi
status=0 own=''
(($# > 1)) || mapfile -t all < <(numbers)
for n in "${@:2}" "${all[@]}"; do run "$n" all || status=1; done
exit "$status"
