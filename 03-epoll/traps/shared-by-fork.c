/* fork() copies descriptors, but both copies mean the same epoll set in the kernel. A child may
 * close what it inherited; an epoll_ctl in it changes the parent's set. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

/* Runs a child that takes `server` out of the epoll set, or only closes both descriptors. */
static void run_child(int epoll_fd, int server, int deletes)
{
    pid_t child = start_child();
    if (child == 0) {
        if (deletes) _exit(epoll_ctl(epoll_fd, EPOLL_CTL_DEL, server, NULL) == -1);
        close(server);
        close(epoll_fd);
        _exit(0);
    }
    need(end_of_child(child) == 0, "a child process");
}

int main(void)
{
    int client, server;
    struct epoll_event event = { .events = EPOLLIN };
    claim("fork shares the epoll set: a child's close changes nothing, its DEL takes the parent's "
          "entry away");
    tcp_pair(&client, &server);
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    need(send(client, "x", 1, 0) == 1, "send"); /* never read, so always ready */
    await(server, POLLIN, "wait for the client's byte");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl");

    run_child(epoll_fd, server, 0);
    int after_close = epoll_wait(epoll_fd, &event, 1, 0);
    run_child(epoll_fd, server, 1);
    int after_delete = epoll_wait(epoll_fd, &event, 1, 0);
    int parents_delete = epoll_ctl(epoll_fd, EPOLL_CTL_DEL, server, NULL) == -1 ? errno : 0;
    measured("parent's events: %d after the child's close, %d after the child's DEL", after_close,
             after_delete);
    measured("the parent's own DEL: %s", parents_delete == ENOENT ? "ENOENT" : "not ENOENT");
    return remember(after_close == 1 && after_delete == 0 && parents_delete == ENOENT,
                    "after fork() the child closes its copies and never calls epoll_ctl");
}
