/* `printf x | nc -N` closes its sending half and waits for the echo. EOF says "I send no more"; a
 * server that takes it for "I am gone" throws away what its socket has not taken yet. */
#include "trap.h"

enum { SIZE = 60000, SMALL = 4096 };

static void echo_the_rest(int client, int server, size_t taken, size_t *got)
{
    static char rest[SIZE];
    while (taken < SIZE) {
        struct pollfd both[] = { { .fd = client, .events = POLLIN },
                                 { .fd = server, .events = POLLOUT } };
        need(poll(both, 2, 10000) > 0, "room or bytes");
        ssize_t n = send(server, rest, SIZE - taken, MSG_DONTWAIT);
        taken += n > 0 ? (size_t)n : 0;
        n = recv(client, rest, SIZE, MSG_DONTWAIT);
        *got += n > 0 ? (size_t)n : 0;
    }
}

/* The bytes that come back to a client that reads only after its EOF. */
static size_t echoed(int finish, size_t *taken)
{
    static char message[SIZE];
    int client, server, size = SMALL;
    size_t got = 0;
    ssize_t n;
    tcp_pair(&client, &server);
    must((int)send(client, message, SIZE, 0), "send");
    must(shutdown(client, SHUT_WR), "shutdown");
    need(recv(server, message, SIZE, MSG_WAITALL) == SIZE, "the whole message");
    need(recv(server, message, 1, 0) == 0, "end of input");
    /* Small buffers, or the socket would take all of so short a message. */
    must(setsockopt(server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), "SO_SNDBUF");
    must(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), "SO_RCVBUF");
    *taken = (size_t)must((int)send(server, message, SIZE, MSG_DONTWAIT), "send back");
    if (finish) echo_the_rest(client, server, *taken, &got);
    close(server);
    while ((n = recv(client, message, SIZE, 0)) > 0)
        got += (size_t)n;
    must((int)n, "recv");
    return got;
}

int main(void)
{
    size_t taken, ignored;
    claim("an end of input says \"I send no more\": closing at once loses what the socket has not "
          "taken yet");
    size_t at_once = echoed(0, &taken), finished = echoed(1, &ignored);
    need(taken < SIZE, "a socket that does not take all at once");
    measured("of %d bytes the socket had taken %zu; closed at EOF: %zu come back, closed when all "
             "is sent: %zu",
             SIZE, taken, at_once, finished);
    return remember(at_once == taken && finished == SIZE,
                    "at EOF send what is still pending, and close then");
}
