/* A handler ends each of the three waits with EINTR, whatever SA_RESTART says. Stop and continue
 * (Ctrl-Z and fg) does it to epoll_wait, with no handler at all: epoll(7)'s example exits there. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>

enum { SELECT, POLL, EPOLL, CALLS, TIMEOUT_MS = 700 };

static void handler(int signal_number)
{
    (void)signal_number;
}

static int wait_in(int call)
{
    struct timeval timeout = { .tv_usec = TIMEOUT_MS * 1000 };
    struct epoll_event event;
    return call == SELECT ? select(0, NULL, NULL, NULL, &timeout)
           : call == POLL ? poll(NULL, 0, TIMEOUT_MS)
                          : epoll_wait(epoll_create1(0), &event, 1, TIMEOUT_MS);
}

/* Does the signal end the wait of a child with EINTR? After a stop the child is continued. */
static int interrupted(int call, int signal_number, int flags)
{
    char path[32], state = '?';
    int status;
    pid_t child = fork();
    if (child == 0) {
        sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = handler, .sa_flags = flags }, NULL);
        _exit(wait_in(call) == -1 && errno == EINTR);
    }
    snprintf(path, sizeof(path), "/proc/%d/stat", child);
    while (state != 'S') { /* S: it sleeps, in the call */
        FILE *file = fopen(path, "r");
        need(file && fscanf(file, "%*d %*s %c", &state) == 1 && state != 'Z', "see it asleep");
        fclose(file);
    }
    kill(child, signal_number);
    waitpid(child, &status, WUNTRACED);
    if (WIFSTOPPED(status)) {
        kill(child, SIGCONT);
        waitpid(child, &status, 0);
    }
    return WEXITSTATUS(status);
}

int main(void)
{
    int handled = 0, restarting = 0, stopped[CALLS];
    claim("a handler interrupts all three, SA_RESTART or not; stop and continue epoll_wait alone");
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
