/* A handler ends each of the three waits with EINTR, whatever SA_RESTART says. Stop and continue
 * (Ctrl-Z and fg) does it to epoll_wait, with no handler at all: epoll(7)'s example exits there. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>

enum { SELECT, POLL, EPOLL, CALLS };

static void handler(int signal_number)
{
    (void)signal_number;
}

static int wait_in(int call, int epoll_fd)
{
    struct epoll_event event;
    return call == SELECT ? select(0, NULL, NULL, NULL, NULL)
           : call == POLL ? poll(NULL, 0, -1)
                          : epoll_wait(epoll_fd, &event, 1, -1);
}

/* Does the signal end the wait of a child with EINTR? A stopped child is continued. */
static int interrupted(int call, int signal_number, int flags)
{
    char state;
    int status, epoll_fd = must(epoll_create1(0), "epoll_create1");
    pid_t child = start_child();
    if (child == 0) {
        sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = handler, .sa_flags = flags }, NULL);
        _exit(wait_in(call, epoll_fd) == -1 && errno == EINTR);
    }
    await_sleep(child);
    must(kill(child, signal_number), "kill");
    if (signal_number == SIGSTOP) {
        must(waitpid(child, &status, WUNTRACED), "waitpid");
        must(kill(child, SIGCONT), "kill");
    }
    while ((state = state_of(child)) != 'S' && state != 'Z') /* waits again, or has ended */
        usleep(1000);
    must(kill(child, SIGKILL), "kill");
    close(epoll_fd);
    status = end_of_child(child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

int main(void)
{
    int handled = 0, restarting = 0, stopped[CALLS];
    claim("on Linux a handler interrupts all three, SA_RESTART or not; Ctrl-Z and fg only "
          "epoll_wait");
    for (int call = SELECT; call < CALLS; call++) {
        handled += interrupted(call, SIGUSR1, 0);
        restarting += interrupted(call, SIGUSR1, SA_RESTART);
        stopped[call] = interrupted(call, SIGSTOP, 0);
    }
    measured("EINTR by stop and continue: select %d, poll %d, epoll_wait %d", stopped[SELECT],
             stopped[POLL], stopped[EPOLL]);
    measured("by a handler: %d of 3 calls, with SA_RESTART %d of 3", handled, restarting);
    return remember(handled == CALLS && restarting == CALLS && !stopped[SELECT] && !stopped[POLL] &&
                        stopped[EPOLL],
                    "EINTR from a wait is no error: wait again, handler or not");
}
