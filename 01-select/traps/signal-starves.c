/* pselect, ppoll and epoll_pwait open the door for a blocked signal while they sleep. With one
 * descriptor always ready they never sleep, so under load the signal never comes in. (Linux) */
#include "trap.h"
#include <sys/epoll.h>
#include <sys/select.h>

enum { CALLS = 3, TIMES = 20000 };
static volatile sig_atomic_t handled;

static void on_signal(int signal_number)
{
    (void)signal_number;
    handled++;
}

/* Waits with the signal let in; does not sleep if fd is ready. */
static int wait_in(int call, int fd, int epoll_fd, const sigset_t *none)
{
    const struct timespec timeout = { .tv_sec = 10 };
    struct epoll_event event;
    struct pollfd watched = { .fd = fd, .events = POLLIN };
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    return call == 0   ? pselect(fd + 1, &readable, NULL, NULL, &timeout, none)
           : call == 1 ? ppoll(&watched, 1, &timeout, none)
                       : epoll_pwait(epoll_fd, &event, 1, 10000, none);
}

int main(void)
{
    int fds[2], busy[CALLS], idle[CALLS], epoll_fd, agrees = 1;
    sigset_t none, one;
    claim("on Linux a signal that only pselect, ppoll or epoll_pwait let in starves while a "
          "descriptor is ready");
    must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal }, NULL), "sigaction");
    sigemptyset(&none);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    must(sigprocmask(SIG_BLOCK, &one, NULL), "sigprocmask");
    must(pipe(fds), "pipe");
    epoll_fd = must(epoll_create1(0), "epoll_create1");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[0], &(struct epoll_event){ .events = EPOLLIN }),
         "epoll_ctl");
    for (int call = 0; call < CALLS; call++) {
        need(write(fds[1], "x", 1) == 1, "a byte to be ready with");
        kill(getpid(), SIGUSR1); /* it stays pending */
        handled = 0;
        for (int i = 0; i < TIMES; i++)
            wait_in(call, fds[0], epoll_fd, &none);
        busy[call] = handled;
        need(read(fds[0], &(char){ 0 }, 1) == 1, "read");
        wait_in(call, fds[0], epoll_fd, &none);
        idle[call] = handled - busy[call];
        agrees = agrees && busy[call] == 0 && idle[call] == 1;
    }
    measured("%d busy calls ran the handler %d, %d, %d times; one idle call %d, %d, %d", TIMES,
             busy[0], busy[1], busy[2], idle[0], idle[1], idle[2]);
    return remember(
        agrees,
        "ask for it once a round: sigpending(), a signalfd; or do not block it, and use a pipe");
}
