/* An idle socket is almost always writable. A loop that asks for POLLOUT all the time, as
 * Python's default mask for poll and epoll does, is answered all the time, and never sleeps. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* How many of WAITS waits in each call come back with an event, though nobody sends anything? */
static int wakeups(int fd, int ask_for_write)
{
    int epoll_fd = must(epoll_create1(0), "epoll_create1"), woken = 0;
    int interest = ask_for_write ? POLLIN | POLLOUT : POLLIN;
    struct epoll_event event = { .events = (uint32_t)interest }; /* epoll's bits are the same */
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl ADD");
    need(fd < FD_SETSIZE, "a descriptor that fits into a set");

    for (int i = 0; i < WAITS; i++) {
        fd_set readable, writable;
        struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        FD_ZERO(&writable);
        if (ask_for_write) FD_SET(fd, &writable);
        int ready = must(select(fd + 1, &readable, &writable, NULL, &timeout), "select");
        ready += poll_for(fd, interest, TIMEOUT_MS) != 0;
        ready += must(epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS), "epoll_wait");
        if (ready == 0) break; /* all three slept for the whole timeout: once is enough */
        woken += ready;
    }
    close(epoll_fd);
    return woken;
}

int main(void)
{
    int client, server;
    claim("asking for POLLOUT all the time spins with one idle client, in all three calls");
    tcp_pair(&client, &server);
    int asked = wakeups(server, 1), not_asked = wakeups(server, 0);
    measured("%d of %d waits woke with write interest, %d without", asked, 3 * WAITS, not_asked);
    return remember(asked == 3 * WAITS && not_asked == 0,
                    "ask for writability only while output waits, and stop when it is out");
}
