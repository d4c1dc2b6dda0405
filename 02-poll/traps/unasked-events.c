/* POLLERR, POLLHUP and POLLNVAL are reported whether asked for or not. So .events = 0 does not put
 * a descriptor aside: .fd = -1 does, and in epoll EPOLL_CTL_DEL. An end of input is no reason to
 * wake on TCP, where it is IN; a pipe's is HUP. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* How many of WAITS polls come back with just these bits, though none was asked for? */
static int poll_reports(int fd, int bits)
{
    int reports = 0;
    while (reports < WAITS && poll_for(fd, 0, TIMEOUT_MS) == bits)
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
    int client, server, pipe_fds[2];
    struct epoll_event nothing = { .events = 0 };
    claim("ERR, HUP and NVAL come unasked: events = 0 does not switch a descriptor off");
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    tcp_pair(&client, &server);
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &nothing), "epoll_ctl ADD");
    must(shutdown(client, SHUT_WR), "shutdown");
    await(server, POLLIN, "the end of input");
    int tcp_eof = poll_for(server, 0, TIMEOUT_MS);
    must(pipe(pipe_fds), "pipe");
    close(pipe_fds[1]);
    int pipe_eof = poll_reports(pipe_fds[0], POLLHUP);

    tcp_reset(client);
    await(server, POLLHUP, "the reset");
    while (poll_for(server, 0, 0) == POLLERR)
        poll(NULL, 0, 1); /* the kernel has not yet done all of it */
    int zero = poll_reports(server, POLLERR | POLLHUP), minus = poll_for(-1, 0, TIMEOUT_MS);
    int zero_epoll = epoll_reports(epoll_fd, EPOLLERR | EPOLLHUP);
    must(epoll_ctl(epoll_fd, EPOLL_CTL_DEL, server, NULL), "epoll_ctl DEL");
    int deleted = epoll_wait(epoll_fd, &nothing, 1, TIMEOUT_MS);
    close(server);
    int closed = poll_reports(server, POLLNVAL);
    measured("events = 0, a reset: of %d waits poll woke %d, epoll %d; fd = -1: %d, after DEL: %d",
             WAITS, zero, zero_epoll, minus, deleted);
    measured("closed: NVAL from %d; end of input: a pipe's HUP from %d, on TCP %s", closed,
             pipe_eof, tcp_eof == 0 ? "nothing" : "something");
    return remember(zero == WAITS && zero_epoll == WAITS && closed == WAITS && !minus && !deleted &&
                        pipe_eof == WAITS && tcp_eof == 0,
                    "to put a descriptor aside set .fd = -1, in epoll DEL it; handle ERR and HUP");
}
