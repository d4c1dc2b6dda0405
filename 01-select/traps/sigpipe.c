/* A send() to a client that has closed succeeds: the bytes fit into the buffer, until the client's
 * side has answered with a reset. Then the next one pays, or the one after it. */
#include "trap.h"

/* The signal that ends a process at this send(), or 0. */
static int signal_of_send(int fd, int flags)
{
    pid_t child = start_child();
    if (child == 0) {
        send(fd, "x", 1, flags);
        _exit(0);
    }
    int status = end_of_child(child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static int error_of_send(int fd)
{
    return send(fd, "x", 1, MSG_NOSIGNAL) == -1 ? errno : 0;
}

int main(void)
{
    int client, server;
    claim("sends to a closed peer succeed until its reset comes; the first or second then is "
          "SIGPIPE");
    tcp_pair(&client, &server);
    close(client);
    await(server, POLLIN, "the peer's FIN");
    int first = error_of_send(server);
    await(server, POLLHUP, "the peer's reset");
    int killed_by = signal_of_send(server, 0), killed_anyway = signal_of_send(server, MSG_NOSIGNAL);
    int second = error_of_send(server);
    measured("first send: %s; after the reset: killed by signal %d (SIGPIPE is %d)",
             first == 0 ? "taken" : strerror(first), killed_by, SIGPIPE);
    measured("with MSG_NOSIGNAL: %s", strerror(second));

    tcp_pair(&client, &server);
    must((int)send(server, "x", 1, 0), "send");
    await(client, POLLIN, "a byte that the peer does not read");
    close(client);
    await(server, POLLHUP, "the peer's reset");
    int unread = error_of_send(server), unread_killed_by = signal_of_send(server, 0);
    measured("peer closed with a byte unread: first send: %s, second: signal %d", strerror(unread),
             unread_killed_by);
    return remember(first == 0 && killed_by == SIGPIPE && killed_anyway == 0 && second == EPIPE &&
                        unread == ECONNRESET && unread_killed_by == SIGPIPE,
                    "send with MSG_NOSIGNAL (or ignore SIGPIPE), and close at EPIPE or ECONNRESET");
}
