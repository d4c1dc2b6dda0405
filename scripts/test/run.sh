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

results=$(mktemp)
trap 'rm -f "$results"' EXIT
status=0
run() { (($# == 0)) || "$bats" --tap "$@" | tee -a "$results" || status=1; }
run "${once[@]}"
for chapter in 0*; do
    CHAPTER=$chapter BATS_TEST_NAME_PREFIX="$chapter: " run "${each_chapter[@]}"
done

count() { grep -cE "$1" "$results" || true; }
skipped=$(count '^ok .* # skip') passed=$(($(count '^ok ') - skipped))
echo "$passed passed, $(count '^not ok ') failed, $skipped skipped"
((passed > 0)) || status=1 # nothing was tried
exit "$status"
