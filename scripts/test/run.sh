#!/usr/bin/env bash
# test.sh - runs every test and ends with the line "N passed, N failed, N skipped".
# bats-core is fetched into .bats/, without root, where it is not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

find_bats() {
    command -v bats || command -v .bats/usr/bin/bats || command -v .bats/node_modules/.bin/bats
}
if ! find_bats >/dev/null; then
    echo "bats is not installed: fetching it into .bats/" >&2
    mkdir -p .bats
    (cd .bats && apt-get download -q bats && dpkg -x bats_*.deb .) >&2 ||
        npm install --silent --prefix .bats bats >&2 ||
        { echo "Can't fetch bats-core: install it, for example by 'apt-get install bats'" >&2 && exit 1; }
fi
bats=$(find_bats)

results=$(mktemp)
trap 'rm -f "$results"' EXIT
status=0
"$bats" --tap ./*/test.bats scripts/compare/*.bats | tee -a "$results" || status=1
for chapter in 0*; do # what all three promise is tested by one file
    CHAPTER=$chapter BATS_TEST_NAME_PREFIX="$chapter: " \
        "$bats" --tap scripts/test/echo.bats scripts/test/strength.bats | tee -a "$results" || status=1
done

skipped=$(grep -c '^ok .* # skip' "$results" || true)
echo "$(($(grep -c '^ok ' "$results") - skipped)) passed, $(grep -c '^not ok ' "$results" || true) failed, $skipped skipped"
exit "$status"
