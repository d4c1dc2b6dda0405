/* A client that ends with our bytes unread, by close() or a crash, resets its connection. That is
 * the news of one connection: it says nothing of the other clients or the listening socket. */
#include "trap.h"

/* What recv() returns, an error as its negative number. */
static int receive(int fd)
{
    ssize_t n = recv(fd, &(char){ 0 }, 1, 0);
    return n == -1 ? -errno : (int)n;
}

/* A server's end whose client sent this, perhaps ended its output, and was reset then. */
static int reset_after(const char *bytes, int end_of_output)
{
    int client, server;
    tcp_pair(&client, &server);
    must((int)send(client, bytes, strlen(bytes), 0), "send");
    if (end_of_output) must(shutdown(client, SHUT_WR), "shutdown");
    tcp_reset(client);
    await(server, POLLHUP, "the reset");
    return server;
}

int main(void)
{
    struct sockaddr_in at;
    claim(
        "recv() tells of a reset by ECONNRESET once, then 0 (behind a FIN only 0); accept() hands "
        "out a reset client");
    int server = reset_after("", 0), first = receive(server), second = receive(server);
    server = reset_after("x", 0);
    int byte = receive(server), behind = receive(server);
    server = reset_after("", 1);
    int after_fin = receive(server), error = send(server, "x", 1, MSG_NOSIGNAL) == -1 ? errno : 0;

    int listening = tcp_listen(5, &at), gone = tcp_connect(&at);
    await(listening, POLLIN, "a client in the queue");
    tcp_reset(gone);
    int next = tcp_connect(&at); /* usually its handshake comes behind the reset */
    server = must(accept(listening, NULL, NULL), "accept");
    need(poll_for(server, 0, 0) != 0, "a reset that came before accept()");
    int early = receive(server);
    must((int)send(next, "x", 1, 0), "send");
    int next_byte = receive(must(accept(listening, NULL, NULL), "accept"));

    measured("recv() after a reset: %s, then %d", strerror(-first), second);
    measured("a byte, then a reset: %d, then %s", byte, strerror(-behind));
    measured("end of input, then a reset: recv() %d, send() %s", after_fin, strerror(error));
    measured("reset before accept(): %s; the next client: %d byte", strerror(-early), next_byte);
    return remember(first == -ECONNRESET && second == 0 && byte == 1 && behind == -ECONNRESET &&
                        after_fin == 0 && error == EPIPE && early == -ECONNRESET && next_byte == 1,
                    "close this connection and go on, whichever way it says that it is over");
}
