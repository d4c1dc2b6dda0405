/* Without a free descriptor accept() fails with EMFILE and the client stays in the queue. Poll
 * wakes for it again and again. Edge-triggered epoll tells of it once, and again only when another
 * client comes, even if descriptors have long been free. A spare descriptor helps. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/resource.h>

enum { WAITS = 1000, TIMEOUT_MS = 100, PATIENCE_MS = 5000 };

/* Lowers the limit to the lowest free number, so that the next descriptor is refused. */
static void use_up_descriptors(int any_fd)
{
    struct rlimit limit;
    int lowest_free = must(dup(any_fd), "dup");
    close(lowest_free);
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = (rlim_t)lowest_free;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

static int accept_fails(int listening)
{
    return accept(listening, NULL, NULL) == -1 && errno == EMFILE;
}

int main(void)
{
    struct sockaddr_in at;
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    int level = 0, edge = 0;
    char byte;
    claim("EMFILE leaves the client in the queue: poll spins, edge-triggered epoll is silent");
    int listening = tcp_listen(5, &at), epoll_fd = must(epoll_create1(0), "epoll_create1");
    int second = must(socket(AF_INET, SOCK_STREAM, 0), "socket"), spare = must(dup(second), "dup");
    must(fcntl(listening, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listening, &event), "epoll_ctl ADD");
    int client = tcp_connect(&at);
    await(listening, POLLIN, "a client in the queue");
    use_up_descriptors(spare);

    while (level < WAITS && poll_for(listening, POLLIN, TIMEOUT_MS) && accept_fails(listening))
        level++;
    while (edge < WAITS && epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1 &&
           accept_fails(listening))
        edge++;
    close(spare); /* one is free again: does edge-triggered epoll tell of the client now? */
    int when_free = epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS);
    must(connect(second, (struct sockaddr *)&at, sizeof(at)), "connect over loopback");
    int when_second = epoll_wait(epoll_fd, &event, 1, PATIENCE_MS);
    close(accept(listening, NULL, NULL)); /* the spare one is good for refusing the client */
    int refused = poll_for(client, POLLIN, PATIENCE_MS) && recv(client, &byte, 1, 0) == 0;
    measured(
        "EMFILE: poll woke %d of %d times, edge %d; edge with a free descriptor %d, at the next "
        "client %d",
        level, WAITS, edge, when_free, when_second);
    measured("spare closed, accept(), close(): client %s", refused ? "gets EOF" : "still waits");
    return remember(level == WAITS && edge == 1 && when_free == 0 && when_second == 1 && refused,
                    "keep a spare descriptor to refuse clients with, or unwatch the listener");
}
