/* One descriptor is ready, and ever more are watched beside it that are idle (all are eventfds).
 * poll's steps are dearer up to the first ready one: till then it queues up to be woken by each.
 * Judged is only what grows a hundredfold; with all ready the figures depend on the machine. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>

enum { MOST = 10000, SELECTABLE = 1000, ROUNDS = 10, CALLS = 25 };
enum { SELECT, POLL, EPOLL, POLL_FIRST_READY, COLUMNS };
static fd_set select_set;
static struct pollfd entries[MOST]; /* poll's array; the others take the descriptors from it */
static struct epoll_event events[MOST];

static void create_eventfds(void)
{
    struct rlimit limit;
    need(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    need(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    for (int i = 0; i < MOST; i++) {
        entries[i] = (struct pollfd){ .fd = eventfd(0, 0), .events = POLLIN };
        need(entries[i].fd != -1, "10,000 eventfds");
        need(i >= SELECTABLE || entries[i].fd < FD_SETSIZE, "1,000 descriptors that fit a set");
        if (i < SELECTABLE)
            FD_SET(entries[i].fd, &select_set);
    }
}

/* CPU time, not time by the clock: what else runs on the machine is not counted. */
static double cpu_us_per_call(int column, int epoll_fd, int watched)
{
    clock_t start = clock();
    for (int i = 0; i < CALLS; i++) {
        fd_set readable = select_set;
        if (column == EPOLL)
            epoll_wait(epoll_fd, events, watched, -1);
        else if (column != SELECT)
            poll(entries, (nfds_t)watched, -1);
        else if (watched <= SELECTABLE)
            select(entries[watched - 1].fd + 1, &readable, NULL, NULL, NULL);
    }
    return (double)(clock() - start) * 1e6 / CLOCKS_PER_SEC / CALLS;
}

/* Prints a row of the table. The columns take turns, so that noise meets all; the best counts. */
static void measure(double best[COLUMNS], int watched, int ready)
{
    struct epoll_event event = { .events = EPOLLIN };
    int epoll_fd = epoll_create1(0);
    for (int i = 0; i < watched; i++)
        need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, entries[i].fd, &event) == 0, "epoll_ctl");
    for (int turn = 0; turn < ROUNDS * COLUMNS; turn++) {
        int column = turn % COLUMNS, first = column == POLL_FIRST_READY ? 0 : watched - ready;
        for (int i = 0; i < ready; i++)
            need(eventfd_write(entries[first + i].fd, 1) == 0, "eventfd_write");
        double us = cpu_us_per_call(column, epoll_fd, watched);
        best[column] = turn < COLUMNS || us < best[column] ? us : best[column];
        for (int i = 0; i < ready; i++)
            eventfd_read(entries[first + i].fd, &(eventfd_t){ 0 });
    }
    close(epoll_fd);
    say("%7d %7d %10.1f %10.1f %10.1f %18.1f", watched, ready, best[SELECT], best[POLL],
        best[EPOLL], best[POLL_FIRST_READY]);
}

int main(void)
{
    double ten[COLUMNS], some[COLUMNS], most[COLUMNS], all[COLUMNS];
    claim("one ready, ever more watched: select and poll grow dearer, epoll_wait does not");
    create_eventfds();
    say("watched   ready     select       poll epoll_wait   poll, ready first   "
        "in us of CPU time (select ends at 1,000)");
    measure(ten, 10, 1);
    measure(some, SELECTABLE, 1);
    measure(most, MOST, 1);
    measure(all, SELECTABLE, SELECTABLE);
    measured("10 to 10,000 watched: poll %.1f to %.0f us, epoll_wait %.1f to %.1f us", ten[POLL],
             most[POLL], ten[EPOLL], most[EPOLL]);
    measured("all of 1,000 ready: poll %.1f us, epoll_wait %.1f us (not judged)", all[POLL],
             all[EPOLL]);
    return remember(most[POLL] > 20 * ten[POLL] && some[SELECT] > 10 * ten[SELECT] &&
                        most[EPOLL] < 5 * ten[EPOLL],
                    "epoll pays where many are watched and few are ready");
}
