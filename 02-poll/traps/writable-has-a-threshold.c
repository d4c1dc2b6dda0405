/* POLLOUT tells that a good part of the send buffer is free, neither more nor less. So a large
 * send() need not fit, though poll said OUT: a blocking one sleeps. And a small one may still fit
 * when poll no longer says it. */
#include "../../01-select/traps/trap.h"
#include <netinet/tcp.h>

enum { LARGE = 1024 * 1024, SMALL = 512, BUFFER = 64 * 1024, STEPS = 100000, TIMEOUT_MS = 300 };

/* A connection whose client does not read and takes little: what is sent soon stays with us. */
static int connect_a_sleeper(void)
{
    struct timeval patience = { .tv_usec = TIMEOUT_MS * 1000 };
    int client, server, size = BUFFER;
    socklen_t length = sizeof(size);
    tcp_pair(&client, &server);
    must(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), "SO_RCVBUF");
    must(setsockopt(server, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), "SO_SNDBUF");
    must(getsockopt(server, SOL_SOCKET, SO_SNDBUF, &size, &length), "SO_SNDBUF");
    need(size >= BUFFER, "a send buffer of 64 KiB: net.core.wmem_max is lower");
    must(setsockopt(server, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), "SO_SNDTIMEO");
    return server;
}

/* Is a segment under way, so that the client may yet make room? */
static int in_flight(int fd)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);
    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
    return info.tcpi_unacked != 0;
}

int main(void)
{
    static char bytes[LARGE];
    int steps = 0;
    claim("POLLOUT does not mean that my send() fits, nor its absence that nothing does");
    int server = connect_a_sleeper();
    int said_out = poll_for(server, POLLOUT, TIMEOUT_MS) == POLLOUT;
    /* A blocking send() is short only if it slept, here until SO_SNDTIMEO woke it. */
    ssize_t large = send(server, bytes, LARGE, 0);
    need(large != -1, "send");

    server = connect_a_sleeper();
    while (steps < STEPS && (poll_for(server, POLLOUT, TIMEOUT_MS) != 0 || in_flight(server)))
        if (poll_for(server, POLLOUT, 0) != 0)
            steps += send(server, bytes, SMALL, MSG_DONTWAIT) == SMALL;
    ssize_t small = send(server, bytes, SMALL, MSG_DONTWAIT);
    int still_silent = poll_for(server, POLLOUT, 0) == 0;
    measured("poll said %s, a blocking send() took %zd of %d bytes%s", said_out ? "OUT" : "nothing",
             large, LARGE, large < LARGE ? " and slept" : "");
    measured("poll %s after %d sends of %d, one more took %zd",
             steps < STEPS ? "was silent" : "still said OUT", steps, SMALL, small);
    return remember(said_out && large < LARGE && steps < STEPS && small == SMALL && still_silent,
                    "send without blocking, keep what does not fit, then wait for POLLOUT");
}
