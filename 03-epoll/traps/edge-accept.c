/* Five clients connect before the server looks: for an edge-triggered listening socket that is one
 * event. A handler that accepts one client leaves four connected to a server that does not answer;
 * the next client wakes it once more, for one of them. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

enum { CLIENTS = 5, TIMEOUT_MS = 100, LONG_MS = 10000 };

static int new_epoll(int fd, uint32_t mask)
{
    struct epoll_event event = { .events = mask };
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    return epoll_fd;
}

/* A client has come when a witness, an epoll instance that is woken after ours, tells of it. */
static void connect_clients(const struct sockaddr_in *at, int clients, int witness)
{
    struct epoll_event event;
    for (int i = 0; i < clients; i++) {
        tcp_connect(at);
        need(epoll_wait(witness, &event, 1, LONG_MS) == 1, "a client in the accept queue");
    }
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
    int listening = tcp_listen(CLIENTS + 1, &at);
    int witness = new_epoll(listening, EPOLLIN | EPOLLET);
    int epoll_fd = new_epoll(listening, EPOLLIN | trigger);
    must(fcntl(listening, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    connect_clients(&at, CLIENTS, witness);
    int count = accepted(epoll_fd, listening);
    connect_clients(&at, 1, witness);
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
