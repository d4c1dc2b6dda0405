#!/usr/bin/env bash
# exercise.sh - lists the exercises.
# exercise.sh N [FILE] - makes the edit of exercise N, such as 01-1, in a copy, builds it, tries the experiment and the
# tests that the exercise names, and says what went red, and why. FILE is your own server.c, in place of the edit.
# exercise.sh N --all - tries all tests of the chapter as well; that takes a minute or more.
# An exercise is one file, NN-chapter/exercises/N-name.patch; what stands before the edit are its fields.
# shellcheck disable=SC2034,SC2119,SC2120,SC2317 # a field, Check, calls the functions and reads what they set
set -euo pipefail
own=''
[[ ${2---all} == --all ]] || own=$(realpath -- "$2")
self=$(readlink -f "$0") && cd "${self%/*}/.."
source scripts/test/server.sh
close_inherited_descriptors
fail() { echo "$1" >&2 && exit "${2:-1}"; }

# --- what a Check is made of
start() { serve "$tmp/log" "$@" "$chapter/server" 0; }
steps() { printf '%s\n' "$@" | timeout 60 scripts/test/client "$port" >"$tmp/steps" 2>/dev/null; }
stuck() { ! steps "$@" && (($(grep -c '' "$tmp/steps") == $# - 1)) && echo "nothing came back at '${*: -1}'"; }
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$server/stat"; }
spins() { (($(ticks) > 50)); }
logged() { grep -q -- "$1" "$tmp/log"; }
rush() { steps "rush $1" && read -r _ _ _ _ _ _ waiting _ <"$tmp/steps" && cat "$tmp/steps"; }
closes_only_idle() { # a silent client, but none of 600, more than two batches, whose bytes wait for a server that is stopped
    (($(ulimit -Hn) > 700)) || return 77
    make -s -B CPPFLAGS=-DIDLE_S=1 "$chapter/server" && start && make -s -B "$chapter/server" || return
    steps 'open a' 'send a x' 'expect a x' 'gone a' && logged 'it was idle' || return
    PATIENCE_S=9 start_client && step 'crowd 600' || return
    kill -s STOP "$server"
    step "load $server 9 600 9" &
    sleep 2.5
    kill -s CONT "$server"
    wait $!
}

# try PATIENCE [NAME...]: runs these of the chapter's. $tmp/went gets a line for each: red, green or skipped, and its
# name. A client whose bytes do not come back gives up after PATIENCE seconds.
try() {
    local names
    names=$(printf '%s\n' "${@:2}" | sed 's/[^[:alnum:] .*]/./g' | paste -sd '|')
    CHAPTER=$chapter PATIENCE_S=$1 patience=$1 timeout 600 "$bats" --tap --filter "^($names)\$" \
        "$chapter/test.bats" scripts/test/{echo,promises,strength,anywhere}.bats >"$tmp/tap" 2>/dev/null || true
    sed -nE 's/^ok [0-9]+ (.*) # skip.*/skipped \1/p; s/^ok [0-9]+ /green /p; s/^not ok [0-9]+ /red /p' \
        "$tmp/tap" >>"$tmp/went"
}
judge() { # judge COLOUR NAME...: says how these went, and whether as they should
    local name is
    for name in "${@:2}"; do
        for is in red green skipped missing; do ! grep -qxF "$is $name" "$tmp/went" || break; done
        printf '  %-7s  %s\n' "$is" "$name"
        [[ $is == "$1" || $is == skipped ]] || { echo "           (should be $1)" && wrong=yes; }
    done
}

if (($# == 0)); then
    grep -H '^Title: ' 0*/exercises/*.patch | sed -E 's|-.*/([0-9]+)-.*:Title: |-\1  |'
    echo 'Try one: make exercise N=01-1' >&2
    exit
fi
exercise=$(echo "${1%%-*}"-*/exercises/"${1#*-}"-*.patch)
[[ -f $exercise ]] || fail "There is no exercise $1: 'make exercise' lists them all" 2
target=$(field File | grep . || sed -n 's|^+++ b/||p' "$exercise")
chapter=${target%%/*} code=0 wrong='' end='all went as the answer says'
bats=$(scripts/test/bats.sh)
leave_nothing
copy_tree "$tmp/copy"
if [[ -n $own ]]; then
    cp "$own" "$target"
elif grep -q '^--- ' "$exercise"; then
    { patch -s -p1 <"$exercise" || git apply "$exercise"; } >/dev/null 2>&1 ||
        fail "$1: the edit can't be made: $target has changed, or neither patch nor git is installed"
fi
printf '%s %s\n%s\n' "$1" "$(field Title)" "$(field Predict)$(field Task)"
make -s "$chapter/server" scripts/test/client || fail "$1: the server does not build"

echo "The experiment:"
export PATIENCE_S=2
(trap reap EXIT && eval "$(field Check)") 2>&1 |
    sed 's/.*line [0-9]*: *[0-9]* \(Segmentation fault\|Aborted\).*/the server has crashed: \1/; s/^/  /' || code=${PIPESTATUS[0]}
verdict=([0]='went as the answer says' [77]="can't tell here")
echo "  ${verdict[code]-went otherwise}"
[[ -v verdict[code] ]] || wrong=yes

echo "The tests:"
mapfile -t red < <(field Red)
mapfile -t green < <(field Green)
try 2 "${red[@]}"
try 10 "${green[@]}"
[[ ${2-} != --all ]] || try 5 '.*'
judge red "${red[@]}"
judge green "${green[@]}"
# Where no test is named that goes red, none may be, but for what is known.
if ((${#red[@]} == 0)) && grep '^red ' "$tmp/went" | grep -vxFf <(field Also | sed 's/^/red /'); then wrong=yes; fi
[[ -z $wrong ]] || end='something did NOT go as the answer says'
printf '%s\n' "Why: $(field Answer)" "Traps to run: $(field Read)" "$1: $end ($SECONDS seconds)"
[[ -z $wrong ]]
