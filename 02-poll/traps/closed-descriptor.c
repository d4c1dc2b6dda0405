/* A closed descriptor is still watched, beside a client whose byte waits. select fails as a whole,
 * poll points at the culprit and never sleeps again, epoll forgets it silently. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* Does select fail with EBADF, so that the good descriptor is not served either? */
static int select_fails(int good, int bad)
{
    fd_set readable;
    struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
    FD_ZERO(&readable);
    FD_SET(good, &readable);
    FD_SET(bad, &readable);
    return select((good > bad ? good : bad) + 1, &readable, NULL, NULL, &timeout) == -1 &&
           errno == EBADF;
}

static void epoll_add(int epoll_fd, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

int main(void)
{
    int client, good, bad_client, bad, nval = 0, failed = 0, epoll_fd = epoll_create1(0);
    struct epoll_event events[2];
    claim("a closed descriptor in the set: select fails, poll says NVAL for ever, epoll forgets");
    tcp_pair(&client, &good);
    tcp_pair(&bad_client, &bad);
    epoll_add(epoll_fd, good);
    epoll_add(epoll_fd, bad);
    struct pollfd both[] = { { .fd = good, .events = POLLIN }, { .fd = bad, .events = POLLIN } };
    need(send(client, "x", 1, 0) == 1 && poll(both, 1, 5000) == 1, "send a byte");
    close(bad);

    while (failed < WAITS && select_fails(good, bad))
        failed++;
    int ready = poll(both, 2, TIMEOUT_MS), seen = both[0].revents == POLLIN;
    while (nval < WAITS && poll(&both[1], 1, TIMEOUT_MS) == 1 && both[1].revents == POLLNVAL)
        nval++;
    int told = epoll_wait(epoll_fd, events, 2, TIMEOUT_MS), only_good = events[0].data.fd == good;
    measured("select: EBADF %d of %d; poll: NVAL %d of %d; epoll: only the other one: %s", failed,
             WAITS, nval, WAITS, told == 1 && only_good ? "yes" : "no");
    measured("poll with both still served the good one: %s", ready == 2 && seen ? "yes" : "no");
    return remember(failed == WAITS && nval == WAITS && ready == 2 && seen && told == 1 &&
                        only_good,
                    "first take a descriptor out of the interest set, then close it");
}
