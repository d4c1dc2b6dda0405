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
    cat >"$BATS_FILE_TMPDIR/flood.c" <<'PROGRAM'
/* Logs 3,000 lines to a pipe that holds less, in the first 50 seconds of its clock, and a few more once
 * the pipe is empty, a minute after the first. "warnings": the lines are warnings, from two places.
 * "gone": only one line, and the pipe has no reader. "master": one line, to the other side of a terminal. */
#define _XOPEN_SOURCE 700
#include "log.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static time_t seconds;

int clock_gettime(clockid_t clock, struct timespec *now) /* libc's is not asked */
{
    *now = (struct timespec){ .tv_sec = clock == CLOCK_MONOTONIC ? seconds : 1790000000 };
    return 0;
}

int poll(struct pollfd *fds, nfds_t count, int timeout) /* a hint, and here it is always wrong */
{
    fds->revents = POLLOUT;
    return (int)count + 0 * timeout;
}

static void log_line(const char *what, int i)
{
    if (strcmp(what, "lines") == 0) {
        log_info("line %d", i);
    } else {
        log_warning_rarely("here %d", i);
        log_warning_rarely("there %d", i);
    }
}

static void show(int from, int lines_at_most)
{
    static char text[1 << 17];
    ssize_t size = read(from, text, sizeof(text) - 1);
    int lines = 0;

    for (ssize_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    printf("%d lines\n%s", lines, lines <= lines_at_most ? text : "");
    memset(text, 0, sizeof(text));
}

int main(int argc, char *argv[])
{
    int ends[2];

    alarm(10);
    signal(SIGPIPE, SIG_IGN); /* as the servers do */
    if (argc != 2 || pipe(ends) == -1)
        return 2;
    if (strcmp(argv[1], "master") == 0) {
        ends[1] = posix_openpt(O_RDWR | O_NOCTTY);
        if (ends[1] == -1 || unlockpt(ends[1]) == -1 || (ends[0] = open(ptsname(ends[1]), O_RDWR | O_NOCTTY)) == -1)
            return 77;
    }
    dup2(ends[1], STDERR_FILENO);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    configure_logging("try");
    if (strcmp(argv[1], "gone") == 0) {
        close(ends[0]);
        log_info("nobody reads this");
        return 0;
    }
    if (strcmp(argv[1], "master") == 0) {
        log_info("a line");
        show(ends[0], 1);
        return 0;
    }
    for (int i = 0; i < 3000; i++) {
        seconds = i / 60;
        log_line(argv[1], i);
    }
    show(ends[0], 10);
    seconds = 60;
    log_line(argv[1], 3000);
    log_line(argv[1], 3001);
    show(ends[0], 10);
    return 0;
}
PROGRAM
    for program in try flood; do
        ${CC:-cc} -I"$ROOT/common" -o "$BATS_FILE_TMPDIR/$program" "$BATS_FILE_TMPDIR/$program.c" "$ROOT"/common/*.c
    done
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
    shows '\xc2\xad' '\xc2\xad'                # U+00AD, a hyphen that is shown or not
    shows '\xee\x80\x80\xf3\xb0\x80\x80' '\xee\x80\x80\xf3\xb0\x80\x80' # private use
    shows '\xcd\xb8\xf0\x9f\xbf\xbf\xef\xbf\xbf' '\xcd\xb8\xf0\x9f\xbf\xbf\xef\xbf\xbf' # not assigned; no character
    for last in aa ab ac ad ae; do shows "\xe2\x80\x$last" "\xe2\x80\x$last"; done # bidi, U+202A to 202E
    for last in a6 a7 a8 a9; do shows "\xe2\x81\x$last" "\xe2\x81\x$last"; done   # bidi, U+2066 to 2069
    shows '\xe2\x80\xa8\xe2\x80\xa9' '\xe2\x80\xa8\xe2\x80\xa9' # U+2028, 2029: a new line to some
    shows 'e\xcc\x81\xe2\x80\x8b\xef\xbb\xbf' 'e\xcc\x81\xe2\x80\x8b\xef\xbb\xbf' # combining; zero width
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

@test "an empty LOG_LEVEL is the default" {
    LOG_LEVEL='' run --separate-stderr bash -c '"$1" </dev/null' - "$BATS_FILE_TMPDIR/try"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = 1 ]
}

@test "a log that is full, closed, at its size limit or without a reader stops nobody" {
    local try=$BATS_FILE_TMPDIR/try
    timeout 10 "$try" </dev/null 2>/dev/full
    timeout 10 "$try" </dev/null 2>&-
    touch "$BATS_TEST_TMPDIR/log"
    run -0 bash -c 'ulimit -f 0 && exec timeout 10 "$1" </dev/null 2>"$2"' - "$try" "$BATS_TEST_TMPDIR/log"
    "$BATS_FILE_TMPDIR/flood" gone
}

@test "a log on a terminal's master side goes to its other side" {
    run "$BATS_FILE_TMPDIR/flood" master
    [ "$status" -ne 77 ] || skip "there is no terminal to be had"
    [[ ${lines[0]} == '1 lines' && ${lines[1]} == *'try - INFO - a line'* ]]
}

@test "a full pipe is not waited for, and the lines that are lost are told once there is room" {
    run -0 "$BATS_FILE_TMPDIR/flood" lines
    echo "$output"
    [[ $output =~ ^([0-9]+)\ lines.*\((.*)\ lines\ lost\)\ line\ 3000$'\n'[^$'\n']*line\ 3001$ ]]
    [ $((BASH_REMATCH[1] + BASH_REMATCH[2])) -eq 3000 ]
    [ "${lines[1]}" = '2 lines' ] && [[ ${lines[3]} != *lost* ]]
}

@test "log_warning_rarely: once a minute for each place" {
    run -0 "$BATS_FILE_TMPDIR/flood" warnings
    echo "$output"
    [ "$(sed 's/.*WARNING - //' <<<"$output" | paste -sd ' ')" = '2 lines here 0 there 0 2 lines here 3000 there 3000' ]
}

@test "a line is one write" {
    need strace
    run bash -c 'strace -qq -s 200 -e trace=write -o "$2" "$1" </dev/null' - "$BATS_FILE_TMPDIR/try" "$BATS_TEST_TMPDIR/calls"
    [ "$(grep -c '^write(2, .* - try - DEBUG - 1\\n", ' "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
    [ "$(grep -c '^write(2,' "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
}
