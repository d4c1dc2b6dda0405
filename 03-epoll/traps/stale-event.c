/* A batch of events ages while it is handled: the handler of the first closes the second connection
 * and accepts a client, who gets the free number. The second event is now about a stranger. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>

int main(void)
{
    struct sockaddr_in at;
    char byte;
    claim("a batch may hold an event for a number that one of its handlers closed and reused");
    int listening = tcp_listen(3, &at), epoll_fd = must(epoll_create1(0), "epoll_create1"), fds[2];
    struct pollfd entries[2];
    struct epoll_event events[2];
    fd_set readable;
    FD_ZERO(&readable);
    for (int i = 0; i < 2; i++) {
        need(send(tcp_connect(&at), "x", 1, 0) == 1, "send");
        fds[i] = must(accept(listening, NULL, NULL), "accept");
        need(fds[i] < FD_SETSIZE, "a descriptor that fits in a set");
        await(fds[i], POLLIN, "wait for the client's byte");
        FD_SET(fds[i], &readable);
        entries[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
        events[i] = (struct epoll_event){ .events = EPOLLIN, .data.fd = fds[i] };
        must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[i], &events[i]), "epoll_ctl");
    }
    need(select(fds[1] + 1, &readable, NULL, NULL, NULL) == 2, "select: a batch of two");
    need(poll(entries, 2, -1) == 2, "poll: a batch of two");
    need(epoll_wait(epoll_fd, events, 2, -1) == 2, "epoll_wait: a batch of two");

    tcp_connect(&at); /* it sends nothing */
    close(fds[1]);    /* the first event's handler does this ... */
    int newcomer = must(accept(listening, NULL, NULL), "accept");

    int by_select = FD_ISSET(newcomer, &readable) != 0; /* ... and what says the second event? */
    int by_poll = entries[1].fd == newcomer && entries[1].revents == POLLIN;
    int by_epoll = events[1].data.fd == newcomer && events[1].events == EPOLLIN;
    int sent_nothing = recv(newcomer, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
    measured("descriptor %d closed, newcomer is %d; readable by select %d, poll %d, epoll %d",
             fds[1], newcomer, by_select, by_poll, by_epoll);
    measured("recv from the newcomer: %s", sent_nothing ? "EAGAIN, it sent nothing" : "?");
    return remember(
        by_select && by_poll && by_epoll && sent_nothing,
        "a handler closes only its own descriptor, or closes wait for the end of the batch");
}
