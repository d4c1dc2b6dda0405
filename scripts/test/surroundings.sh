# surroundings.sh - every script reads this first, from the repository's top directory: how the caller's shell is set
# up must not change what a script does or prints. Bash 3.2 can read it too, because here is where it is told.
# shellcheck shell=bash
if [ "$(uname)" != Linux ] || [ "${BASH_VERSINFO[0]}" -lt 5 ]; then
    echo "${0##*/} needs Linux, bash 5 and GNU's or busybox's tools: this is $(uname), bash $BASH_VERSION" >&2
    exit 1
fi
set +o posix
unset CDPATH BASH_ENV ENV POSIXLY_CORRECT LOG_LEVEL GREP_OPTIONS MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C # sorts by bytes, and numbers have a point

# Programs are built and run in the directory for temporary files: it has to let us. An empty file is a script.
for TMPDIR in "${TMPDIR:-/tmp}" /tmp /var/tmp "$PWD/.tmp"; do
    [[ $TMPDIR != "$PWD/.tmp" ]] || mkdir -p .tmp
    probe=$(mktemp "$TMPDIR/probe.XXXXXX" 2>/dev/null) || continue
    chmod +x "$probe"
    if "$probe" 2>/dev/null; then
        rm -f "$probe"
        break
    fi
    rm -f "$probe"
done
export TMPDIR

# What we inherited would take the numbers of the servers' descriptors. Under bats some are bats' own. Bash has the
# script itself open.
close_inherited_descriptors() {
    local fd
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        [[ $fd == *[!0-9]* || $fd -le 2 || /proc/self/fd/$fd -ef ${self:?} ]] || exec {fd}>&-
    done
}
