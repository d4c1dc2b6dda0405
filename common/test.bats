# log and flags, through a small program that is compiled here.
load ../scripts/test/helper.bash

setup_file() {
    cat >"$BATS_FILE_TMPDIR/try.c" <<'PROGRAM'
#define _GNU_SOURCE
#include "flags.h"
#include "log.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <sys/epoll.h>
_Static_assert((int)EPOLLIN == POLLIN && (int)EPOLLPRI == POLLPRI && (int)EPOLLOUT == POLLOUT &&
                   (int)EPOLLERR == POLLERR && (int)EPOLLHUP == POLLHUP &&
                   (int)EPOLLRDHUP == POLLRDHUP,
               "poll's names are epoll's");
#endif

static int evaluated;

int main(int argc, char *argv[])
{
    char bytes[8192];
    size_t size = fread(bytes, 1, sizeof(bytes), stdin);
    unsigned flags = 0;

    if (!configure_logging("try"))
        return 2;
    for (int i = 1; i < argc; i++) {
        unsigned value;
        if (sscanf(argv[i], "%x", &value) == 1)
            flags |= value;
    }
    errno = ENOENT;
    log_debug("%d", ++evaluated);
    if (errno != ENOENT)
        return 1;
    printf("%d\n%s\n%s\n", evaluated, get_flag_names(flags), printable(bytes, size));
    return 0;
}
PROGRAM
    ${CC:-cc} -I"$ROOT/common" -o "$BATS_FILE_TMPDIR/try" "$BATS_FILE_TMPDIR/try.c" "$ROOT"/common/*.c
}

# shows BYTES TEXT: whether printable() makes TEXT of BYTES, in which printf's escapes are bytes.
shows() {
    run bash -c 'printf "$1" | "$2" 2>/dev/null' - "$1" "$BATS_FILE_TMPDIR/try"
    echo "want: $2"
    echo "have: ${lines[2]}"
    [ "${lines[2]}" = "$2" ]
}

@test "printable: text stays, all that could forge a line or move the cursor is escaped" {
    shows 'plain text' 'plain text'
    shows '你好 é ✓' '你好 é ✓'
    shows 'a\n\r\t\x00\x1b[2J\x7f' 'a\n\r\t\x00\x1b[2J\x7f'
    shows '\\n' '\\n'                            # a backslash that was sent is not ours
    shows '\xff\xc0\xaf\xed\xa0\x80' '\xff\xc0\xaf\xed\xa0\x80' # never valid in UTF-8
    shows 'x\xe4\xbd' 'x\xe4\xbd'                # a character cut in two
    shows '\xc2\x85\xc2\x9b' '\xc2\x85\xc2\x9b'  # C1 controls
    shows '\xe2\x80\xae\xe2\x80\xa8' '\xe2\x80\xae\xe2\x80\xa8' # reverses the line; separates lines
}

@test "printable: a long payload is cut, not within a character, and its length told" {
    shows "$(printf 'x%.0s' {1..63})你好" "$(printf 'x%.0s' {1..63})你... (69 bytes)"
    shows "$(printf 'x%.0s' {1..64})" "$(printf 'x%.0s' {1..64})"
}

@test "get_flag_names: all bits of poll and epoll have names, in the document's order; the unknown are in hex" {
    names() {
        run bash -c '"$@" </dev/null 2>/dev/null' - "$BATS_FILE_TMPDIR/try" "$@"
        echo "${lines[1]}"
        [ "${lines[1]}" = "$want" ]
    }
    want='[]' names
    want='[POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL]' names 3f
    want='[POLLIN, POLLRDHUP]' names 2001
    want='[POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND]' names 3c0
    want='[POLLIN, 0xc0000000]' names c0000001
    want='[0x800]' names 800
}

@test "a level that is off is not even evaluated" {
    run bash -c 'LOG_LEVEL=INFO "$1" </dev/null' - "$BATS_FILE_TMPDIR/try"
    [ "${lines[0]}" = 0 ]
    run --separate-stderr bash -c '"$1" </dev/null' - "$BATS_FILE_TMPDIR/try"
    [ "${lines[0]}" = 1 ]
    # shellcheck disable=SC2154
    [[ $stderr =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9:]{8},[0-9]{3}\ -\ try\ -\ DEBUG\ -\ 1$ ]]
}

@test "a line is one write" {
    need strace
    run bash -c 'strace -qq -s 200 -e trace=write -o "$2" "$1" </dev/null' - "$BATS_FILE_TMPDIR/try" "$BATS_TEST_TMPDIR/calls"
    [ "$(grep -c '^write(2, .* - try - DEBUG - 1\\n", ' "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
    [ "$(grep -c '^write(2,' "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
}
