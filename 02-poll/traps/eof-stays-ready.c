/* After the peer's close a TCP socket stays readable, and each read() returns 0. A loop that takes
 * the 0 for "nothing yet" spins; edge-triggered epoll tells it once and then never again. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* Returns an epoll descriptor with fd in its interest set. */
static int epoll_on(int fd, unsigned events)
{
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = { .events = events };
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl ADD");
    return epoll_fd;
}

/* How many of the three level-triggered calls say that fd is readable? */
static int level_triggered(int fd, int epoll_fd)
{
    struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
    struct epoll_event event;
    fd_set readable;
    need(fd < FD_SETSIZE, "a descriptor that fits into a set");
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    return must(select(fd + 1, &readable, NULL, NULL, &timeout), "select") +
           (poll_for(fd, POLLIN, TIMEOUT_MS) == POLLIN) +
           must(epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS), "epoll_wait");
}

int main(void)
{
    int client, server, level = 0, edge = 0, ready = 3;
    char byte;
    struct epoll_event event;
    claim("after a TCP peer's close each level-triggered wait says readable, each read() returns "
          "0; an "
          "edge comes once");
    tcp_pair(&client, &server);
    int level_fd = epoll_on(server, EPOLLIN), edge_fd = epoll_on(server, EPOLLIN | EPOLLET);
    close(client);
    await(server, POLLIN, "the end of input");

    /* Each round is what a careless loop does: wait, read nothing, wait again. */
    for (int i = 0; i < WAITS && ready == 3 && read(server, &byte, 1) == 0; i++)
        level += ready = level_triggered(server, level_fd);
    poll(NULL, 0, TIMEOUT_MS); /* the kernel wakes twice for an end of input: let both be over */
    while (edge < WAITS && epoll_wait(edge_fd, &event, 1, TIMEOUT_MS) == 1)
        edge++;
    measured("%d of %d level-triggered waits woke at EOF, edge-triggered %d", level, 3 * WAITS,
             edge);
    return remember(
        level == 3 * WAITS && edge == 1,
        "read() returning 0 is the end of input: stop asking for it, send what is pending, close");
}
