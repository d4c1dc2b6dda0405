/* The interest set is in the kernel, but not hidden: /proc/PID/fdinfo shows it, a line an entry,
 * with the descriptor, the mask in hex, and your data. Look there when a connection goes deaf. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

static int epoll_fd;

/* The mask that the kernel keeps for fd; *data is what we gave it. 0 if there is no such line. */
static unsigned kept_mask(int fd, unsigned long long *data)
{
    char path[64], line[256];
    int entry;
    unsigned mask, found = 0;
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", epoll_fd);
    FILE *file = fopen(path, "r");
    need(file != NULL, path);
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "tfd: %d events: %x data: %llx", &entry, &mask, data) == 3 && entry == fd)
            found = mask;
    fclose(file);
    return found;
}

int main(void)
{
    int client, server;
    unsigned long long data = 0;
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = 0xcafe };
    claim("/proc/PID/fdinfo shows an epoll set: descriptor, mask and data; ADD and MOD put "
          "EPOLLERR and EPOLLHUP into the mask");
    tcp_pair(&client, &server);
    epoll_fd = must(epoll_create1(0), "epoll_create1");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl ADD");
    unsigned asked_in = kept_mask(server, &data);
    need(asked_in != 0, "a line for the socket in /proc/self/fdinfo");

    event.events = EPOLLIN | EPOLLONESHOT;
    must(epoll_ctl(epoll_fd, EPOLL_CTL_MOD, server, &event), "epoll_ctl MOD");
    unsigned armed = kept_mask(server, &data);
    need(send(client, "x", 1, 0) == 1, "send");
    need(epoll_wait(epoll_fd, &event, 1, 10000) == 1, "the event of the byte");
    unsigned fired = kept_mask(server, &data);
    tcp_reset(client);
    await(server, POLLHUP, "the peer's reset");
    int told = epoll_wait(epoll_fd, &event, 1, 0);
    must(epoll_ctl(epoll_fd, EPOLL_CTL_DEL, server, NULL), "epoll_ctl DEL");
    unsigned deleted = kept_mask(server, &(unsigned long long){ 0 });

    measured("asked for IN (0x%x): the kernel keeps 0x%x; data 0x%llx; after DEL no line: %s",
             (unsigned)EPOLLIN, asked_in, data, deleted == 0 ? "yes" : "no");
    measured("IN with EPOLLONESHOT: 0x%x; when it has reported: 0x%x; a reset then: %d events",
             armed, fired, told);
    return remember(asked_in == (EPOLLIN | EPOLLERR | EPOLLHUP) && data == 0xcafe && deleted == 0 &&
                        armed == (asked_in | EPOLLONESHOT) && fired == EPOLLONESHOT && told == 0,
                    "cat /proc/PID/fdinfo/FD tells what the kernel still watches, and for what");
}
