/* Of many ready descriptors epoll_wait hands out the next ones at each wait: nobody starves. But a
 * handler that reads one fast client until EAGAIN may never come to the next wait. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { WAITS = 6, UNTIL_EAGAIN = 100000 /* here we give up */ };

static void add(int epoll_fd, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

/* Reads of the fast client, `most` an event, until the slow client's event comes. */
static int reads_before_slow(int most)
{
    int epoll_fd = must(epoll_create1(0), "epoll_create1"), fast[2], slow[2], reads = 0;
    struct epoll_event event;
    char byte;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, fast), "socketpair");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, slow), "socketpair");
    need(write(fast[0], "x", 1) == 1 && write(slow[0], "x", 1) == 1, "write");
    add(epoll_fd, fast[1]);
    add(epoll_fd, slow[1]);
    while (must(epoll_wait(epoll_fd, &event, 1, -1), "epoll_wait") && event.data.fd == fast[1])
        for (int i = 0; i < most && recv(fast[1], &byte, 1, MSG_DONTWAIT) == 1; i++, reads++)
            need(write(fast[0], "x", 1) == 1, "write"); /* it is as fast as we are */
    return reads;
}

int main(void)
{
    char order[WAITS + 1] = "", letters[] = "ABC";
    struct epoll_event event;
    claim("ready descriptors take turns, wait by wait; a handler that reads one until EAGAIN keeps "
          "the others waiting");
    int epoll_fd = must(epoll_create1(0), "epoll_create1"), fds[3];
    for (int i = 0; i < 3; i++)
        add(epoll_fd, fds[i] = must(eventfd(1, 0), "eventfd")); /* never read, so always ready */
    for (int i = 0; i < WAITS; i++) {
        need(epoll_wait(epoll_fd, &event, 1, -1) == 1, "epoll_wait");
        for (int j = 0; j < 3; j++)
            order[i] = event.data.fd == fds[j] ? letters[j] : order[i];
    }
    int bounded = reads_before_slow(1), unbounded = reads_before_slow(UNTIL_EAGAIN);
    measured("A, B, C ready, reported: %s; the other client's turn: after %d read, until EAGAIN %d",
             order, bounded, unbounded);
    measured("where one client is read until EAGAIN, the trap gives up at %d", UNTIL_EAGAIN);
    return remember(strcmp(order, "ABCABC") == 0 && bounded == 1 && unbounded == UNTIL_EAGAIN,
                    "bound what one event may do; edge-triggered, remember who is not finished");
}
