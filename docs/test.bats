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
    [ "$(grep -cE "^(agrees|can't tell)  " <<<"$output")" -eq "$(ls "$ROOT"/0*/traps/*.c | wc -l)" ]
}

@test "the chapters have the same headings" {
    headings() { sed -n 's/^## \([^:]*\).*/\1/p' "$ROOT/$1/README.md"; }
    [ "$(headings 01-select | wc -l)" -eq 13 ]
    diff <(headings 01-select) <(headings 02-poll)
    diff <(headings 01-select) <(headings 03-epoll)
}

@test "every relative link leads somewhere" {
    cd "$ROOT"
    while IFS=: read -r file link; do
        echo "$file: $link"
        [ -e "$(dirname "$file")/${link%%#*}" ]
    done < <(grep -oE '\]\([^)]+\)' -- README.md */*.md | sed -E 's/\]\(([^)]*)\)/\1/' | grep -v ':https\?:')
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

@test "the small loops of the notes compile, and echo: one client, and many for select, poll and epoll" {
    for chapter in 00 01-select 02-poll 03-epoll; do
        serve "$BATS_TEST_TMPDIR/log" "$ROOT/scripts/small.sh" "$chapter" 0
        started+=("$server")
        client 'open a' 'send a x' 'expect a x' 'close a' 'open b' 'send b y' 'expect b y'
        [ "$chapter" = 00 ] ||
            client 'open a' 'open b' 'open c' 'send c x' 'expect c x' 'send a y' 'expect a y' 'close b' \
                'open d' 'send d z' 'expect d z' 'send c x' 'expect c x'
        stop "$server" || true
    done
}

@test "each chapter's tables name each of its traps once" {
    cd "$ROOT"
    for chapter in 0*; do
        diff <(sed -n "s/^<!-- \\$ traps_of $chapter \(.*\) -->/\1/p" "$chapter/README.md" | tr ' ' '\n' | sort) \
            <(cd "$chapter/traps" && ls ./*.c | sed 's|^\./||; s/\.c$//' | sort)
    done
}

@test "every trap answers a question in docs/questions.md, but for two that only prove a sentence wrong" {
    cd "$ROOT"
    for trap in 0*/traps/*.c; do
        echo "$trap"
        grep -q "$trap" docs/questions.md || [[ $trap =~ (edge-is-arrival|no-shared-memory)\.c ]]
    done
}

@test "a chapter's notes have 700 to 1,100 words, without code, tables and what is generated" {
    cd "$ROOT"
    for chapter in 0*; do
        words=$(sed -E '/^<!-- \$/,/^<!-- end/d; /^```/,/^```/d; /^(\||    )/d; s/\]\([^)]*\)/]/g' "$chapter/README.md" | wc -w)
        echo "$chapter: $words words"
        [ "$words" -ge 700 ]
        [ "$words" -le 1100 ]
    done
}
