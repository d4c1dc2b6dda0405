#!/usr/bin/env bash
# bats.sh - prints where bats-core 1.5 or later is. Where none is installed, it is fetched into .bats/, without root.
set -euo pipefail
self=$(readlink -f "$0") && cd "${self%/*}/../.."
source scripts/test/shell.sh

find_bats() {
    local bats
    for bats in "$(command -v bats)" "$PWD/.bats/usr/bin/bats" "$PWD/.bats/node_modules/bats/bin/bats"; do
        [[ $("$bats" --version 2>/dev/null) =~ ^Bats\ ([0-9]+)\.([0-9]+) ]] || continue
        ((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] < 105)) || { echo "$bats" && return; }
    done
    return 1
}
fetch() ( # two may do so at once: the second finds the place taken
    new=$(mktemp -d "$PWD/.bats.XXXXXX")
    trap 'rm -rf "$new"' EXIT
    cd "$new"
    { apt-get download -q bats && dpkg -x bats_*.deb . && [[ $(usr/bin/bats --version) != Bats\ [01].[0-4].* ]]; } >&2 ||
        npm install --silent --no-fund --no-audit --prefix . bats@1 >&2 || exit 1
    find_bats >/dev/null || { rm -rf ../.bats && mv -T "$new" ../.bats; }
)

find_bats && exit
echo "bats-core 1.5 or later is not installed: fetching it into .bats/" >&2
fetch || true
find_bats || { echo "Can't fetch bats-core: install it, for example by 'apt-get install bats'" >&2 && exit 1; }
