/* A loop checks a flag that a signal handler sets, then waits. A signal between the two is handled
 * at once, so it interrupts nothing: the wait sleeps, with the flag set. Here it comes just then.
 */
#include "trap.h"
#include <sys/epoll.h>
#include <sys/select.h>

enum { CALLS = 3, TIMEOUT_MS = 50 };
static volatile sig_atomic_t flag;
static int quiet[2], wake_up[2]; /* two pipes; the handler writes to the second */

static void on_signal(int signal_number)
{
    flag = write(wake_up[1], "!", 1) == 1 ? signal_number : 0;
}

/* Returns what select, poll or epoll_wait return; with a mask, what their variants with p do. */
static int wait_in(int call, int fd, const sigset_t *mask)
{
    const struct timespec timeout = { .tv_nsec = TIMEOUT_MS * 1000000L };
    struct epoll_event event = { .events = EPOLLIN };
    struct pollfd watched = { .fd = fd, .events = POLLIN };
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    flag = 0;
    if (!flag)                   /* the loop's check, */
        kill(getpid(), SIGUSR1); /* the signal, */
    int result = call == 0   ? pselect(fd + 1, &readable, NULL, NULL, &timeout, mask)
                 : call == 1 ? ppoll(&watched, 1, &timeout, mask)
                             : epoll_pwait(epoll_fd, &event, 1, TIMEOUT_MS, mask);
    need(flag && (result != -1 || errno == EINTR), "a signal and a wait");
    need(read(wake_up[0], &(char){ 0 }, 1) == 1 && close(epoll_fd) == 0, "tidying up");
    return result;
}

int main(void)
{
    int slept[CALLS], woken[CALLS], interrupted[CALLS];
    sigset_t none, one;
    claim("a signal between the check of a flag and the wait is slept through, in all three calls");
    must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal }, NULL), "sigaction");
    must(pipe(quiet) == 0 ? pipe(wake_up) : -1, "pipe");
    for (int call = 0; call < CALLS; call++) {
        slept[call] = wait_in(call, quiet[0], NULL);
        woken[call] = wait_in(call, wake_up[0], NULL);
    }
    sigemptyset(&none);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    must(sigprocmask(SIG_SETMASK, &one, NULL), "sigprocmask");
    for (int call = 0; call < CALLS; call++)
        interrupted[call] = wait_in(call, quiet[0], &none);
    measured("select %d, poll %d, epoll_wait %d: 0 is the end of the timeout", slept[0], slept[1],
             slept[2]);
    measured("the handler writes to a pipe that is watched: %d, %d, %d", woken[0], woken[1],
             woken[2]);
    measured("blocked outside pselect, ppoll, epoll_pwait: %d, %d, %d (-1: EINTR)", interrupted[0],
             interrupted[1], interrupted[2]);
    int agrees = 1;
    for (int call = 0; call < CALLS; call++)
        agrees = agrees && slept[call] == 0 && woken[call] == 1 && interrupted[call] == -1;
    return remember(agrees, "let the handler write to a non-blocking pipe that the wait watches");
}
