/* "Edge-triggered fires when a descriptor goes from empty to not empty": most texts say so. Here
 * nothing is ever read, so the socket is empty only once; watch how many events come. Then the same
 * with a timer, which expires once a millisecond: of it the sentence is true. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/timerfd.h>

enum { ARRIVALS = 5, TIMEOUT_MS = 10000 };

int main(void)
{
    int client, server, reported = 0, silent = 0, with_all_bits = 0;
    char bytes[2 * ARRIVALS];
    claim("on TCP new input is an edge, unread older input or not; its event shows all that is "
          "ready, OUT too");
    tcp_pair(&client, &server);
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event, interest = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &interest), "epoll_ctl");
    need(epoll_wait(epoll_fd, &event, 1, 0) == 1, "take the first event: writable");

    for (int i = 0; i < ARRIVALS; i++) {
        need(send(client, "x", 1, 0) == 1, "send");
        reported += epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS) == 1;
        with_all_bits += event.events == (EPOLLIN | EPOLLOUT);
        silent += epoll_wait(epoll_fd, &event, 1, 0) == 0;
    }

    need(send(client, "xxx", 3, 0) == 3 && send(client, "xx", 2, 0) == 2, "send");
    need(recv(server, bytes, sizeof(bytes), MSG_PEEK | MSG_WAITALL) == sizeof(bytes),
         "wait until all is here");
    int together = epoll_wait(epoll_fd, &event, 1, 0);
    together += epoll_wait(epoll_fd, &event, 1, 0);
    must(epoll_ctl(epoll_fd, EPOLL_CTL_MOD, server, &interest), "epoll_ctl MOD");
    int armed_again = epoll_wait(epoll_fd, &event, 1, 0);

    int timer = must(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create"), of_timer = 0;
    struct itimerspec often = { .it_value.tv_nsec = 1000000, .it_interval.tv_nsec = 1000000 };
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer, &interest), "epoll_ctl");
    must(timerfd_settime(timer, 0, &often, NULL), "timerfd_settime");
    for (int i = 0; i < ARRIVALS; i++)
        of_timer += epoll_wait(epoll_fd, &event, 1, i == 0 ? TIMEOUT_MS : 20);
    uint64_t expirations;
    need(read(timer, &expirations, sizeof(expirations)) == sizeof(expirations), "read the timer");
    int after_read = epoll_wait(epoll_fd, &event, 1, TIMEOUT_MS);
    measured("%d arrivals, 0 reads: %d events, %d of them IN and OUT, silence after %d", ARRIVALS,
             reported, with_all_bits, silent);
    measured("two sends between two waits: %d event; MOD with the same mask, nothing new: %d event",
             together, armed_again);
    measured("a timer that is not read expired %d times or more: %d event; after the read: %d",
             expirations < ARRIVALS ? (int)expirations : ARRIVALS, of_timer, after_read);
    need(expirations >= ARRIVALS, "a timer that expires again and again");
    return remember(
        reported == ARRIVALS && with_all_bits == ARRIVALS && silent == ARRIVALS && together == 1 &&
            armed_again == 1 && of_timer == 1 && after_read == 1,
        "do not count on silence until you have read; to be told what is ready now, call MOD");
}
