/* "epoll shares memory with the kernel", many texts say. Then the process would have a mapping for
 * it. Count them. */
#include "../../scripts/traps/trap.h"
#include <sys/epoll.h>

/* The lines of /proc/self/maps: the pieces of memory of this process. */
static int mappings(void)
{
    int lines = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    need(maps != NULL, "open /proc/self/maps");
    for (int c; (c = fgetc(maps)) != EOF;)
        lines += c == '\n';
    fclose(maps);
    return lines;
}

int main(void)
{
    int client, server;
    struct epoll_event event = { .events = EPOLLIN };
    claim("epoll shares no memory with the kernel: epoll_wait() copies events out");
    mappings(); /* what stdio needs is there from now on */
    tcp_pair(&client, &server);

    int before = mappings(), epoll_fd = epoll_create1(0);
    need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event) == 0, "epoll_ctl");
    need(send(client, "x", 1, 0) == 1, "send");
    int ready = epoll_wait(epoll_fd, &event, 1, 5000), after = mappings();
    measured("%d event; pieces of memory: %d before epoll, %d after", ready, before, after);
    return remember(before == after && ready == 1,
                    "what epoll saves is not the copy of the answer, but that of the question");
}
