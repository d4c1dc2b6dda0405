/* For input an edge is an arrival (edge-is-arrival). For TCP's output it is not: a socket that
 * could always send is not announced again, however much the peer takes. Its end is announced. */
#include "../../01-select/traps/trap.h"
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

enum { SENDS = 5, SILENCE_MS = 100, LONG_MS = 10000, BUFFER = 16 * 1024 };

static int client, server, epoll_fd;

/* The client reads all, and its acknowledgements come. Returns the events of that time. */
static int drain(int patience_ms)
{
    struct epoll_event event;
    char bytes[BUFFER];
    int unacknowledged, events = 0;
    do {
        while (poll_for(client, POLLIN, 10) && recv(client, bytes, sizeof(bytes), 0) > 0)
            ;
        must(ioctl(server, TIOCOUTQ, &unacknowledged), "ioctl TIOCOUTQ");
    } while (unacknowledged > 0);
    for (; events < 100 && epoll_wait(epoll_fd, &event, 1, patience_ms) == 1;
         patience_ms = SILENCE_MS)
        events++;
    return events;
}

int main(void)
{
    char bytes[BUFFER] = { 0 };
    int size = BUFFER, on = 1, at_first, while_room = 0, after_full, at_the_end;
    claim("on TCP, the edge for output comes again once a full buffer has room, not at each "
          "acknowledgement");
    tcp_pair(&client, &server);
    must(setsockopt(server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), "SO_SNDBUF");
    must(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), "SO_RCVBUF");
    must(setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
    epoll_fd = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl");
    at_first = drain(0);

    for (int i = 0; i < SENDS; i++) {
        need(send(server, "x", 1, 0) == 1, "send");
        while_room += drain(SILENCE_MS);
    }
    while (send(server, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        ;
    need(errno == EAGAIN, "fill the send buffer");
    after_full = drain(LONG_MS);
    must(shutdown(client, SHUT_WR), "shutdown");
    at_the_end = drain(LONG_MS);
    measured("%d sends, read and acknowledged: %d events; after EAGAIN and a drain: %d", SENDS,
             while_room, after_full);
    measured("before the first send: %d, as ADD found it writable; at the peer's FIN: %d", at_first,
             at_the_end);
    return remember(at_first == 1 && while_room == 0 && after_full == 1 && at_the_end == 1,
                    "with EPOLLET just send; wait for EPOLLOUT only after EAGAIN");
}
