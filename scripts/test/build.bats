# Other people's shells, makes, limits and checkouts: Makefile, shell.sh, bats.sh and run.sh.
load helper.bash

# A copy with a name that few tools love. What is faked is found before all others.
setup() {
    top="$BATS_TEST_TMPDIR/it's \$1 \"here\""
    bin=$BATS_TEST_TMPDIR/bin
    PATH=$bin:$PATH
    mkdir "$bin"
    cd "$ROOT"
    copy_tree "$top"
    rm -rf .bats* 0*/server
}
fake() { # NAME COMMANDS
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}

# --- make

@test "make: from nothing, with nothing to do, by completion, without built-in variables, with an empty CC" {
    for arguments in '' -j4 -rR 03-epoll 03-epoll/ CC=; do
        rm -f 03-epoll/server
        for what in something nothing; do
            run -0 make $arguments
            echo "$output"
            [[ -x 03-epoll/server && ${lines[-1]} == Ready:*./03-epoll/server ]]
            [[ $output != *'othing to be done'* ]]
        done
    done
    CPPFLAGS=-D_GNU_SOURCE CFLAGS=-Werror run -0 make -B -s
}

@test "make: in a checkout that can't be written to it is ready, or an error" {
    root=()
    [ "$(id -u)" -ne 0 ] || root=(setpriv --bounding-set -dac_override) # who may write all the same
    "${root[@]}" true || skip "root can't be kept from writing here"
    make -s
    rm 03-epoll/server
    chmod -R a-w .
    run -0 "${root[@]}" make 02-poll
    run -2 "${root[@]}" make
    chmod -R u+w .
    [[ $output == *03-epoll/server*'ermission denied'* ]]
}

@test "not on Linux: make builds two chapters and says what needs Linux; each script says so in one line" {
    fake uname 'echo NetBSD'
    run -0 make
    [[ ${lines[-1]} == *03-epoll*'need Linux'*NetBSD* ]]
    [ -x 02-poll/server ]
    [ ! -e 03-epoll/server ]
    run ! make -s traps
    [[ ${lines[0]} == 'traps.sh needs Linux'*NetBSD* ]]
    ln -s "$top/scripts" "$BATS_TEST_TMPDIR/link"
    cd "$BATS_TEST_TMPDIR" # from another folder, through a link, with a CDPATH that leads astray
    for script in link/*.sh link/test/{bats,run,faults,torture}.sh; do
        CDPATH=$top:/ run ! "./$script"
        echo "$script: $output"
        [[ ${#lines[@]} -eq 1 && $output == "${script##*/} needs Linux, bash 5 "*NetBSD* ]]
    done
    rm "$bin/uname"
    sed -i 's/-lt 5 /-lt 99 /' link/test/shell.sh
    run ! link/traps.sh
    [[ $output == "traps.sh needs Linux, bash 5 "*"bash $BASH_VERSION" ]]
}

@test "make: BSD's is told in one line that GNU's is needed, and builds nothing" {
    need bmake
    run ! bmake
    [[ ${lines[0]} == *"GNU make"* && ! -e 01-select/server ]]
}

@test "a checkout that converts line ends keeps ours" {
    need git
    git init -q .
    git add .
    rm scripts/docs.sh
    git -c core.autocrlf=true checkout -q scripts/docs.sh
    cmp scripts/docs.sh "$ROOT/scripts/docs.sh"
}

# --- the caller's shell

@test "shell.sh: what the caller has set does not reach the script or what it starts" {
    echo 'echo leaked' >"$BATS_TEST_TMPDIR/env"
    cat >scripts/try.sh <<'END'
self=$(readlink -f "$0")
source scripts/test/shell.sh
close_inherited_descriptors
bash -c 'printf "%s;" "$(printf "b\nA\na" | sort | tr -d "\n")" "${CDPATH-}${LOG_LEVEL-}" "$(set -o | grep -c "posix.*on")"'
printf '%.1f;' 1.5
ls /proc/self/fd | wc -l
END
    for locale in C en_US.UTF-8 de_DE.UTF-8; do
        LANG=$locale LC_ALL=$locale CDPATH=/ LOG_LEVEL=ERROR POSIXLY_CORRECT=y BASH_ENV=$BATS_TEST_TMPDIR/env \
            run -0 bash --norc scripts/try.sh 3</dev/null 17</dev/null
        echo "$output"
        [ "${lines[-1]}" = 'Aab;;0;1.5;4' ] # bash itself may read BASH_ENV before it comes to ours
    done
}

@test "shell.sh: temporary files go where they can be, and programs run" {
    mkdir "$BATS_TEST_TMPDIR/with spaces" noexec
    for TMPDIR in '' /no/such "$BATS_TEST_TMPDIR/with spaces"; do
        run -0 bash -c 'source scripts/test/shell.sh && cp /bin/true "$TMPDIR/$$" && "$TMPDIR/$$" &&
            rm "$TMPDIR/$$" && echo "$TMPDIR"'
        [[ -d $output && ($TMPDIR != *spaces || $output == "$TMPDIR") ]]
    done
    mount='mount -t tmpfs -o noexec none noexec'
    unshare -m $mount 2>/dev/null || skip "nothing may be mounted here"
    TMPDIR=$PWD/noexec run -0 unshare -m bash -c "$mount && source scripts/test/shell.sh"' && echo "$TMPDIR"'
    [[ $output != *noexec ]]
}

# --- bats, found or fetched, and what it says

@test "bats.sh: one that is too old is as good as none; npm is asked where apt-get fails; none is one line" {
    fake bats 'echo Bats 1.2.1'
    fake apt-get 'exit 1'
    fake npm 'exit 1'
    run -1 scripts/test/bats.sh
    [[ ${lines[-1]} == "Can't fetch bats-core"* ]]
    [ "$(find . -name '.bats*')" = '' ]
    fake npm 'mkdir -p node_modules/bats/bin && cp "$0" node_modules/bats/bin/bats && echo Bats 1.13.0'
    run -0 --separate-stderr scripts/test/bats.sh
    [ "$output" = "$PWD/.bats/node_modules/bats/bin/bats" ]
    fake npm 'exit 1' # what was fetched is used again
    run -0 scripts/test/bats.sh
    fake bats 'echo Bats 1.10.0'
    [ "$(scripts/test/bats.sh)" = "$bin/bats" ]
}

@test "run.sh: the last line counts, and one red test, or none at all, is status 1" {
    bats() { fake bats "[ \"\$1\" = --version ] && echo Bats 1.10.0 && exit; $1"; }
    bats 'echo ok 1; echo "ok 2 x # skip why"'
    run -0 scripts/test/run.sh a/test.bats
    [ "${lines[-1]}" = '1 passed, 0 failed, 1 skipped' ]
    bats 'echo ok 1; echo not ok 2 x; exit 1'
    run -1 scripts/test/run.sh a/test.bats scripts/test/echo.bats
    [ "${lines[-1]}" = '4 passed, 4 failed, 0 skipped' ]
    bats 'true'
    run -1 scripts/test/run.sh a/test.bats
}
