/* Two processes watch one listening socket and one client comes: both are told so, one gets it.
 * The other was told the truth too, but at its accept() it is no longer true. */
#include "../../scripts/traps/trap.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>

static int is_told(int listening)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(listening, &readable);
    return select(listening + 1, &readable, NULL, NULL, &(struct timeval){ .tv_sec = 5 }) == 1;
}

static void interrupt(int signal_number)
{
    (void)signal_number;
}

/* What the slower process's accept() fails with, on a listening socket with these flags. */
static int slower_process(int flags, int *faster_status)
{
    struct itimerval every_50_ms = { { .tv_usec = 50000 }, { .tv_usec = 50000 } };
    struct sockaddr_in at;
    int listening = tcp_listen(1, &at), client = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(listening, F_SETFL, flags);
    need(connect(client, (struct sockaddr *)&at, sizeof(at)) == 0, "connect");
    need(is_told(listening), "a client in the queue");
    pid_t faster = fork();
    if (faster == 0) {
        int fd = is_told(listening) ? accept(listening, NULL, NULL) : -1;
        _exit(fd == -1 || (fcntl(fd, F_GETFL) & O_NONBLOCK)); /* 0: got it, on a blocking socket */
    }
    need(faster != -1 && waitpid(faster, faster_status, 0) == faster, "fork and wait");
    if (!(flags & O_NONBLOCK))
        setitimer(ITIMER_REAL, &every_50_ms, NULL); /* or it would sleep till the next client */
    return accept(listening, NULL, NULL) == -1 ? errno : 0;
}

int main(void)
{
    int got = 1, got_blocking = 1;
    claim("two processes are told of one client, and the slower one's accept() hangs");
    sigaction(SIGALRM, &(struct sigaction){ .sa_handler = interrupt }, NULL);
    int nonblocking = slower_process(O_NONBLOCK, &got_blocking), blocking = slower_process(0, &got);
    measured("its accept(): %s; nonblocking: %s",
             blocking == EINTR ? "slept until a signal" : strerror(blocking),
             nonblocking == EAGAIN ? "EAGAIN" : strerror(nonblocking));
    measured("O_NONBLOCK is %spassed on to the accepted socket", got_blocking == 0 ? "not " : "");
    return remember(blocking == EINTR && nonblocking == EAGAIN && got == 0 && got_blocking == 0,
                    "make all sockets nonblocking, accepted ones too, and go on at EAGAIN");
}
