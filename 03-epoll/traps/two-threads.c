/* Two threads wait in one epoll instance. The first is still handling a connection when more bytes
 * come for it: edge-triggered, that is news, and the second thread is given the same connection. */
#include "../../01-select/traps/trap.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

enum { THREADS = 2, LONG_MS = 10000, SILENCE_MS = 300 };
static int epoll_fd;
static atomic_int given, finished; /* how many threads were given the connection; are they done? */

static void *worker(void *unused)
{
    struct epoll_event event;
    given += epoll_wait(epoll_fd, &event, 1, -1) == 1;
    while (!finished) /* so long it handles the connection */
        usleep(1000);
    return unused;
}

static int given_within(int patience_ms, int enough)
{
    for (; given < enough && patience_ms > 0; patience_ms--)
        usleep(1000);
    return given;
}

/* How many threads are given one connection at the same time? *after_mod: and after a MOD? */
static int given_to(uint32_t trigger, int patience_ms, int *after_mod)
{
    int client, server;
    char bytes[2];
    pthread_t threads[THREADS];
    struct epoll_event event = { .events = EPOLLIN | trigger };
    given = 0;
    finished = 0;
    tcp_pair(&client, &server);
    epoll_fd = must(epoll_create1(0), "epoll_create1");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl ADD");
    for (int i = 0; i < THREADS; i++)
        need((errno = pthread_create(&threads[i], NULL, worker, NULL)) == 0, "pthread_create");

    need(send(client, "a", 1, 0) == 1, "send");
    need(given_within(LONG_MS, 1) == 1 || trigger == 0, "one thread that is given the connection");
    need(send(client, "b", 1, 0) == 1, "send");
    need(recv(server, bytes, 2, MSG_PEEK | MSG_WAITALL) == 2, "wait until both bytes are here");
    int both = given_within(patience_ms, THREADS);
    must(epoll_ctl(epoll_fd, EPOLL_CTL_MOD, server, &event), "epoll_ctl MOD");
    *after_mod = given_within(LONG_MS, THREADS);
    finished = 1;
    for (int i = 0; i < THREADS; i++)
        need((errno = pthread_join(threads[i], NULL)) == 0, "pthread_join");
    return both;
}

int main(void)
{
    int after_mod;
    claim("level-triggered or with EPOLLET two threads can be given one connection at once; with "
          "EPOLLONESHOT one, until MOD");
    int level = given_to(0, LONG_MS, &after_mod), edge = given_to(EPOLLET, LONG_MS, &after_mod);
    int oneshot = given_to(EPOLLONESHOT, SILENCE_MS, &after_mod);
    measured("threads in one connection: level %d, EPOLLET %d, EPOLLONESHOT %d, after MOD %d",
             level, edge, oneshot, after_mod);
    return remember(level == THREADS && edge == THREADS && oneshot == 1 && after_mod == THREADS,
                    "threads that share an epoll instance: EPOLLONESHOT, and MOD when done");
}
