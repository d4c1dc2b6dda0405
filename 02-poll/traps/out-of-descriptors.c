/* Without a free descriptor accept() fails with EMFILE and the client stays in the queue: poll
 * wakes for it again and again, edge-triggered epoll never again. A spare descriptor helps. */
#include "../../scripts/traps/trap.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum { WAITS = 1000, TIMEOUT_MS = 100 };

/* Lowers the limit to the lowest free number, so that the next descriptor is refused. */
static void use_up_descriptors(int any_fd)
{
    struct rlimit limit;
    int lowest_free = dup(any_fd);
    need(lowest_free != -1 && getrlimit(RLIMIT_NOFILE, &limit) == 0, "find the limit");
    close(lowest_free);
    limit.rlim_cur = (rlim_t)lowest_free;
    need(setrlimit(RLIMIT_NOFILE, &limit) == 0, "lower the limit");
}

static int accept_fails(int listening)
{
    return accept(listening, NULL, NULL) == -1 && errno == EMFILE;
}

int main(void)
{
    struct sockaddr_in at;
    int level = 0, edge = 0, listening = tcp_listen(5, &at), epoll_fd = epoll_create1(0);
    int client = socket(AF_INET, SOCK_STREAM, 0), spare = open("/dev/null", O_RDONLY);
    struct pollfd entry = { .fd = listening, .events = POLLIN };
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    struct pollfd answer = { .fd = client, .events = POLLIN };
    char byte;
    claim("EMFILE leaves the client in the queue: level-triggered spins, edge-triggered hangs");
    fcntl(listening, F_SETFL, O_NONBLOCK);
    need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listening, &event) == 0, "epoll_ctl");
    use_up_descriptors(spare);
    need(connect(client, (struct sockaddr *)&at, sizeof(at)) == 0, "connect over loopback");

    while (level < WAITS && poll(&entry, 1, TIMEOUT_MS) == 1 && accept_fails(listening))
        level++;
    while (edge < WAITS && epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1 &&
           accept_fails(listening))
        edge++;
    close(spare); /* one is free again: does edge-triggered epoll tell of the client now? */
    int told = epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS);
    close(accept(listening, NULL, NULL)); /* the spare one is good for refusing the client */
    int refused = poll(&answer, 1, 1000) == 1 && recv(client, &byte, 1, 0) == 0;
    measured("level woke %d of %d, edge %d, after a free one %d more", level, WAITS, edge, told);
    measured("spare closed, accept(), close(): client %s", refused ? "gets EOF" : "still waits");
    return remember(level == WAITS && edge == 1 && told == 0 && refused,
                    "keep a spare descriptor to refuse clients with, or unwatch the listener");
}
