/* A regular file never has to be waited for, so select and poll always call it ready, also at its
 * end, and epoll refuses it. Hence `server </dev/null` breaks a loop that watches its input. Some
 * files of /proc and /sys report changes by a poll of their own: epoll takes those. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/vfs.h>

enum { WAITS = 1000, TIMEOUT_MS = 100, FUSE = 0x65735546 };

/* How many of WAITS waits in select and poll say "readable", though read() finds no byte? */
static int empty_wakeups(int fd)
{
    int woken = 0;
    char byte;
    need(fd < FD_SETSIZE, "a descriptor that fits into a set");
    for (int i = 0; i < WAITS; i++) {
        fd_set readable;
        struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        int ready = must(select(fd + 1, &readable, NULL, NULL, &timeout), "select");
        ready += poll_for(fd, POLLIN, TIMEOUT_MS) == POLLIN;
        if (ready == 0 || read(fd, &byte, 1) != 0) break;
        woken += ready;
    }
    return woken;
}

/* Does epoll refuse fd with EPERM? */
static int epoll_refuses(int fd)
{
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = { .events = EPOLLIN };
    int refused = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1 && errno == EPERM;
    close(epoll_fd);
    return refused;
}

int main(void)
{
    struct statfs system;
    claim("a file on a disk and /dev/null are always ready for select and poll; epoll says EPERM");
    FILE *empty = tmpfile();
    need(empty != NULL, "a temporary file");
    int file = fileno(empty), null = must(open("/dev/null", O_RDONLY), "/dev/null");
    int mounts = must(open("/proc/self/mounts", O_RDONLY), "/proc/self/mounts");
    need(fstatfs(file, &system) == 0 && system.f_type != FUSE, "a /tmp outside FUSE");
    int woken = empty_wakeups(file), null_woken = empty_wakeups(null);
    int refused = epoll_refuses(file) + epoll_refuses(null), mounts_refused = epoll_refuses(mounts);
    measured("empty file: %d of %d waits woke, /dev/null: %d; EPERM for %d of 2", woken, 2 * WAITS,
             null_woken, refused);
    measured("/proc/self/mounts has a poll of its own: %s",
             mounts_refused ? "EPERM" : "epoll takes it");
    return remember(woken == 2 * WAITS && null_woken == woken && refused == 2 && !mounts_refused,
                    "standard input may be a file: do not wait for it, just read it");
}
