/* A client that crashes, or closes with our bytes unread, resets its connection. That is the news
 * of one connection: it says nothing about the other clients or the listening socket. */
#include "../../scripts/traps/trap.h"
#include <sys/select.h>

static int is_readable(int fd, int seconds)
{
    struct timeval timeout = { .tv_sec = seconds };
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    return select(fd + 1, &readable, NULL, NULL, &timeout) == 1;
}

static int connect_client(int listening, const struct sockaddr_in *at)
{
    int client = socket(AF_INET, SOCK_STREAM, 0);
    need(connect(client, (const struct sockaddr *)at, sizeof(*at)) == 0, "connect");
    need(is_readable(listening, 5), "a client in the queue");
    return client;
}

static void reset(int client)
{
    struct linger drop_it = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(client, SOL_SOCKET, SO_LINGER, &drop_it, sizeof(drop_it));
    close(client);
}

/* What recv() returns, an error as its negative number. */
static int receive(int fd)
{
    need(fd != -1 && is_readable(fd, 5), "something to receive");
    ssize_t n = recv(fd, &(char){ 0 }, 1, 0);
    return n == -1 ? -errno : (int)n;
}

int main(void)
{
    struct sockaddr_in at;
    int listening = tcp_listen(5, &at);
    claim("a reset is ECONNRESET once, then 0; one before accept() does not block it");
    int client = connect_client(listening, &at), server = accept(listening, NULL, NULL);
    reset(client);
    int first = receive(server), second = receive(server);
    reset(connect_client(listening, &at));
    int early = is_readable(listening, 0) ? receive(accept(listening, NULL, NULL)) : 0;
    send(connect_client(listening, &at), "x", 1, 0);
    int next = receive(accept(listening, NULL, NULL));
    measured("recv() after a reset: %s, then %d", strerror(-first), second);
    measured("reset before accept(): %s; the next client: %d byte", strerror(-early), next);
    return remember(first == -ECONNRESET && second == 0 && early == -ECONNRESET && next == 1,
                    "at ECONNRESET close this connection and go on: it is no reason to end");
}
