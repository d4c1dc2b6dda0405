/* One descriptor is ready, and ever more are watched beside it that are idle (all are eventfds).
 * poll's steps are dearer up to the first ready one: till then it queues up to be woken by each.
 * Judged: select 10 times dearer for 100 times as many, poll 20 times for 1,000 times as many,
 * epoll_wait below 5 times. What it costs with all ready depends on the machine. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>

enum { MOST = 10000, LIMIT = MOST + 20, IN_A_SET = 1000, ROUNDS = 10 };
enum { SELECT, POLL, EPOLL };
static fd_set select_set;
static struct pollfd entries[MOST]; /* poll's array; the others take the descriptors from it */
static struct epoll_event events[MOST];

/* The best of several rounds, in CPU time: what else runs on the machine counts little. */
static double us_per_call(int call, int watched, int first_ready, int ready)
{
    int calls = call == EPOLL ? 25 : 5;
    double best = 1e9;
    struct epoll_event interest = { .events = EPOLLIN };
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    for (int i = 0; i < watched; i++)
        must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, entries[i].fd, &interest), "epoll_ctl");
    for (int i = first_ready; i < first_ready + ready; i++)
        must(eventfd_write(entries[i].fd, 1), "write to an eventfd");
    for (int round = 0; round < ROUNDS; round++) {
        clock_t start = clock();
        for (int i = 0; i < calls; i++) {
            fd_set readable = select_set;
            if (call == SELECT)
                select(entries[watched - 1].fd + 1, &readable, NULL, NULL, NULL);
            else if (call == POLL)
                poll(entries, (nfds_t)watched, -1);
            else
                epoll_wait(epoll_fd, events, watched, -1);
        }
        double us = (double)(clock() - start) * 1e6 / CLOCKS_PER_SEC / calls;
        best = us < best ? us : best;
    }
    for (int i = first_ready; i < first_ready + ready; i++)
        eventfd_read(entries[i].fd, &(eventfd_t){ 0 });
    close(epoll_fd);
    return best;
}

int main(void)
{
    const int rows[][2] = { { 10, 1 }, { IN_A_SET, 1 }, { MOST, 1 }, { IN_A_SET, IN_A_SET } };
    double us[4][3] = { 0 };
    claim("one ready, ever more watched: select and poll grow dearer, epoll_wait does not");
    must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ LIMIT, LIMIT }), "10,020 descriptors");
    for (int i = 0; i < MOST; i++) {
        entries[i] = (struct pollfd){ .fd = must(eventfd(0, 0), "eventfd"), .events = POLLIN };
        need(i >= IN_A_SET || entries[i].fd < FD_SETSIZE, "1,000 descriptors that fit in a set");
        if (i < IN_A_SET) FD_SET(entries[i].fd, &select_set);
    }
    say("watched   ready   select     poll  epoll_wait  poll, ready first   (us; 0.0: impossible)");
    for (int i = 0; i < 4; i++) {
        int watched = rows[i][0], ready = rows[i][1], last = watched - ready;
        for (int call = watched > IN_A_SET ? POLL : SELECT; call <= EPOLL; call++)
            us[i][call] = us_per_call(call, watched, last, ready);
        say("%7d %7d %8.1f %8.1f %11.1f %18.1f", watched, ready, us[i][SELECT], us[i][POLL],
            us[i][EPOLL], us_per_call(POLL, watched, 0, ready));
    }
    measured(
        "10 to 1,000 watched: select %.1f to %.0f us; to 10,000: poll %.1f to %.0f, epoll_wait "
        "%.1f to %.1f",
        us[0][SELECT], us[1][SELECT], us[0][POLL], us[2][POLL], us[0][EPOLL], us[2][EPOLL]);
    need(us[0][EPOLL] < 5, "calls at their usual price: is a tracer or an emulator at work?");
    return remember(us[2][POLL] > 20 * us[0][POLL] && us[1][SELECT] > 10 * us[0][SELECT] &&
                        us[2][EPOLL] < 5 * us[0][EPOLL],
                    "epoll pays where many are watched and few are ready");
}
