/* epoll(7) says that on a stream an edge-triggered reader may stop at a short read. If the client
 * sent and closed before the server woke, one event stood for both, and the close is never told. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

enum { TIMEOUT_MS = 100 };

struct outcome {
    uint32_t events;      /* the one event for data and close */
    ssize_t first_read;   /* shorter than asked */
    int announced;        /* did epoll say anything after it? */
    ssize_t another_read; /* what one more read would have found */
};

static struct outcome send_and_close(uint32_t mask)
{
    int client, server;
    char bytes[1024];
    tcp_pair(&client, &server);
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = { .events = mask | EPOLLET };
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl");
    need(send(client, "goodbye", 7, 0) == 7 && close(client) == 0, "send and close");
    await(server, POLLRDHUP, "wait until data and close are here");
    /* poll() may see the close before its wake-up has gone out to epoll; recv() waits for that. */
    need(recv(server, bytes, sizeof(bytes), MSG_PEEK) == 7, "look at the data");

    struct outcome seen;
    need(epoll_wait(epoll_fd, &event, 1, 0) == 1, "the event of the data");
    seen.events = event.events;
    seen.first_read = recv(server, bytes, sizeof(bytes), MSG_DONTWAIT);
    seen.announced = epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS);
    seen.another_read = recv(server, bytes, sizeof(bytes), MSG_DONTWAIT);
    return seen;
}

int main(void)
{
    claim("edge-triggered, a short read does not prove a TCP socket drained: an end of input may "
          "be behind it, untold");
    struct outcome plain = send_and_close(EPOLLIN), asking = send_and_close(EPOLLIN | EPOLLRDHUP);
    measured("recv(1024) = %zd, then %d events, yet another recv = %zd%s", plain.first_read,
             plain.announced, plain.another_read, plain.another_read == 0 ? ": EOF" : "");
    measured("the event: 0x%x; with EPOLLRDHUP asked for: 0x%x", plain.events, asking.events);
    return remember(plain.events == EPOLLIN && plain.first_read == 7 && plain.announced == 0 &&
                        plain.another_read == 0 && asking.events == (EPOLLIN | EPOLLRDHUP),
                    "read until EAGAIN or 0; or ask for EPOLLRDHUP and read on when it is set");
}
