/* poll and epoll_wait count milliseconds, select microseconds: 500 us / 1000 is 0 ms. Here 0, 500
 * us and 1 ms are timed, and -1 or NULL must outlast 200 ms. Anything can make a wait late: so what
 * counts is the shortest of many. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

enum { WAITS = 100, CALLS = 3, SELECT = 0, POLL = 1, ALARM_MS = 200 };
static int epoll_fd;

static int wait_us(int call, int us)
{
    struct epoll_event event;
    int ms = us < 0 ? -1 : us / 1000; /* -1: no end; and 500 us become 0 ms */
    if (call == SELECT)
        return select(0, NULL, NULL, NULL, us < 0 ? NULL : &(struct timeval){ .tv_usec = us });
    return call == POLL ? poll(NULL, 0, ms) : epoll_wait(epoll_fd, &event, 1, ms);
}

/* Returns how many microseconds the shortest of many waits took. */
static double shortest(int call, int us)
{
    double least = 1e9;
    for (int i = 0; i < WAITS; i++) {
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        need(wait_us(call, us) == 0, "a wait that ends by its timeout");
        clock_gettime(CLOCK_MONOTONIC, &end);
        double took =
            difftime(end.tv_sec, start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3;
        least = took < least ? took : least;
    }
    return least;
}

static void on_alarm(int number)
{
    (void)number;
}

int main(void)
{
    double zero[CALLS], half[CALLS], one_ms[CALLS];
    int right = 0, endless = 0;
    struct itimerval ticks = { { .tv_usec = ALARM_MS * 1000 }, { .tv_usec = ALARM_MS * 1000 } };
    claim("a timeout of 0 does not wait, -1 or NULL waits on, and 500 us / 1000 = 0 does not wait "
          "either");
    epoll_fd = must(epoll_create1(0), "epoll_create1");
    for (int call = SELECT; call < CALLS; call++) {
        zero[call] = shortest(call, 0);
        half[call] = shortest(call, 500);
        one_ms[call] = shortest(call, 1000);
        right +=
            zero[call] < 500 && one_ms[call] >= 1000 && (half[call] >= 500) == (call == SELECT);
    }
    signal(SIGALRM, on_alarm);
    for (int call = SELECT; call < CALLS; call++) {
        must(setitimer(ITIMER_REAL, &ticks, NULL), "setitimer");
        endless += wait_us(call, -1) == -1 && errno == EINTR;
    }
    measured("500 us took select %.0f us, poll %.1f, epoll %.1f", half[0], half[1], half[2]);
    measured("0 took %.1f, %.1f and %.1f us, 1 ms %.0f, %.0f and %.0f us", zero[0], zero[1],
             zero[2], one_ms[0], one_ms[1], one_ms[2]);
    measured("-1 or NULL: %d of 3 waited for the signal, %d ms", endless, ALARM_MS);
    return remember(right == CALLS && endless == CALLS,
                    "round a timeout in milliseconds up, never down");
}
