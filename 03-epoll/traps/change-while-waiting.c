/* epoll's interest set is in the kernel: one thread can add to it while another waits. select and
 * poll copied their question when they were called; a change of it counts from the next call on. */
#include "../../01-select/traps/trap.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>

enum { SELECT, POLL, EPOLL, CALLS, TIMEOUT_MS = 500, LONG_MS = 15000 };
static int ready_fd, epoll_fd;
static fd_set set;          /* select's question */
static struct pollfd entry; /* poll's */
static atomic_int waiter, answer;

static void *wait_in(void *call)
{
    struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
    struct epoll_event event;
    waiter = gettid();
    answer = *(int *)call == SELECT ? select(ready_fd + 1, &set, NULL, NULL, &timeout)
             : *(int *)call == POLL ? poll(&entry, 1, TIMEOUT_MS)
                                    : epoll_wait(epoll_fd, &event, 1, LONG_MS);
    return NULL;
}

/* Starts a wait for nothing, then adds a descriptor that is ready. Returns what the wait says. */
static int seen_by(int call)
{
    pthread_t thread;
    struct epoll_event interest = { .events = EPOLLIN };
    FD_ZERO(&set);
    entry = (struct pollfd){ .fd = -1, .events = POLLIN };
    waiter = 0;
    answer = -1;
    need((errno = pthread_create(&thread, NULL, wait_in, &call)) == 0, "pthread_create");
    while (waiter == 0)
        usleep(1000);
    await_sleep(waiter);
    if (call == SELECT)
        FD_SET(ready_fd, &set);
    else if (call == POLL)
        entry.fd = ready_fd;
    else
        must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ready_fd, &interest), "epoll_ctl");
    need(call == EPOLL || answer == -1, "a change while the other thread waits");
    need((errno = pthread_join(thread, NULL)) == 0, "pthread_join");
    return answer;
}

int main(void)
{
    claim("an interest added by another thread ends an epoll_wait() that is under way; a poll() or "
          "select() does not see it");
    epoll_fd = must(epoll_create1(0), "epoll_create1");
    ready_fd = must(eventfd(1, 0), "eventfd");
    need(ready_fd < FD_SETSIZE, "a descriptor that fits in a set");
    int by_select = seen_by(SELECT), by_poll = seen_by(POLL), by_epoll = seen_by(EPOLL);
    measured("a ready descriptor added to a wait: select reports %d, poll %d, epoll_wait %d",
             by_select, by_poll, by_epoll);
    return remember(by_select == 0 && by_poll == 0 && by_epoll == 1,
                    "to change what another thread's poll or select watches, wake it: by a pipe");
}
