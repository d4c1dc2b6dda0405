/* A loop forgot to take a closed descriptor out of its set, beside a client whose byte waits.
 * select fails as a whole, poll points at the culprit, epoll has forgotten it. Then the next client
 * gets the number, and poll reports his events under it, as if they were the old one's. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* Does select fail with EBADF, so that the good descriptor is not served either? */
static int select_fails(int good, int bad)
{
    fd_set readable;
    struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
    need(good < FD_SETSIZE && bad < FD_SETSIZE, "descriptors that fit into a set");
    FD_ZERO(&readable);
    FD_SET(good, &readable);
    FD_SET(bad, &readable);
    return select((good > bad ? good : bad) + 1, &readable, NULL, NULL, &timeout) == -1 &&
           errno == EBADF;
}

int main(void)
{
    struct sockaddr_in at;
    struct epoll_event events[2] = { { .events = 0 } };
    int ebadf = 0, nval = 0;
    claim(
        "a closed number in the set: EBADF in select, NVAL in poll, until the next client has it");
    /* Nothing is closed before, so the number that is closed will be the lowest free one. */
    int listening = tcp_listen(5, &at), epoll_fd = must(epoll_create1(0), "epoll_create1");
    int good_client = tcp_connect(&at), good = must(accept(listening, NULL, NULL), "accept");
    int bad_client = tcp_connect(&at), bad = must(accept(listening, NULL, NULL), "accept");
    int next_client = tcp_connect(&at);
    struct pollfd both[] = { { .fd = good, .events = POLLIN }, { .fd = bad, .events = POLLIN } };
    for (int i = 0; i < 2; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.fd = both[i].fd };
        must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, both[i].fd, &event), "epoll_ctl ADD");
    }
    need(send(good_client, "x", 1, 0) == 1, "send");
    await(good, POLLIN, "a byte for the good one");
    close(bad);

    while (ebadf < WAITS && select_fails(good, bad))
        ebadf++;
    while (nval < WAITS && poll(both, 2, TIMEOUT_MS) == 2 && both[1].revents == POLLNVAL)
        nval++;
    int good_seen = both[0].revents == POLLIN;
    int told = epoll_wait(epoll_fd, events, 2, TIMEOUT_MS);
    int forgot = told == 1 && events[0].data.fd == good;

    int next = must(accept(listening, NULL, NULL), "accept");
    need(send(next_client, "y", 1, 0) == 1, "send");
    await(next, POLLIN, "a byte for the next one");
    int mistaken = poll(both, 2, 0) == 2 && next == bad && both[1].revents == POLLIN;
    measured("EBADF %d, NVAL %d of %d; then the next client's IN under the old number: %s", ebadf,
             nval, WAITS, mistaken ? "yes" : "no");
    measured("poll still served the good one: %s; epoll told of it alone: %s",
             good_seen ? "yes" : "no", forgot ? "yes" : "no");
    close(bad_client);
    return remember(ebadf == WAITS && nval == WAITS && good_seen && forgot && mistaken,
                    "first take a descriptor out of the interest set, then close it");
}
