# docs.sh, the rewriter, in a small repository of its own.
load helper.bash

setup() {
    top="$BATS_TEST_TMPDIR/it's \$1 here"
    mkdir -p "$top/scripts/test" "$top/a" "$top/b" "$top/docs"
    cd "$top"
    cp "$ROOT/scripts/docs.sh" scripts
    cp "$ROOT/scripts/test/shell.sh" "$ROOT/scripts/test/server.sh" scripts/test
    echo one >a/server.c
    echo two >b/server.c
    part README.md 'size_of_diff a b' old
}
part() { printf 'before\n<!-- $ %s -->\n%s\n<!-- end -->\nafter' "$2" "$3" >"$1"; }
size_is_in() { [ "$(sed -n 3p "$1")" = "## What changed since the last chapter: 2 lines" ]; }

@test "docs.sh: a part is renewed, the file, its mode and all else is kept, and what changed is told" {
    chmod 640 README.md
    run -0 scripts/docs.sh
    [ "$output" = 'README.md: size_of_diff a b' ]
    size_is_in README.md
    [ "$(sed 1d README.md | tail -n 1)" = after ]
    [ "$(stat -c %a README.md)" = 640 ]
    run -0 scripts/docs.sh
    [ "$output" = '' ]
}

@test "docs.sh --check writes nothing, and is red where a part differs or none was checked" {
    run -1 scripts/docs.sh --check
    [[ $output == *'README.md: size_of_diff a b'*'-old'*'+## What changed'* ]]
    grep -q old README.md
    echo 'no part' >README.md
    run -1 scripts/docs.sh --check
    [[ $output == *'nothing was checked'* ]]
    run -2 scripts/docs.sh --chekc
}

@test "docs.sh: where one part fails, no file changes" {
    for text in 'log_of no-such-chapter' 'figure_of no-such-part' 'rm -f README.md' 'no_such_of a'; do
        part docs/b.md "$text" old
        rm -f docs/figures/cost.tsv
        run -1 scripts/docs.sh
        echo "$text: $output"
        [[ $output == *"docs.sh: docs/b.md: "*"${text%% *}"* ]]
        grep -q old README.md
    done
    printf '<!-- $ size_of_diff a b -->\nno end\n' >docs/b.md
    run -1 scripts/docs.sh
    [[ $output == *'docs/b.md'*'<!-- end --> is missing'* ]]
    grep -q 'no end' docs/b.md
    [ "$(find . -name '*.new')" = '' ]
}

@test "docs.sh: what can't be made here is skipped with the reason, and kept" {
    part docs/b.md 'trap_of a/server.c' old
    run -0 scripts/docs.sh
    [[ $output == *'docs/b.md: skipped here: trap_of a/server.c: the notes show x86-64 and glibc'* ]]
    grep -q old docs/b.md
    size_is_in README.md
}

@test "docs.sh: files in other folders are not ours, with CDPATH, from anywhere, through a link" {
    mkdir -p other/scripts other/docs "$BATS_TEST_TMPDIR/bin"
    part other/README.md 'size_of_diff a b' old
    part docs/.hidden.md 'size_of_diff a b' old
    mkdir x && part x/README.md 'size_of_diff a b' old
    ln -s "$PWD/scripts/docs.sh" "$BATS_TEST_TMPDIR/bin/docs"
    CDPATH=$PWD/other run -0 scripts/docs.sh
    size_is_in README.md
    part README.md 'size_of_diff a b' old
    cd other
    CDPATH=$PWD run -0 "$BATS_TEST_TMPDIR/bin/docs"
    size_is_in ../README.md
    grep -q old README.md && grep -q old ../docs/.hidden.md && grep -q old ../x/README.md
}
