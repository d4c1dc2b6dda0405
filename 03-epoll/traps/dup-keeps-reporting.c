/* epoll watches the open file, under the number that was added. While a dup of the closed number
 * lives, here (tried) or in a forked child (not tried), events go on; in this process neither
 * number removes it. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

enum { WAITS = 1000 };

static int delete_error(int epoll_fd, int fd)
{
    return epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL) == -1 ? errno : 0;
}

static int wakeups(int epoll_fd)
{
    struct epoll_event event;
    int woken = 0;
    while (woken < WAITS && epoll_wait(epoll_fd, &event, 1, 0) == 1)
        woken++;
    return woken;
}

int main(void)
{
    int client, server;
    struct epoll_event event = { .events = EPOLLIN };
    claim(
        "close() a descriptor with a living dup: its events go on; DEL by the number is EBADF, by "
        "the dup ENOENT");
    tcp_pair(&client, &server);
    int epoll_fd = must(epoll_create1(0), "epoll_create1"), copy = must(dup(server), "dup");
    need(send(client, "x", 1, 0) == 1, "send"); /* never read, so always ready */
    await(server, POLLIN, "wait for the client's byte");

    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl ADD");
    close(server);
    int by_number = delete_error(epoll_fd, server), by_copy = delete_error(epoll_fd, copy);
    int only_closed = wakeups(epoll_fd);

    /* A way out: put the file back at its old number. */
    must(dup2(copy, server), "dup2");
    int put_back = delete_error(epoll_fd, server), deleted = wakeups(epoll_fd);
    measured("after close() %d of %d waits woke; DEL by the number: %s, by the dup: %s",
             only_closed, WAITS, by_number == EBADF ? "EBADF" : "not EBADF",
             by_copy == ENOENT ? "ENOENT" : "not ENOENT");
    measured("dup2() back to the old number, then DEL: %s, %d waits woke",
             put_back == 0 ? "done" : "failed", deleted);
    return remember(only_closed == WAITS && by_number == EBADF && by_copy == ENOENT &&
                        put_back == 0 && deleted == 0,
                    "DEL first, then close: close() removes the entry only if no dup is left");
}
