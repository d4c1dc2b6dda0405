/* A send() to a client that has closed succeeds: the bytes fit into the buffer. They make the peer
 * answer with a reset, and it is the next send() that pays. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

/* The signal that ends a process at this send(), or 0. */
static int signal_of_send(int fd, int flags)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        send(fd, "x", 1, flags);
        _exit(0);
    }
    need(child != -1 && waitpid(child, &status, 0) == child, "fork and wait");
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int main(void)
{
    int client, server;
    claim("the first send to a closed peer succeeds, the second kills the process with SIGPIPE");
    tcp_pair(&client, &server);
    close(client);
    need(poll(&(struct pollfd){ .fd = server, .events = POLLIN }, 1, 5000) == 1, "the peer's FIN");
    ssize_t first = send(server, "x", 1, MSG_NOSIGNAL);
    need(poll(&(struct pollfd){ .fd = server }, 1, 5000) == 1, "the peer's reset");

    int killed_by = signal_of_send(server, 0), killed_anyway = signal_of_send(server, MSG_NOSIGNAL);
    ssize_t second = send(server, "x", 1, MSG_NOSIGNAL);
    int error = errno;
    measured("first send: %zd; second: killed by signal %d (SIGPIPE is %d)", first, killed_by,
             SIGPIPE);
    measured("with MSG_NOSIGNAL the second returns %zd: %s", second, strerror(error));
    return remember(first == 1 && killed_by == SIGPIPE && killed_anyway == 0 && second == -1 &&
                        error == EPIPE,
                    "send with MSG_NOSIGNAL (or ignore SIGPIPE) and close the connection at EPIPE");
}
