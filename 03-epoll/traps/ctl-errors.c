/* epoll_ctl has an answer for each mistake of a program's bookkeeping, unlike select's sets and
 * poll's array. EPOLLONESHOT: one event, then the entry sleeps until a MOD wakes it. EPOLLEXCLUSIVE
 * is choosy: in ADD only, and not with every bit. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

static int epoll_fd;

static int ctl_error(int operation, int fd, uint32_t mask)
{
    struct epoll_event event = { .events = mask };
    return epoll_ctl(epoll_fd, operation, fd, &event) == -1 ? errno : 0;
}

static const char *name_of(int error)
{
    return error == EEXIST ? "EEXIST" : error == ENOENT ? "ENOENT" : error == EBADF ? "EBADF" : "?";
}

int main(void)
{
    int client, server;
    struct epoll_event event;
    claim(
        "ADD twice is EEXIST; MOD or DEL is ENOENT if not in the set, EBADF if closed; ONESHOT is "
        "silent until MOD");
    tcp_pair(&client, &server);
    epoll_fd = must(epoll_create1(0), "epoll_create1");

    need(send(client, "x", 1, 0) == 1, "send"); /* never read, so always ready */
    await(server, POLLIN, "wait for the client's byte");
    need(ctl_error(EPOLL_CTL_ADD, server, EPOLLIN | EPOLLONESHOT) == 0, "epoll_ctl ADD");
    int twice = ctl_error(EPOLL_CTL_ADD, server, EPOLLIN);
    int mod_stranger = ctl_error(EPOLL_CTL_MOD, client, EPOLLIN);
    int del_stranger = ctl_error(EPOLL_CTL_DEL, client, 0);

    int first = epoll_wait(epoll_fd, &event, 1, 0), silent = epoll_wait(epoll_fd, &event, 1, 100);
    need(ctl_error(EPOLL_CTL_MOD, server, EPOLLIN | EPOLLONESHOT) == 0, "epoll_ctl MOD");
    int again = epoll_wait(epoll_fd, &event, 1, 0);

    const uint32_t alone = EPOLLEXCLUSIVE;
    int exclusive = ctl_error(EPOLL_CTL_ADD, client, alone | EPOLLONESHOT) == EINVAL;
    exclusive += ctl_error(EPOLL_CTL_ADD, client, alone | EPOLLRDHUP) == EINVAL;
    exclusive += ctl_error(EPOLL_CTL_ADD, must(epoll_create1(0), "epoll"), alone) == EINVAL;
    exclusive += ctl_error(EPOLL_CTL_MOD, server, alone | EPOLLIN) == EINVAL;
    need(ctl_error(EPOLL_CTL_ADD, client, alone | EPOLLIN) == 0, "EPOLLEXCLUSIVE by itself");

    close(server);
    int mod_closed = ctl_error(EPOLL_CTL_MOD, server, EPOLLIN);
    int del_closed = ctl_error(EPOLL_CTL_DEL, server, 0);
    measured("ADD again %s; not in the set: MOD %s, DEL %s; closed: MOD %s, DEL %s", name_of(twice),
             name_of(mod_stranger), name_of(del_stranger), name_of(mod_closed),
             name_of(del_closed));
    measured("ONESHOT: %d event, then %d although a byte waits, after MOD %d", first, silent,
             again);
    measured(
        "EPOLLEXCLUSIVE with ONESHOT, with RDHUP, on an epoll descriptor, by MOD: %d of 4 EINVAL",
        exclusive);
    return remember(twice == EEXIST && mod_stranger == ENOENT && del_stranger == ENOENT &&
                        mod_closed == EBADF && del_closed == EBADF && first == 1 && silent == 0 &&
                        again == 1 && exclusive == 4,
                    "check epoll_ctl: its error is a bookkeeping bug found early");
}
