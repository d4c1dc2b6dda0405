/* poll and epoll_wait count milliseconds, select seconds and microseconds. A wait that sleeps shows
 * as a voluntary context switch: the process gives the processor away. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>

enum { WAITS = 100, SELECT = 0, POLL = 1, EPOLL = 2 };

static int wait_us(int call, int epoll_fd, int us)
{
    struct epoll_event event;
    int ms = us < 0 ? -1 : us / 1000; /* -1: for ever; and 500 us become 0 ms */
    if (call == SELECT)
        return select(0, NULL, NULL, NULL, us < 0 ? NULL : &(struct timeval){ .tv_usec = us });
    return call == POLL ? poll(NULL, 0, ms) : epoll_wait(epoll_fd, &event, 1, ms);
}

static long sleeps(int call, int epoll_fd, int us)
{
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < WAITS; i++)
        wait_us(call, epoll_fd, us);
    getrusage(RUSAGE_SELF, &after);
    return after.ru_nvcsw - before.ru_nvcsw;
}

static void on_alarm(int number)
{
    (void)number;
}

int main(void)
{
    int epoll_fd = epoll_create1(0), for_ever = 0;
    long zero = 0, half[3], one_ms = 0;
    claim("a timeout of 0 does not wait, -1 or NULL waits for ever, and 500 us / 1000 = 0 spins");
    signal(SIGALRM, on_alarm);
    ualarm(50000, 50000); /* interrupts what would wait for ever */
    for (int call = SELECT; call <= EPOLL; call++) {
        zero += sleeps(call, epoll_fd, 0);
        half[call] = sleeps(call, epoll_fd, 500);
        one_ms += sleeps(call, epoll_fd, 1000);
        for_ever += wait_us(call, epoll_fd, -1) == -1 && errno == EINTR;
    }
    measured("500 us slept: select %ld, poll %ld, epoll %ld of %d", half[0], half[1], half[2],
             WAITS);
    measured("0: %ld of %d slept, 1 ms: %ld; for ever: %d of 3", zero, 3 * WAITS, one_ms, for_ever);
    return remember(half[SELECT] > WAITS / 2 && half[POLL] + half[EPOLL] < WAITS / 2 &&
                        zero < WAITS / 2 && one_ms > 2 * WAITS && for_ever == 3,
                    "round a timeout in milliseconds up, never down");
}
