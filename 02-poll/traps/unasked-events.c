/* POLLERR, POLLHUP and POLLNVAL are reported whether asked for or not. So .events = 0 does not put
 * a descriptor aside: .fd = -1 does, and in epoll EPOLL_CTL_DEL. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <sys/epoll.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* How many of WAITS polls come back with just these bits, though none was asked for? */
static int poll_reports(int fd, short bits)
{
    int reports = 0;
    struct pollfd entry = { .fd = fd, .events = 0 };
    while (reports < WAITS && poll(&entry, 1, TIMEOUT_MS) == 1 && entry.revents == bits)
        reports++;
    return reports;
}

/* The same for an epoll descriptor. */
static int epoll_reports(int epoll_fd, unsigned bits)
{
    int reports = 0;
    struct epoll_event event;
    while (reports < WAITS && epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1 &&
           event.events == bits)
        reports++;
    return reports;
}

int main(void)
{
    int client, server, epoll_fd = epoll_create1(0);
    struct linger reset_on_close = { .l_onoff = 1, .l_linger = 0 };
    struct epoll_event nothing = { .events = 0 };
    claim("ERR, HUP and NVAL come unasked: events = 0 does not switch a descriptor off");
    tcp_pair(&client, &server);
    need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &nothing) == 0, "epoll_ctl ADD");
    setsockopt(client, SOL_SOCKET, SO_LINGER, &reset_on_close, sizeof(reset_on_close));
    close(client);

    int zero = poll_reports(server, POLLERR | POLLHUP), minus = poll_reports(-1, POLLNVAL);
    int zero_epoll = epoll_reports(epoll_fd, EPOLLERR | EPOLLHUP);
    need(epoll_ctl(epoll_fd, EPOLL_CTL_DEL, server, NULL) == 0, "epoll_ctl DEL");
    int deleted = epoll_reports(epoll_fd, EPOLLERR | EPOLLHUP);
    close(server);
    int closed = poll_reports(server, POLLNVAL);
    measured("events = 0 woke %d poll, %d epoll of %d; fd = -1 %d, DEL %d", zero, zero_epoll, WAITS,
             minus, deleted);
    measured("a closed descriptor: NVAL from %d of %d polls with events = 0", closed, WAITS);
    return remember(zero == WAITS && zero_epoll == WAITS && closed == WAITS && !minus && !deleted,
                    "to put a descriptor aside set .fd = -1, in epoll DEL it; handle ERR and HUP");
}
