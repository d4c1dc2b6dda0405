# The house: what stands where, and what must not drift apart.
load ../scripts/test/helper.bash

# function FILE NAME: the text of a function, with the comment above it.
function_of() {
    awk -v name="$2" '
        /^$/ { text = ""; next }
        { text = text $0 "\n" }
        $0 ~ "^[a-z].*[ *]" name "\\(.*\\)$" { wanted = 1 }
        wanted && /^}/ { printf "%s", text; exit }' "$1"
}

@test "the top level holds what the mission lists" {
    run ls "$ROOT"
    [ "$output" = $'01-select\n02-poll\n03-epoll\nMakefile\nREADME.md\ncommon\ndocs\nscripts' ]
}

@test "what the servers share has the same text in all three" {
    cd "$ROOT"
    for name in now_ms survives accept_connection send_data create_listen_socket stop; do
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

@test "the generated parts of the Markdown files are what their commands print" {
    run "$ROOT/scripts/docs.sh" --check
    [ "$status" -eq 0 ]
}

@test "no machine disagrees with a trap" {
    run make -s -C "$ROOT" traps
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -cE "  (agrees|can't tell)  " <<<"$output")" -eq "$(ls "$ROOT"/0*/traps/*.c | wc -l)" ]
}

@test "the chapters have the same headings" {
    headings() { sed -n 's/^## \([^:]*\).*/\1/p' "$ROOT/$1/README.md"; }
    [ "$(headings 01-select | wc -l)" -eq 10 ]
    diff <(headings 01-select) <(headings 02-poll)
    diff <(headings 01-select) <(headings 03-epoll)
}

@test "every relative link leads somewhere" {
    cd "$ROOT"
    while IFS=: read -r file link; do
        echo "$file: $link"
        [ -e "$(dirname "$file")/${link%%#*}" ]
    done < <(grep -oE '\]\([^)]+\)' README.md */*.md | sed -E 's/\]\(([^)]*)\)/\1/' | grep -v ':https\?:')
}

@test "every function and constant that the map names exists" {
    cd "$ROOT"
    for name in $(grep -oE '`[a-z_0-9]+\(\)`' docs/document-map.md | tr -d '`()' | sort -u); do
        echo "$name"
        grep -qE "\b$name\(" 0*/server.c common/*.[ch]
    done
    for name in MAX_CONNECTION_BACKLOG EPOLL_BLOCK_DURATION_S TIMEOUT_S CONNECTIONS EVENT_LOOKUP; do
        grep -q "\`$name\`" docs/document-map.md
        grep -q "\b$name\b" 0*/server.c common/*.c
    done
}

@test "the server for one client in chapter 1 compiles" {
    { echo '#include <sys/socket.h>
#include <unistd.h>
void serve(int listen_socket);
void serve(int listen_socket) {'; sed -n '/^```c$/,/^```$/{/^```/d;p}' "$ROOT/01-select/README.md"; echo '}'; } >"$BATS_TEST_TMPDIR/one.c"
    ${CC:-cc} -std=c11 -Wall -Wextra -c -o /dev/null "$BATS_TEST_TMPDIR/one.c"
}
