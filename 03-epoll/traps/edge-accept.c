/* Five clients connect before the server looks: for an edge-triggered listening socket that is one
 * event. A handler that accepts one client leaves four connected to a server that does not answer;
 * the next client wakes it once more, for one of them. */
#include "../../scripts/traps/trap.h"
#include <netinet/tcp.h>
#include <sys/epoll.h>

enum { CLIENTS = 5, TIMEOUT_MS = 100 };

/* Connects so many clients that `queued` wait. tcpi_unacked counts them on a listening socket. */
static void connect_clients(int listening, const struct sockaddr_in *at, int clients, int queued)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);
    for (int i = 0; i < clients; i++)
        tcp_connect(at);
    for (int ms = 0; ms < 10000 && info.tcpi_unacked != (unsigned)queued; ms++) {
        usleep(ms > 0 ? 1000 : 0);
        must(getsockopt(listening, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
    }
    need(info.tcpi_unacked == (unsigned)queued, "all clients in the accept queue");
}

/* One accept() an event, until epoll is silent. */
static int accepted(int epoll_fd, int listening)
{
    struct epoll_event event;
    int count = 0;
    for (; epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1; count++)
        must(accept(listening, NULL, NULL), "accept");
    return count;
}

/* Returns how many of the five are accepted; *next is how many more when a sixth has connected. */
static int accepted_of_five(uint32_t trigger, int *next)
{
    struct sockaddr_in at;
    int listening = tcp_listen(CLIENTS + 1, &at),
        epoll_fd = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = { .events = EPOLLIN | trigger };
    must(fcntl(listening, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listening, &event), "epoll_ctl");
    connect_clients(listening, &at, CLIENTS, CLIENTS);
    int count = accepted(epoll_fd, listening);
    connect_clients(listening, &at, 1, CLIENTS - count + 1);
    *next = accepted(epoll_fd, listening);
    return count;
}

int main(void)
{
    int level_next, edge_next;
    claim(
        "with EPOLLET on the listening socket, one accept() an event leaves clients waiting, also "
        "when another one comes");
    int level = accepted_of_five(0, &level_next), edge = accepted_of_five(EPOLLET, &edge_next);
    measured(
        "of %d clients edge accepts %d, level %d; a sixth comes: edge accepts %d more, level %d",
        CLIENTS, edge, level, edge_next, level_next);
    return remember(edge == 1 && edge_next == 1 && level == CLIENTS && level_next == 1,
                    "accept until EAGAIN, or keep the listening socket level-triggered");
}
