# shell.sh - every script reads this before it does anything: how the caller's shell is set up must not change
# what a script does or prints. Bash 3.2 has to understand the first lines, because they tell it that it is too old.
# shellcheck shell=bash
if [ "$(uname)" != Linux ] || [ "${BASH_VERSINFO[0]}" -lt 5 ]; then
    echo "${0##*/} needs Linux, bash 5 and GNU's or busybox's tools: this is $(uname), bash $BASH_VERSION" >&2
    exit 1
fi
set +o posix
unset CDPATH GLOBIGNORE BASH_ENV ENV POSIXLY_CORRECT LOG_LEVEL MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C # sorts by bytes, and numbers have a point

# Programs are compiled and run in the directory for temporary files, so it has to let us.
for TMPDIR in "${TMPDIR:-/tmp}" /tmp /var/tmp "$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)/.tmp"; do
    [[ $TMPDIR != */.tmp ]] || mkdir -p "$TMPDIR"
    [[ $TMPDIR == /* ]] || continue
    probe=$(mktemp "$TMPDIR/probe.XXXXXX" 2>/dev/null) || continue
    chmod +x "$probe"
    [[ -x $probe ]] && rm "$probe" && break # not so where nothing may be executed
    rm "$probe"
done
export TMPDIR

# What we inherited would take the numbers of the servers' descriptors. Bash has the script itself, $self, open. Not
# for bats files: bats needs its own.
close_inherited_descriptors() {
    local fd
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        [[ $fd == *[!0-9]* || $fd -le 2 || /proc/self/fd/$fd -ef ${self:?} ]] || exec {fd}>&-
    done
}

# copy_tree DIRECTORY: makes it, with a copy of the repository, and goes there.
copy_tree() {
    mkdir "$1"
    tar c --exclude=./.git --exclude=./.tmp . | tar x -C "$1"
    cd "$1" || return
}

# field NAME: that field of $exercise, NN-chapter/exercises/N-name.patch; of one that comes several times, a line each.
field() {
    awk -v name="$1:" '
        /^--- / { exit }
        /^[A-Z][a-z]+:/ { wanted = index($0, name) == 1; sub(/^[A-Z][a-z]+: */, "") }
        wanted && $0 != ""' "${exercise:?}"
}
