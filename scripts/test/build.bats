# Other people's shells, makes, limits and checkouts: Makefile, shell.sh, bats.sh and run.sh.
load helper.bash

# A copy with a name that few tools love; in $bin stand programs that are found before all others.
setup() {
    top="$BATS_TEST_TMPDIR/it's \$1 \"here\""
    bin=$BATS_TEST_TMPDIR/bin
    mkdir -p "$top/x" "$bin"
    cd "$ROOT" && tar c --exclude=./.git --exclude='./.bats*' --exclude=./.tmp --exclude='./0*/server' . | tar x -C "$top"
    cd "$top"
    ln -s "$top/scripts" "$BATS_TEST_TMPDIR/link"
}
fake() { # NAME COMMANDS
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1" && chmod +x "$bin/$1"
}

# --- make

@test "make: from nothing, with nothing to do, by completion, without built-in variables, with an empty CC" {
    for arguments in '' '' -j4 -rR 03-epoll/ 03-epoll CC=; do
        run -0 make $arguments
        echo "$output"
        [[ ${lines[-1]} == Ready:*./03-epoll/server && $output != *othing\ to\ be\ done* && $output != *up\ to\ date* ]]
        [[ $arguments != [0C-]* ]] || rm 03-epoll/server # the next has something to do
    done
    CPPFLAGS=-D_GNU_SOURCE CFLAGS=-Werror run -0 make -s
}

@test "make: a checkout that can't be written to is an error, and no matter where all is built" {
    user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    [ "$(id -u)" -eq 0 ] || user=()
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$BATS_TEST_TMPDIR"
    chmod -R a-w,a+rX "$top"
    "${user[@]}" test -r Makefile || skip "can't become another user, or it can't come here"
    run -2 "${user[@]}" make
    [[ $output == *01-select/server*'ermission denied'* ]]
    chmod -R u+w "$top" && make -s
    chmod -R a-w "$top"
    run -0 "${user[@]}" make
    chmod -R u+w "$top"
}

