#!/usr/bin/env bash
# run.sh [FILE...] - runs every test, or those of the bats files, and ends with the line "N passed, N failed, N skipped".
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/shell.sh
close_inherited_descriptors

bats=$(scripts/test/bats.sh)
(($# > 0)) || set -- */test.bats scripts/*/*.bats
each_chapter=() once=() # what all three servers promise is tested by one file, once for each
for file in "$@"; do
    case ${file##*/} in
    echo.bats | promises.bats | strength.bats | anywhere.bats) each_chapter+=("$file") ;;
    *) once+=("$file") ;;
    esac
done

run() { (($# == 0)) || "$bats" --tap "$@" || touch "$results/red"; }
results=$(mktemp -d) chapters=''
trap '[[ -z $chapters ]] || kill -- "-$chapters"; rm -rf "$results"' EXIT
trap 'exit 130' INT HUP TERM
set -m # a group of processes, to be ended as a whole: most tests wait, so two run at once
for CHAPTER in 0*; do
    export CHAPTER BATS_TEST_NAME_PREFIX="$CHAPTER: "
    run "${each_chapter[@]}"
done </dev/null >"$results/chapters" 2>&1 &
chapters=$!
set +m
run "${once[@]}" | tee "$results/once"
wait "$chapters"
chapters=''
cat "$results/chapters"

count() { cat "$results"/{once,chapters} | grep -cE "$1" || true; }
skipped=$(count '^ok .* # skip') passed=$(($(count '^ok ') - skipped))
echo "$passed passed, $(count '^not ok ') failed, $skipped skipped"
[[ ! -e $results/red ]] && ((passed > 0)) # if none passed, nothing was tried
