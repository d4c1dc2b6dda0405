/* Two processes watch one listening socket and one client comes: both are told so, one gets it.
 * The other was told the truth too, but at its accept() it is no longer true. The accepted socket
 * is asked, too, what it inherits from the listening one, which has all three options. */
#include "trap.h"
#include <netinet/tcp.h>
#include <sys/select.h>
#include <sys/time.h>

/* What the accepted socket has from the listening one. */
enum { NODELAY = 1, KEEPALIVE = 2, NONBLOCKING = 4 };

static void interrupt(int signal_number)
{
    (void)signal_number;
}

static int is_told(int listening)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(listening, &readable);
    return select(listening + 1, &readable, NULL, NULL, &(struct timeval){ .tv_sec = 10 }) == 1;
}

static int option(int fd, int level, int name)
{
    int value = 0;
    must(getsockopt(fd, level, name, &value, &(socklen_t){ sizeof(value) }), "getsockopt");
    return value != 0;
}

static int handed_on(int fd)
{
    return option(fd, IPPROTO_TCP, TCP_NODELAY) * NODELAY |
           option(fd, SOL_SOCKET, SO_KEEPALIVE) * KEEPALIVE |
           ((must(fcntl(fd, F_GETFL), "fcntl") & O_NONBLOCK) != 0) * NONBLOCKING;
}

/* What the slower process's accept() fails with, on a listening socket with these flags. */
static int slower_process(int flags, int *handed)
{
    struct itimerval every_50_ms = { { .tv_usec = 50000 }, { .tv_usec = 50000 } };
    struct sockaddr_in at;
    int listening = tcp_listen(1, &at), on = 1;
    must(fcntl(listening, F_SETFL, flags), "fcntl");
    must(setsockopt(listening, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
    must(setsockopt(listening, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)), "SO_KEEPALIVE");
    tcp_connect(&at);
    need(is_told(listening), "a client in the queue");
    pid_t faster = start_child();
    if (faster == 0) {
        need(is_told(listening), "a client in the faster process's queue");
        _exit(handed_on(must(accept(listening, NULL, NULL), "accept")));
    }
    *handed = WEXITSTATUS(end_of_child(faster));
    if (!(flags & O_NONBLOCK)) /* or it would sleep till the next client */
        must(setitimer(ITIMER_REAL, &every_50_ms, NULL), "setitimer");
    return accept(listening, NULL, NULL) == -1 ? errno : 0;
}

int main(void)
{
    int handed, ignored;
    claim("two processes are told of one client; the slower one's accept() hangs, unless it is "
          "non-blocking");
    must(sigaction(SIGALRM, &(struct sigaction){ .sa_handler = interrupt }, NULL), "sigaction");
    int nonblocking = slower_process(O_NONBLOCK, &handed), blocking = slower_process(0, &ignored);
    measured("its accept(): %s; non-blocking: %s",
             blocking == EINTR ? "slept until a signal" : strerror(blocking),
             nonblocking == EAGAIN ? "EAGAIN" : strerror(nonblocking));
    measured("the accepted socket inherits TCP_NODELAY: %s, SO_KEEPALIVE: %s, O_NONBLOCK: %s",
             handed & NODELAY ? "yes" : "no", handed & KEEPALIVE ? "yes" : "no",
             handed & NONBLOCKING ? "yes" : "no");
    return remember(blocking == EINTR && nonblocking == EAGAIN && handed == (NODELAY | KEEPALIVE),
                    "make all sockets non-blocking, accepted ones too, and go on at EAGAIN");
}
