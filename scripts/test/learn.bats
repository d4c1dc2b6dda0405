# The exercises and the quiz: what they say is what is so.
load helper.bash

setup() {
    export TMPDIR="$BATS_TEST_TMPDIR/a dir"
    mkdir "$TMPDIR"
    cd "$ROOT"
}
sources() { find Makefile common scripts 0* -type f -exec cksum {} +; }

@test "exercises: each turns the tests red that it names, and leaves those green that it names" {
    local before=$(sources) numbers=$(scripts/exercise.sh | cut -d ' ' -f 1)
    # Most of the time is that of clients whose bytes do not come back. A name in the directory is one that failed.
    xargs -P $((2 * $(nproc))) -I{} bash -c 'scripts/exercise.sh {} >"$TMPDIR/{}" 2>&1 && rm "$TMPDIR/{}"' \
        <<<"$numbers" 3>&- || true
    tail -n 99 "$TMPDIR"/* || true
    [ "$(wc -l <<<"$numbers")" -eq "$(find 0*/exercises -name '*.patch' | wc -l)" ]
    [ -z "$(ls "$TMPDIR")" ]
    [ "$(sources)" = "$before" ]
}

@test "exercises: a server of the reader's that is not what was asked for fails" {
    run -1 scripts/exercise.sh 03-3 03-epoll/server.c 3>&-
    [[ $output == *'went otherwise'*'green    half-close'*'should be red'*'03-3: something did NOT go'* ]]
    echo 'int main(void) { return nothing; }' >"$TMPDIR/mine.c"
    run -1 scripts/exercise.sh 02-5 "$TMPDIR/mine.c" 3>&-
    [[ $output == *'the server does not build' ]]
}

@test "exercises: one line for an edit that can't be made any more, for an unknown exercise, for wrong use" {
    run -2 scripts/exercise.sh 01-99
    [ "$output" = "There is no exercise 01-99: 'make exercise' lists them all" ]
    run -2 scripts/exercise.sh --help
    [ "${#lines[@]}" -eq 1 ]
    copy_tree "$TMPDIR/copy"
    sed -i 's/select(highest_fd/select(0 + highest_fd/' 01-select/server.c
    run -1 scripts/exercise.sh 01-4 3>&-
    [ "$output" = "01-4: the edit can't be made: 01-select/server.c has changed, or neither patch nor git is installed" ]
}

@test "exercises: where neither a test nor the experiment can tell, it says so" {
    mkdir "$TMPDIR/bin"
    printf '#!/bin/sh\nexit 1\n' >"$TMPDIR/bin/strace" # as where it is forbidden
    chmod +x "$TMPDIR/bin/strace"
    PATH=$TMPDIR/bin:$PATH run -0 scripts/exercise.sh 03-7 3>&-
    [[ $output == *"can't tell here"*'skipped  EINTR after'* ]]
}

@test "quiz: the right guesses, piped in, are all right, and wrong ones are not" {
    local answers
    answers=$(yes wrong | scripts/quiz.sh --seed 7 | tee "$TMPDIR/round" | sed -nE 's/^  (select|poll|epoll|answer) +(.*[^ ]) +no$/\2/p')
    cat "$TMPDIR/round"
    [[ $(tail -n 1 "$TMPDIR/round") == '0 of '*' right'*'--seed 7' ]]
    run -0 scripts/quiz.sh --seed 7 <<<"$answers"
    [[ ${lines[-1]} == "$(wc -l <<<"$answers") of $(wc -l <<<"$answers") right"* ]]
    run -0 scripts/quiz.sh --seed 8 <<<'one guess, and then no more'
    [[ ${lines[-1]} == '0 of '[01]' right'* ]]
}

@test "quiz --list: every scene and every question has an answer, and it is the program's" {
    run -0 scripts/quiz.sh --list
    [ "$(grep -c '^  epoll  ' <<<"$output")" -eq "$(02-poll/traps/what-poll-says | grep -c ' ok ')" ]
    [ "$(grep -c '^  answer  ' <<<"$output")" -eq "$(grep -c '|.*/traps/.*|s/' scripts/quiz.sh)" ]
    copy_tree "$TMPDIR/copy"
    echo 'echo "byte waiting    -w-     HUP      fails  ok    nothing"' >02-poll/traps/what-poll-says
    printf '#!/bin/sh\necho "cannot tell here: why"\nexit 77\n' >01-select/traps/sigpipe
    run -0 scripts/quiz.sh --list
    [[ $output == *$'byte waiting\n  select  -w-\n  poll    HUP\n  epoll   fails\n'* ]]
    [ "$(grep -c "can't tell: cannot tell here: why" <<<"$output")" -eq 1 ]
    run -2 scripts/quiz.sh --seed
    run -2 scripts/quiz.sh all
}
