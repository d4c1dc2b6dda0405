# The house: what stands where, and what must not drift apart.
load ../scripts/helper.bash

# function FILE NAME: the text of a function, with the comment above it.
function_of() {
    awk -v name="$2" '
        /^$/ { text = ""; next }
        { text = text $0 "\n" }
        $0 ~ "^[a-z].*[ *]" name "\\(" { wanted = 1 }
        wanted && /^}/ { printf "%s", text; exit }' "$1"
}

@test "the top level holds what the mission lists" {
    run ls "$ROOT"
    [ "$output" = $'01-select\n02-poll\n03-epoll\nMakefile\nREADME.md\ncommon\ndocs\nscripts' ]
}

@test "what the servers share has the same text in all three" {
    cd "$ROOT"
    for name in close_connection lose_connection pause_accepting accept_connection \
        receive_data keep_pending send_data create_listen_socket stop; do
        echo "$name"
        [ -n "$(function_of 01-select/server.c $name)" ]
        diff <(function_of 01-select/server.c $name) <(function_of 02-poll/server.c $name)
        diff <(function_of 02-poll/server.c $name) <(function_of 03-epoll/server.c $name)
    done
    for chapter in 0*; do # main differs in the chapter's name
        function_of "$chapter/server.c" main | sed "s/\"${chapter#*-}\"/NAME/" >"$BATS_TEST_TMPDIR/$chapter"
        diff "$BATS_TEST_TMPDIR/01-select" "$BATS_TEST_TMPDIR/$chapter"
    done
}
