/* Level-triggered epoll reports a socket as long as bytes wait in it. Edge-triggered epoll reports
 * that bytes came, once: a handler that reads only a part hears of the rest only if more comes. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

enum { SENT = 2048, PART = 1024, TIMEOUT_MS = 100 };

/* The client sends once. Reads at each event, once or to EAGAIN, until epoll is silent. */
static int bytes_read(uint32_t trigger, int to_eagain, int *events)
{
    int client, server, total = 0;
    char bytes[SENT] = { 0 };
    tcp_pair(&client, &server);
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = { .events = EPOLLIN | trigger };
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl");
    need(send(client, bytes, SENT, 0) == SENT, "send");
    need(recv(server, bytes, SENT, MSG_PEEK | MSG_WAITALL) == SENT, "wait until all is here");

    for (*events = 0; epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1; (*events)++) {
        ssize_t count;
        do {
            count = recv(server, bytes, PART, MSG_DONTWAIT);
            total += count > 0 ? (int)count : 0;
        } while (to_eagain && count > 0);
    }
    close(epoll_fd);
    close(client);
    close(server);
    return total;
}

int main(void)
{
    int level_events, edge_events, drain_events;
    claim("2 kB have come, 1 kB is read: level-triggered epoll reports again, edge-triggered is "
          "silent");
    int level = bytes_read(0, 0, &level_events);
    int edge = bytes_read(EPOLLET, 0, &edge_events);
    int drained = bytes_read(EPOLLET, 1, &drain_events);
    measured("level: %d events, %d of %d bytes; edge: %d event, %d bytes, then silence",
             level_events, level, SENT, edge_events, edge);
    measured("edge, read to EAGAIN: %d event, %d bytes", drain_events, drained);
    return remember(level_events == 2 && level == SENT && edge_events == 1 && edge == PART &&
                        drain_events == 1 && drained == SENT,
                    "with EPOLLET read until EAGAIN: what you leave is not announced again");
}
