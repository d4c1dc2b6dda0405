/* Five clients connect before the server looks: for an edge-triggered listening socket that is one
 * event. A handler that accepts one client leaves four connected to a server that never answers. */
#include "../../scripts/traps/trap.h"
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

enum { CLIENTS = 5, TIMEOUT_MS = 100 };

/* On a listening socket, tcpi_unacked counts the connections that wait to be accepted. */
static void wait_until_queued(int listening)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);
    for (int i = 0; i < 1000 && info.tcpi_unacked < CLIENTS; i++) {
        usleep(i > 0 ? 1000 : 0);
        getsockopt(listening, IPPROTO_TCP, TCP_INFO, &info, &size);
    }
    need(info.tcpi_unacked == CLIENTS, "all clients in the accept queue");
}

/* One accept() an event until epoll is silent; *left is how many clients still wait then. */
static int accepted(uint32_t trigger, int *left)
{
    struct sockaddr_in at;
    int listening = tcp_listen(CLIENTS, &at), epoll_fd = epoll_create1(0), count = 0;
    struct epoll_event event = { .events = EPOLLIN | trigger };
    need(fcntl(listening, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
    need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listening, &event) == 0, "epoll_ctl");
    for (int i = 0; i < CLIENTS; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        need(connect(client, (struct sockaddr *)&at, sizeof(at)) == 0, "connect");
    }
    wait_until_queued(listening);
    while (epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1)
        count += accept(listening, NULL, NULL) != -1;
    for (*left = 0; accept(listening, NULL, NULL) != -1; (*left)++)
        ;
    return count;
}

int main(void)
{
    int level_left, edge_left;
    claim("with EPOLLET on the listening socket, one accept() an event leaves clients hanging");
    int level = accepted(0, &level_left), edge = accepted(EPOLLET, &edge_left);
    measured("of %d clients edge accepts %d and leaves %d; level accepts %d, leaves %d", CLIENTS,
             edge, edge_left, level, level_left);
    return remember(edge == 1 && edge_left == CLIENTS - 1 && level == CLIENTS && level_left == 0,
                    "accept until EAGAIN, or keep the listening socket level-triggered");
}