@test "not on Linux, or with an old bash: what can be built is built, and each script says what it needs in one line" {
    fake uname 'echo NetBSD'
    PATH=$bin:$PATH
    run -0 make
    [[ ${lines[-1]} == *03-epoll*'need Linux'*NetBSD* && -x 02-poll/server && ! -e 03-epoll/server ]]
    run ! make -s traps
    [[ ${lines[0]} == 'traps.sh needs Linux'*NetBSD* ]]
    each_script_says 'needs Linux, bash 5 '*NetBSD*
    rm "$bin/uname"
    sed -i 's/-lt 5 /-lt 99 /' scripts/test/shell.sh
    each_script_says "needs Linux, bash 5 "*"bash $BASH_VERSION"
}
each_script_says() { # from another folder, through a link, with a CDPATH that leads astray
    for script in "$BATS_TEST_TMPDIR"/link/*.sh "$BATS_TEST_TMPDIR"/link/test/{bats,run,faults,torture}.sh; do
        CDPATH=$top:/ run env -C x "../../link/${script#*/link/}"
        echo "$script: $status: $output"
        [[ $status -ne 0 && ${#lines[@]} -eq 1 && $output == "${script##*/} "$1 ]]
    done
}

@test "make: BSD's is told in one line that GNU's is needed, and builds nothing" {
    need bmake
    run ! bmake
    [[ ${lines[0]} == *"GNU make"* && ! -e 01-select/server ]]
}

@test "a checkout that converts line ends keeps ours" {
    need git
    git init -q . && git add . && rm scripts/docs.sh
    git -c core.autocrlf=true checkout -q scripts/docs.sh
    cmp scripts/docs.sh "$ROOT/scripts/docs.sh"
}

# --- the caller's shell

@test "shell.sh: what the caller has set does not reach the script or what it starts" {
    echo 'echo leaked' >"$BATS_TEST_TMPDIR/env"
    cat >scripts/try.sh <<'END'
source scripts/test/shell.sh
bash -c 'printf "%s;" "$(printf "b\nA\na" | sort | tr -d "\n")" "${CDPATH-}${LOG_LEVEL-}" "$(set -o | grep -c "posix.*on")"'
printf '%.1f' 1.5
END
    for locale in C en_US.UTF-8 de_DE.UTF-8; do
        LANG=$locale LC_ALL=$locale CDPATH=/ LOG_LEVEL=ERROR POSIXLY_CORRECT=y BASH_ENV=$BATS_TEST_TMPDIR/env \
            run -0 bash --norc scripts/try.sh
        [ "${lines[-1]}" = 'Aab;;0;1.5' ] # bash itself may read BASH_ENV before it comes to ours
    done
}

@test "shell.sh: temporary files go where they can be, and programs run" {
    where='source scripts/test/shell.sh && cp /bin/true "$TMPDIR/$$" && "$TMPDIR/$$" && rm "$TMPDIR/$$" && echo "$TMPDIR"'
    mkdir "$BATS_TEST_TMPDIR/with spaces" noexec
    TMPDIR="$BATS_TEST_TMPDIR/with spaces" run -0 bash -c "$where"
    [[ $output == *spaces ]]
    for TMPDIR in '' /no/such "$top/no"; do run -0 bash -c "$where" && [ -d "$output" ]; done
    mount='mount -t tmpfs -o noexec none noexec'
    unshare -m $mount 2>/dev/null || skip "nothing may be mounted here"
    TMPDIR=$PWD/noexec run -0 unshare -m bash -c "$mount && $where"
    [[ $output != *noexec ]]
}

@test "shell.sh: 1,100 inherited descriptors are closed, not the script's own" {
    need_descriptors 1300
    cat >scripts/try.sh <<'END'
self=$(readlink -f "$0") && cd "${self%/*}/.."
source scripts/test/shell.sh
close_inherited_descriptors
ls /proc/self/fd | wc -l
# what follows is still read
echo here
END
    run -0 bash -c 'ulimit -n 1300; for ((i = 0; i < 1100; i++)); do exec {fd}</dev/null; done; exec bash scripts/try.sh'
    [ "$output" = $'4\nhere' ]
}

# --- bats, found or fetched, and what it says

@test "bats.sh: one that is too old is as good as none; npm is asked where apt-get fails; none is one line" {
    PATH=$bin:$PATH
    fake bats 'echo Bats 1.2.1'
    fake apt-get 'exit 1'
    fake npm 'exit 1'
    run -1 scripts/test/bats.sh
    [[ ${lines[-1]} == "Can't fetch bats-core"* && -z $(find . -name '.bats*') ]]
    fake npm 'mkdir -p node_modules/bats/bin && cd node_modules/bats/bin && printf "#!/bin/sh\necho Bats 1.13.0\n" >bats && chmod +x bats'
    for _ in fetched found; do
        run -0 --separate-stderr scripts/test/bats.sh
        [ "$output" = "$PWD/.bats/node_modules/bats/bin/bats" ]
        fake npm 'exit 1'
    done
    fake bats 'echo Bats 1.5.0'
    [ "$(scripts/test/bats.sh)" = "$bin/bats" ]
}

@test "run.sh: the last line counts, and one red test, or none at all, is status 1" {
    PATH=$bin:$PATH
    while IFS='|' read -r files results status last; do
        fake bats "[ \"\$1\" = --version ] && echo Bats 1.10.0 && exit; $results"
        run "-$status" scripts/test/run.sh $files
        [ "${lines[-1]}" = "$last" ]
    done <<'END'
a/test.bats|echo ok 1; echo "ok 2 x # skip why"|0|1 passed, 0 failed, 1 skipped
a/test.bats scripts/test/echo.bats|echo ok 1; echo not ok 2 x; exit 1|1|4 passed, 4 failed, 0 skipped
a/test.bats|true|1|0 passed, 0 failed, 0 skipped
END
}
