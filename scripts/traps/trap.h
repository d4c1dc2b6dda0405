/* What the traps share: claim, measurement, verdict, and a TCP connection to try things on.
 * To be included first: it asks libc for all that the machine has, Linux's own names too. */
#ifndef TRAP_H
#define TRAP_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Flushed line by line: a child of fork() must not print its parent's lines again. */
#define say(...) (printf(__VA_ARGS__), printf("\n"), fflush(stdout))

/* The sentence that is put to the test. */
#define claim(...) say("claim:    " __VA_ARGS__)
/* What this machine did. The first one is the trap's figure in the table of `make traps`. */
#define measured(...) say("measured: " __VA_ARGS__)

/* The lesson. Returns the exit status: 0 if the machine agrees with the claim, 1 if not. */
static inline int remember(int agrees, const char *lesson)
{
    say("%s %s", agrees ? "remember:" : "the machine DISAGREES, so do not rely on:", lesson);
    return agrees ? 0 : 1;
}

/* Sets the scene: if a step fails, the trap can't tell here, says why (errno) and exits with 77. */
static inline void need(int ok, const char *step)
{
    if (!ok) {
        say("cannot tell here: %s: %s", step, strerror(errno));
        exit(77);
    }
}

/* Returns a listening socket on a free loopback port; *at is where a client connects to. */
static inline int tcp_listen(int backlog, struct sockaddr_in *at)
{
    socklen_t size = sizeof(*at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    need(bind(fd, (struct sockaddr *)at, size) == 0 && listen(fd, backlog) == 0, "listen");
    getsockname(fd, (struct sockaddr *)at, &size);
    return fd;
}

/* Makes an established connection, both ends blocking. */
static inline void tcp_pair(int *client, int *server)
{
    struct sockaddr_in at;
    int listening = tcp_listen(1, &at);
    *client = socket(AF_INET, SOCK_STREAM, 0);
    need(connect(*client, (struct sockaddr *)&at, sizeof(at)) == 0, "connect over loopback");
    need((*server = accept(listening, NULL, NULL)) != -1, "accept");
    close(listening);
}
#endif
