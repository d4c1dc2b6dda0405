# The traps where a reader might start them, and what `make traps` says of those that go wrong.
load helper.bash

@test "traps agree or can't tell, with strange signals, without descriptors 0 to 2, with latency" {
    run -0 "$ROOT/scripts/test/surroundings.sh" --quick 3>&-
    echo "$output"
    [[ $output != *'off, 0 to 2 closed: skipped'* ]] || skip "this env cannot block signals"
    [[ $output == *closed:\ [1-9]*\ agree* ]]
}

@test "traps.sh and surroundings.sh tell agreement, none, disagreement and a crash" {
    stub=$BATS_TEST_TMPDIR/09-none/traps/stub
    mkdir -p "${stub%/*}"
    while IFS='|' read -r status verdict end; do
        printf '#!/bin/sh\necho "claim:    so"\necho "measured: 1"\n%s\n' "$end" >"$stub"
        chmod +x "$stub"
        run "-$status" "$ROOT/scripts/traps.sh" "$stub" 3>&-
        [[ ${lines[0]} =~ ^"$verdict "+"$stub"$ && $output == *$'\n    so\n    -> 1' ]]
        run "-$status" "$ROOT/scripts/test/surroundings.sh" --quick "$stub" 3>&-
        [[ $verdict == agrees || $output == *"$verdict "*stub* ]]
    done <<<"0|agrees|exit 0
0|can't tell|exit 77
1|DISAGREES|exit 1
1|CRASHED, status 3:|exit 3"
}
