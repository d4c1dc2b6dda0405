/* Four workers wait for one listening socket, and one client connects. Who is woken? Three of the
 * four wake for nothing, unless each worker's epoll instance watches with EPOLLEXCLUSIVE. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>

enum { WORKERS = 4, SETTLE_MS = 300 };

/* A worker waits with poll (mask 0) or in an epoll instance of its own, and ends when it wakes. */
static void work(int listening, uint32_t mask)
{
    struct epoll_event event = { .events = mask };
    if (mask == 0) _exit(poll_for(listening, POLLIN, -1) == 0);
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listening, &event), "epoll_ctl");
    _exit(epoll_wait(epoll_fd, &event, 1, -1) != 1);
}

static int woken(uint32_t mask)
{
    struct sockaddr_in at;
    pid_t workers[WORKERS];
    int listening = tcp_listen(WORKERS, &at), count = 0;
    for (int i = 0; i < WORKERS; i++) {
        if ((workers[i] = start_child()) == 0) work(listening, mask);
        await_sleep(workers[i]);
    }
    int client = tcp_connect(&at);
    for (int i = 0; state_of(workers[i]) == 'S'; i = (i + 1) % WORKERS)
        usleep(1000); /* until one is woken; the others are woken with it, or not at all */
    usleep(SETTLE_MS * 1000);
    for (int i = 0; i < WORKERS; i++) {
        count += state_of(workers[i]) != 'S';
        kill(workers[i], SIGKILL);
        end_of_child(workers[i]);
    }
    close(client);
    close(listening);
    return count;
}

int main(void)
{
    claim("one client wakes all workers in poll or in level-triggered epoll, an instance each; one "
          "with EPOLLEXCLUSIVE");
    int by_poll = woken(0), by_level = woken(EPOLLIN), exclusive = woken(EPOLLIN | EPOLLEXCLUSIVE);
    measured("of %d workers one client wakes: poll %d, level-triggered epoll %d, EPOLLEXCLUSIVE %d",
             WORKERS, by_poll, by_level, exclusive);
    return remember(by_poll == WORKERS && by_level == WORKERS && exclusive == 1,
                    "EPOLLEXCLUSIVE spares the others a wake-up: accept() must still not block");
}
