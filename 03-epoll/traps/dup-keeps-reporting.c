/* epoll watches the open file, not its number. While a dup of the closed descriptor lives (here, or
 * in a forked child) events go on, and there is no descriptor left to remove them by. */
#include "../../scripts/traps/trap.h"
#include <sys/epoll.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

static int delete_error(int epoll_fd, int fd)
{
    return epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL) == -1 ? errno : 0;
}

/* Closes a watched descriptor that has a dup, tries to DEL it too late, and counts wake-ups. */
static int wakeups(int delete_first, int *by_number, int *by_copy)
{
    int client, server, epoll_fd = epoll_create1(0), woken = 0;
    struct epoll_event event = { .events = EPOLLIN };
    tcp_pair(&client, &server);
    int copy = dup(server);
    need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event) == 0, "epoll_ctl");
    need(send(client, "x", 1, 0) == 1, "send");

    if (delete_first)
        need(delete_error(epoll_fd, server) == 0, "DEL of an open descriptor");
    close(server);
    *by_number = delete_error(epoll_fd, server);
    *by_copy = delete_error(epoll_fd, copy);
    while (woken < WAITS && epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1)
        woken++;
    return woken;
}

int main(void)
{
    int by_number, by_copy;
    claim("close() a descriptor with a living dup: its events go on, and no DEL by either removes "
          "it");
    int deleted = wakeups(1, &by_number, &by_copy);
    int only_closed = wakeups(0, &by_number, &by_copy);
    measured("%d of %d waits woke after close(), %d after DEL, then close()", only_closed, WAITS,
             deleted);
    measured("DEL by the closed number: %s; by the dup: %s", by_number == EBADF ? "EBADF" : "?",
             by_copy == ENOENT ? "ENOENT" : "?");
    return remember(only_closed == WAITS && deleted == 0 && by_number == EBADF && by_copy == ENOENT,
                    "DEL first, then close: close() alone removes only the last of all dups");
}
