# docs.sh, the rewriter, in a small repository of its own.
load helper.bash

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/it's \$1 here"
    cd "$BATS_TEST_TMPDIR/it's \$1 here"
    mkdir -p scripts/test a b docs other/docs
    cp "$ROOT/scripts/docs.sh" scripts
    cp "$ROOT/scripts/test/shell.sh" "$ROOT/scripts/test/server.sh" scripts/test
    echo one >a/server.c
    echo two >b/server.c
    part README.md 'size_of_diff a b'
}
part() { printf 'before\n<!-- $ %s -->\nold\n<!-- end -->\nafter' "$2" >"$1"; }
NEW=$'before\n<!-- $ size_of_diff a b -->\n## What changed since the last chapter: 2 lines\n<!-- end -->\nafter'

@test "docs.sh: a part is renewed, all else is kept, and what changed is told; --check writes nothing" {
    run -1 scripts/docs.sh --check
    [[ $output == *'README.md: size_of_diff a b'*'-old'*'+## What changed'* ]]
    grep -q old README.md
    run -0 scripts/docs.sh
    [ "$output" = 'README.md: size_of_diff a b' ]
    [ "$(cat README.md)" = "$NEW" ]
    run -0 scripts/docs.sh --check
    [ "$output" = '' ]
}

@test "docs.sh: where one part fails, or there is none, it is red and no file changes" {
    for text in 'log_of no-such-chapter' 'figure_of no-such-part' 'rm -f README.md' 'no_such_of a' 'size_of_diff a b'; do
        part docs/b.md "$text"
        [[ $text != size* ]] || sed -i '/end/d' docs/b.md
        run -1 scripts/docs.sh
        echo "$text: $output"
        [[ $output == *"docs.sh: docs/b.md: "*"${text%% *}"* ]]
        grep -q old README.md
    done
    [ -z "$(find . -name '*.new')" ]
    echo 'no part' | tee README.md >docs/b.md
    run -1 scripts/docs.sh --check
    [[ $output == *'nothing was checked'* ]]
    run -2 scripts/docs.sh --chekc
}

@test "docs.sh: what can't be made here is skipped with the reason, and kept" {
    part docs/b.md 'trap_of a/server.c'
    run -0 scripts/docs.sh
    [[ $output == *'docs/b.md: skipped here: trap_of a/server.c: the notes show x86-64 and glibc'* ]]
    grep -q old docs/b.md
    [ "$(cat README.md)" = "$NEW" ]
}

@test "docs.sh: files in other folders are not ours, with CDPATH, from anywhere, through a link" {
    for file in other/README.md other/docs/c.md docs/.hidden.md a/README.md; do part "$file" 'size_of_diff a b'; done
    ln -s "$PWD/scripts/docs.sh" "$BATS_TEST_TMPDIR/docs"
    cd other
    CDPATH=$PWD/.. run -0 "$BATS_TEST_TMPDIR/docs"
    [ "$(cat ../README.md)" = "$NEW" ]
    grep -q old README.md && grep -q old docs/c.md && grep -q old ../docs/.hidden.md && grep -q old ../a/README.md
}
