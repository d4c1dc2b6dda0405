/* fuzz.c - clients of an echo server that do what a network allows, and compare every byte.
 *
 * usage: fuzz random PORT SEED STEPS
 *          50 connections; each step one of them, at random, connects, sends, reads a part, stalls,
 *          ends its side, resets, closes, or waits for all that it is owed. What is done depends on
 *          SEED alone, how far it gets (a send may be cut short) on the server and the kernel.
 *        fuzz soak PORT ROUNDS CLIENTS
 *          Each round CLIENTS connect, most send, some read, and all leave, in several ways.
 * The first thing that is wrong is named on stderr, with the arguments that repeat it; status 1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS = 50,
    PATIENCE_S = 20,
    CHUNK = 256 * 1024,
    STALL_STEPS = 2000,
    ADDRESSES = 64 /* of clients that leave politely: their ports rest for a minute */
};

struct client {
    int fd; /* 0: not connected */
    bool shut;
    uint64_t pattern; /* another one for each connection, so that a mix-up shows */
    uint64_t written, read;
    long stalled_until;
};

static char **arguments;
static struct sockaddr_in server = { .sin_family = AF_INET };
static long step; /* or round */
static uint64_t connects;

__attribute__((noreturn)) static void fail(const struct client *client, const char *what)
{
    fprintf(stderr,
            "fuzz: step %ld, fd %d, %ju bytes sent, %ju back: %s\nrepeat: fuzz %s PORT %s %s\n",
            step, client->fd, (uintmax_t)client->written, (uintmax_t)client->read, what,
            arguments[1], arguments[3], arguments[4]);
    exit(EXIT_FAILURE);
}

static void check(const struct client *client, bool done)
{
    if (!done)
        fail(client, errno == EAGAIN ? "nothing happened for 20 seconds" : strerror(errno));
}

static uint64_t next_random(void) /* Vigna's splitmix64 */
{
    static uint64_t state;
    if (state == 0)
        state = strtoull(arguments[3], NULL, 10);
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static char byte_at(const struct client *client, uint64_t position)
{
    return (char)(((position + client->pattern) * 0x9E3779B97F4A7C15u) >> 56);
}

static void open_client(struct client *client, bool small)
{
    struct sockaddr_in source = { .sin_family = AF_INET };
    struct timeval patience = { .tv_sec = PATIENCE_S };
    int on = 1, bytes = 16 * 1024, mss = 1460;

    *client = (struct client){ .fd = socket(AF_INET, SOCK_STREAM, 0), .pattern = ++connects << 32 };
    check(client, client->fd != -1);
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (in_addr_t)(connects / 1000 % ADDRESSES));
    setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (small) { /* loopback would take 4 MiB before anybody has to wait */
        setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
        setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
        setsockopt(client->fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof(mss));
    }
    check(client, bind(client->fd, (struct sockaddr *)&source, sizeof(source)) == 0);
    check(client, connect(client->fd, (struct sockaddr *)&server, sizeof(server)) == 0);
}

static void close_client(struct client *client, bool reset)
{
    if (reset)
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
                   sizeof(struct linger));
    check(client, close(client->fd) == 0);
    client->fd = 0;
}

static void send_some(struct client *client, size_t size, int flags)
{
    static char chunk[CHUNK];

    for (size_t i = 0; i < size; i++)
        chunk[i] = byte_at(client, client->written + i);
    ssize_t sent = send(client->fd, chunk, size, flags | MSG_NOSIGNAL);
    check(client, sent != -1 || (errno == EAGAIN && flags == MSG_DONTWAIT));
    client->written += sent > 0 ? (uint64_t)sent : 0;
}

/* The end may come when we have ended our side and have all back, not before. */
static void receive_some(struct client *client, size_t size, int flags)
{
    static char chunk[CHUNK];
    ssize_t length = recv(client->fd, chunk, size, flags);

    check(client, length != -1 || (errno == EAGAIN && flags == MSG_DONTWAIT));
    for (ssize_t i = 0; i < length; i++)
        if (chunk[i] != byte_at(client, client->read++))
            fail(client, "a wrong byte came back");
    if (client->read > client->written)
        fail(client, "more came back than was sent");
    if (length == 0 && !(client->shut && client->read == client->written))
        fail(client, "the server ended the connection too early");
    if (length == 0)
        close_client(client, false);
}

/* Waits for all that the server owes. */
static void settle(struct client *client)
{
    while (client->fd != 0 && (client->shut || client->read < client->written))
        receive_some(client, CHUNK, 0);
}

static void fuzz(long steps)
{
    static struct client clients[CONNECTIONS];

    for (step = 1; step <= steps; step++) {
        struct client *client = &clients[next_random() % CONNECTIONS];
        uint64_t what = next_random() % 128, amount = next_random();
        size_t size = 1 + (size_t)((amount >> 8) % ((uint64_t)1 << amount % 19)); /* often little */

        if (client->fd == 0)
            open_client(client, amount % 4 != 0);
        else if (what < 64 && !client->shut)
            send_some(client, size, MSG_DONTWAIT);
        else if (what < 112 && step >= client->stalled_until)
            receive_some(client, size, MSG_DONTWAIT);
        else if (what < 114)
            settle(client);
        else if (what < 122)
            client->stalled_until = step + STALL_STEPS;
        else if (what == 122)
            close_client(client, true);
        else if (what == 123)
            close_client(client, false);
        else if (what < 126 && !client->shut)
            check(client, client->shut = shutdown(client->fd, SHUT_WR) == 0);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        settle(&clients[i]);
        if (clients[i].fd != 0)
            close_client(&clients[i], false);
    }
}

static void soak(long rounds, size_t count)
{
    struct client *clients = calloc(count, sizeof(*clients));

    for (step = 1; clients != NULL && step <= rounds; step++) {
        for (size_t i = 0; i < count; i++) {
            open_client(&clients[i], false);
            if (i % 4 != 0)
                send_some(&clients[i], 100 + i % 1000, 0);
        }
        for (size_t i = 0; i < count; i++) {
            if (i % 4 > 1)
                settle(&clients[i]);
            if (i % 64 == 3) {
                check(&clients[i], clients[i].shut = shutdown(clients[i].fd, SHUT_WR) == 0);
                settle(&clients[i]);
            } else {
                close_client(&clients[i], true);
            }
        }
    }
    free(clients);
}

int main(int argc, char *argv[])
{
    struct rlimit limit;

    if (argc != 5 || atol(argv[3]) < 1 || atol(argv[4]) < 1 ||
        (strcmp(argv[1], "random") != 0 && strcmp(argv[1], "soak") != 0)) {
        fprintf(stderr, "usage: fuzz random PORT SEED STEPS | soak PORT ROUNDS CLIENTS\n");
        return 2;
    }
    arguments = argv;
    server.sin_port = htons((in_port_t)atoi(argv[2]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (argv[1][0] == 'r')
        fuzz(atol(argv[4]));
    else
        soak(atol(argv[3]), (size_t)atol(argv[4]));
    return EXIT_SUCCESS;
}
