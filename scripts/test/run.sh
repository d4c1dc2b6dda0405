#!/usr/bin/env bash
# run.sh [FILE...] - runs every test, or those of the bats files, and ends with the line "N passed, N failed, N skipped".
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/shell.sh
close_inherited_descriptors

bats=$(scripts/test/bats.sh)
(($# > 0)) || set -- */test.bats scripts/*/*.bats
runs=() # CHAPTER FILE...: what all three servers promise is tested by one file, once for each
for file in "$@"; do
    case ${file##*/} in
    echo.bats | promises.bats | strength.bats | anywhere.bats)
        for chapter in 0*; do runs+=("$chapter" "$file"); done
        ;;
    *) runs+=('' "$file") ;;
    esac
done

results=$(mktemp -d) status=0
export results
trap 'rm -rf "$results"' EXIT
# Most tests wait, so two files run at once; what they say is shown file by file.
# shellcheck disable=SC2016 # the inner bash expands it
printf '%s\0' "${runs[@]}" | xargs -0 -n 2 -P 2 bash -c '
    export CHAPTER=$1 BATS_TEST_NAME_PREFIX=${1:+$1: } status=0
    "$0" --tap "$2" >"$results/$$" 2>&1 || status=1
    cat "$results/$$"
    exit "$status"' "$bats" || status=1

count() { cat "$results"/* | grep -cE "$1" || true; }
skipped=$(count '^ok .* # skip') passed=$(($(count '^ok ') - skipped))
echo "$passed passed, $(count '^not ok ') failed, $skipped skipped"
((status == 0 && passed > 0)) # if none passed, nothing was tried
