/* A regular file never has to be waited for, so select and poll always call it ready, also at its
 * end, and epoll refuses it. Hence `server </dev/null` breaks a loop that watches its input. */
#include "../../scripts/traps/trap.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* How many of WAITS waits in select and poll say "readable", though read() finds no byte? */
static int empty_wakeups(int fd)
{
    int woken = 0;
    char byte;
    struct pollfd entry = { .fd = fd, .events = POLLIN };
    for (int i = 0; i < WAITS; i++) {
        fd_set readable;
        struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        int ready = select(fd + 1, &readable, NULL, NULL, &timeout) + poll(&entry, 1, TIMEOUT_MS);
        if (ready == 0 || read(fd, &byte, 1) != 0)
            break;
        woken += ready;
    }
    return woken;
}

/* Does epoll refuse fd with EPERM? */
static int epoll_refuses(int fd)
{
    int epoll_fd = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    need(epoll_fd != -1, "epoll_create1");
    int refused = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1 && errno == EPERM;
    close(epoll_fd);
    return refused;
}

int main(void)
{
    claim("files, /dev/null too, are always ready for select and poll; epoll refuses them: EPERM");
    FILE *empty = tmpfile();
    int null = open("/dev/null", O_RDONLY);
    need(empty != NULL && null != -1, "open a temporary file and /dev/null");
    int file = fileno(empty), woken = empty_wakeups(file), null_woken = empty_wakeups(null);
    int refused = epoll_refuses(file), null_refused = epoll_refuses(null);
    measured("empty file: %d of %d waits woke, epoll_ctl: %s", woken, 2 * WAITS,
             refused ? "EPERM" : "accepted");
    measured("/dev/null: %d of %d waits woke, epoll_ctl: %s", null_woken, 2 * WAITS,
             null_refused ? "EPERM" : "accepted");
    return remember(woken == 2 * WAITS && refused && null_woken == 2 * WAITS && null_refused,
                    "standard input may be a file: do not wait for it, just read it");
}
