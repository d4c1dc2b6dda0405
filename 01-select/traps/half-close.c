/* `printf x | nc -N` closes its sending half and waits for the echo. EOF says "I send no more"; a
 * server that takes it for "I am gone" throws away what it has not sent yet. */
#include "../../scripts/traps/trap.h"
#include <sys/wait.h>

enum { SIZE = 1 << 20 };

/* Reads to EOF and echoes what the socket takes meanwhile; then sends the rest, or just closes. */
static void echo(int fd, int finish)
{
    static char pending[SIZE + 1];
    size_t received = 0, sent = 0;
    ssize_t n;
    while ((n = recv(fd, pending + received, sizeof(pending) - received, 0)) > 0) {
        received += (size_t)n;
        n = send(fd, pending + sent, received - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
    }
    if (finish)
        send(fd, pending + sent, received - sent, 0); /* blocking: returns when all is out */
}

/* The bytes that come back to a client that reads after its last send(). */
static int echoed(int finish)
{
    static char message[SIZE];
    int client, server, total = 0, small = 65536;
    ssize_t n;
    tcp_pair(&client, &server);
    setsockopt(server, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    pid_t child = fork();
    need(child != -1, "fork");
    if (child == 0) {
        echo(server, finish);
        _exit(0); /* and closes the connection */
    }
    close(server);
    send(client, message, SIZE, 0);
    shutdown(client, SHUT_WR);
    while ((n = recv(client, message, SIZE, 0)) > 0)
        total += (int)n;
    waitpid(child, NULL, 0);
    return total;
}

int main(void)
{
    claim("EOF means \"I send no more\": closing at once loses most of the echo");
    int at_once = echoed(0), finished = echoed(1);
    measured("closed at EOF: %d of %d bytes, after sending the rest: %d", at_once, SIZE, finished);
    return remember(at_once < SIZE / 2 && finished == SIZE,
                    "at EOF send what is still pending, and close then");
}
