# The traps where a reader might start them, and what `make traps` says of those that go wrong.
load ../test/helper.bash

# stub STATUS: a trap that ends so.
stub() {
    mkdir -p "$BATS_TEST_TMPDIR/09-none/traps"
    stub=$BATS_TEST_TMPDIR/09-none/traps/stub
    printf '#!/bin/sh\necho "measured: 1"\n%s\n' "$1" >"$stub"
    chmod +x "$stub"
}

@test "traps agree or can't tell, with strange signals, without descriptors 0 to 2, with latency" {
    run -0 "$ROOT/scripts/traps/surroundings.sh" --quick 3>&-
    echo "$output"
    grep -qE '^signals off.* 0 +0$' <<<"$output" || skip "this env cannot block signals"
    ! grep -q DISAGREES: <<<"$output"
}

@test "surroundings.sh: a trap that disagrees or crashes is named, and the status is 1" {
    for end in 'exit 1' 'kill -SEGV $$' 'exit 3'; do
        stub "$end"
        run -1 "$ROOT/scripts/traps/surroundings.sh" --quick "$stub" 3>&-
        grep -qE '(DISAGREES|STATUS [0-9]+): stub:' <<<"$output"
    done
}

@test "traps.sh tells agreement, none, disagreement and a crash" {
    while read -r status verdict end; do
        stub "$end"
        run "-$status" "$ROOT/scripts/traps.sh" "$stub" 3>&-
        grep -qE "^09-none +stub +${verdict//_/ } +1$" <<<"$output"
    done <<<"0 agrees exit 0
0 can't_tell exit 77
1 DISAGREES exit 1
1 CRASHED kill -SEGV \$\$"
}
