/* client.c - clients of an echo server that compare every byte that comes back.
 *
 * usage: client PORT, with one step per line on standard input; NAME is a letter from a to z:
 *   open NAME          connect                small NAME     the same, with the smallest buffers
 *   send NAME TEXT     send TEXT, in which \n, \r, \\ and \xff are escapes
 *   urgent NAME        send an urgent byte, which is no part of the stream
 *   expect NAME TEXT   receive exactly TEXT
 *   write NAME N       send the next N bytes of the connection's own pattern
 *   read NAME N        receive N bytes and compare them with the pattern
 *   stream NAME N      write and read N bytes at the same time
 *   fill NAME          write, never reading, until the server takes no more, or has taken 64 MiB
 *   full NAME          expect that it has not taken 64 MiB
 *   drain NAME         read all that was written and not read yet
 *   shut NAME          end our side only      eof NAME       expect the end of the server's side
 *   close NAME         end both sides         reset NAME     end both sides with a reset
 *   gone NAME          expect an end or a reset: the server has closed the connection
 *   crowd N            open N more connections at the same moment, get an echo on each; keep them
 *   guests N           N more connect, most send, some read, and all leave, in several ways
 *   random SEED STEPS  50 more connect, send, read a part, stall, end their side, reset or close,
 *                      each step one of them. What it does depends on SEED alone, how far it gets
 *                      (a send may be cut short) on the server and the kernel.
 * Each step is answered by its line on standard output when it is done. The first thing that is
 * wrong, or takes more than PATIENCE_S seconds (from the environment, 10 if not set), is named on
 * stderr and ends the client with status 1. */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    CONNECTIONS = 50, /* of the random step */
    CHUNK = 256 * 1024,
    FULL_MS = 300,
    TOO_MUCH = 64 * 1024 * 1024, /* some 20 MiB fit into the kernel's buffers on loopback */
    STALL_STEPS = 2000,
    ADDRESSES = 64 /* of clients that leave politely: their ports rest for a minute */
};

struct client {
    int fd;           /* 0: not connected */
    bool shut;        /* we have ended our side */
    uint64_t pattern; /* another one for each connection, so that a mix-up shows */
    uint64_t written, read;
    long stalled_until;
};

static struct sockaddr_in server = { .sin_family = AF_INET };
static int patience_s = 10;
static char doing[4096]; /* the step, as it was given or as it can be repeated */
static char chunk[CHUNK];

__attribute__((noreturn)) static void fail(const struct client *client, const char *why)
{
    fprintf(stderr, "client: %s: %s", doing, why);
    if (client != NULL && client->written > 0)
        fprintf(stderr, " (%ju bytes sent, %ju back)", (uintmax_t)client->written,
                (uintmax_t)client->read);
    fprintf(stderr, "\n");
    exit(EXIT_FAILURE);
}

static void check(const struct client *client, bool done)
{
    if (!done)
        fail(client, errno == EAGAIN || errno == EINPROGRESS ? "nothing happened, for seconds"
                                                             : strerror(errno));
}

/* Each position of each connection has its own byte, so a shift, a loss or a mix-up shows. */
static char byte_at(const struct client *client, uint64_t position)
{
    return (char)(((position + client->pattern) * 0x9E3779B97F4A7C15u) >> 56);
}

/* `flags` may be SOCK_NONBLOCK: then the connection is only begun. */
static void open_client(struct client *client, bool small, int flags)
{
    static uint64_t connects;
    struct sockaddr_in source = { .sin_family = AF_INET };
    struct timeval patience = { .tv_sec = patience_s };
    int on = 1, bytes = 16 * 1024, mss = 1460;

    *client = (struct client){ .fd = socket(AF_INET, SOCK_STREAM | flags, 0),
                               .pattern = ++connects << 32 };
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
    check(client, connect(client->fd, (struct sockaddr *)&server, sizeof(server)) == 0 ||
                      (flags == SOCK_NONBLOCK && errno == EINPROGRESS));
}

static void close_client(struct client *client, bool reset)
{
    if (reset)
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
                   sizeof(struct linger));
    check(client, close(client->fd) == 0);
    client->fd = 0;
}

static void shut_client(struct client *client)
{
    check(client, shutdown(client->fd, SHUT_WR) == 0);
    client->shut = true;
}

static short await(const struct client *client, short events)
{
    struct pollfd ready = { .fd = client->fd, .events = events };

    errno = EAGAIN;
    check(client, poll(&ready, 1, patience_s * 1000) == 1);
    return ready.revents;
}

/* Sends up to `limit` bytes of the pattern, as many as one send() takes. */
static void write_some(struct client *client, uint64_t limit, int flags)
{
    size_t size = limit < CHUNK ? (size_t)limit : CHUNK;

    for (size_t i = 0; i < size; i++)
        chunk[i] = byte_at(client, client->written + i);
    ssize_t sent = send(client->fd, chunk, size, flags | MSG_NOSIGNAL);
    check(client, sent != -1 || (errno == EAGAIN && flags == MSG_DONTWAIT));
    client->written += sent > 0 ? (uint64_t)sent : 0;
}

/* Receives up to `limit` bytes, as many as one recv() gives, and compares them. Returns false at
 * the end of the stream, which may come when we have ended our side and have all back, not before.
 */
static bool read_some(struct client *client, uint64_t limit, int flags)
{
    ssize_t size = recv(client->fd, chunk, limit < CHUNK ? (size_t)limit : CHUNK, flags);

    check(client, size != -1 || (errno == EAGAIN && flags == MSG_DONTWAIT));
    for (ssize_t i = 0; i < size; i++)
        if (chunk[i] != byte_at(client, client->read++)) fail(client, "a wrong byte came back");
    if (client->read > client->written) fail(client, "more came back than was sent");
    if (size == 0 && !(client->shut && client->read == client->written))
        fail(client, "the server ended the connection too early");
    return size != 0;
}

/* --- steps from standard input */

static void stream(struct client *client, uint64_t bytes)
{
    uint64_t end = client->written + bytes;

    while (client->read < end) {
        short ready = await(client, client->written < end ? POLLIN | POLLOUT : POLLIN);
        if (ready & POLLOUT) write_some(client, end - client->written, MSG_DONTWAIT);
        if (ready & ~POLLOUT) read_some(client, end - client->read, MSG_DONTWAIT);
    }
}

static void fill(struct client *client)
{
    struct pollfd room = { .fd = client->fd, .events = POLLOUT };

    while (client->written < TOO_MUCH && poll(&room, 1, FULL_MS) == 1)
        write_some(client, CHUNK, MSG_DONTWAIT);
}

/* Turns the escapes of `text` into bytes, in place. Returns how many bytes there are. */
static size_t unescape(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; in++, out++) {
        unsigned byte;
        *out = *in;
        if (in[0] != '\\' || in[1] == '\0') continue;
        in++;
        *out = *in == 'n' ? '\n' : *in == 'r' ? '\r' : *in;
        if (*in != 'x' || sscanf(in + 1, "%2x", &byte) != 1) continue;
        *out = (char)byte;
        in += 2;
    }
    return (size_t)(out - text);
}

static void expect(struct client *client, const char *text, size_t size)
{
    ssize_t length = recv(client->fd, chunk, size, MSG_WAITALL);

    check(client, length != -1);
    if (length == 0) fail(client, "the server ended the connection too early");
    if ((size_t)length != size || memcmp(chunk, text, size) != 0)
        fail(client, "something else came back");
}

static void expect_end(struct client *client, bool reset_will_do)
{
    ssize_t size = recv(client->fd, chunk, 1, 0);

    if (size > 0) fail(client, "more bytes came back");
    check(client, size == 0 || (reset_will_do && errno == ECONNRESET));
}

/* Waits for all that the server owes. */
static void settle(struct client *client)
{
    while (client->fd != 0 && (client->shut || client->read < client->written))
        if (!read_some(client, CHUNK, 0)) close_client(client, false);
}

static void crowd(size_t count)
{
    struct client *clients = calloc(count, sizeof(*clients));

    check(NULL, clients != NULL);
    for (size_t i = 0; i < count; i++) /* the connects do not wait for each other */
        open_client(&clients[i], false, SOCK_NONBLOCK);
    for (size_t i = 0; i < count; i++) {
        await(&clients[i], POLLOUT);
        write_some(&clients[i], 16, 0);
    }
    for (size_t i = 0; i < count; i++)
        stream(&clients[i], 0);
    free(clients);
}

static void guests(size_t count)
{
    struct client *clients = calloc(count, sizeof(*clients));

    check(NULL, clients != NULL);
    for (size_t i = 0; i < count; i++) {
        open_client(&clients[i], false, 0);
        if (i % 4 != 0) write_some(&clients[i], 100 + i % 1000, 0);
    }
    for (size_t i = 0; i < count; i++) {
        if (i % 64 == 3) shut_client(&clients[i]);
        if (i % 4 > 1) settle(&clients[i]);
        if (clients[i].fd != 0) close_client(&clients[i], true);
    }
    free(clients);
}

static void play_at_random(unsigned seed, long steps)
{
    struct client clients[CONNECTIONS] = { 0 };

    srandom(seed);
    for (long step = 1; step <= steps; step++) {
        struct client *client = &clients[random() % CONNECTIONS];
        long what = random() % 128, amount = random();
        size_t size = 1 + (size_t)((amount >> 8) % (1L << amount % 19)); /* often little */

        snprintf(doing, sizeof(doing), "random %u %ld, step %ld", seed, steps, step);
        if (client->fd == 0)
            open_client(client, amount % 4 != 0, 0);
        else if (what < 64 && !client->shut)
            write_some(client, size, MSG_DONTWAIT);
        else if (what < 112 && step >= client->stalled_until &&
                 !read_some(client, size, MSG_DONTWAIT))
            close_client(client, false);
        else if (what >= 112 && what < 114)
            settle(client);
        else if (what >= 114 && what < 122)
            client->stalled_until = step + STALL_STEPS;
        else if (what == 122 || what == 123)
            close_client(client, what == 122);
        else if (what >= 124 && what < 126 && !client->shut)
            shut_client(client);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        settle(&clients[i]);
        if (clients[i].fd != 0) close_client(&clients[i], false);
    }
}

static void play(const char *verb, struct client *client, char *argument)
{
    uint64_t bytes = strtoull(argument, NULL, 10), end;

    if (strcmp(verb, "open") == 0 || strcmp(verb, "small") == 0) {
        open_client(client, verb[0] == 's', 0);
    } else if (strcmp(verb, "send") == 0) {
        ssize_t size = (ssize_t)unescape(argument);
        check(client, send(client->fd, argument, (size_t)size, MSG_NOSIGNAL) == size);
    } else if (strcmp(verb, "urgent") == 0) {
        check(client, send(client->fd, "!", 1, MSG_OOB | MSG_NOSIGNAL) == 1);
    } else if (strcmp(verb, "expect") == 0) {
        expect(client, argument, unescape(argument));
    } else if (strcmp(verb, "write") == 0) {
        for (end = client->written + bytes; client->written < end;)
            write_some(client, end - client->written, 0);
    } else if (strcmp(verb, "read") == 0 || strcmp(verb, "drain") == 0) {
        for (end = verb[0] == 'd' ? client->written : client->read + bytes; client->read < end;)
            read_some(client, end - client->read, 0);
    } else if (strcmp(verb, "stream") == 0) {
        stream(client, bytes);
    } else if (strcmp(verb, "fill") == 0) {
        fill(client);
    } else if (strcmp(verb, "full") == 0) {
        if (client->written >= TOO_MUCH)
            fail(client, "the server takes all, though nothing is read: it drops or hoards it");
    } else if (strcmp(verb, "shut") == 0) {
        shut_client(client);
    } else if (strcmp(verb, "eof") == 0 || strcmp(verb, "gone") == 0) {
        expect_end(client, verb[0] == 'g');
    } else if (strcmp(verb, "close") == 0 || strcmp(verb, "reset") == 0) {
        close_client(client, verb[0] == 'r');
    } else {
        fail(NULL, "no such step");
    }
}

static void play_steps(void)
{
    static struct client clients[26];

    while (fgets(doing, sizeof(doing), stdin) != NULL) {
        char words[sizeof(doing)], verb[16] = "", name[16] = "";
        int argument = 0;
        doing[strcspn(doing, "\n")] = '\0';
        strcpy(words, doing);
        sscanf(words, "%15s%n %15s%n", verb, &argument, name, &argument);
        if (words[argument] == ' ') argument++;
        if (strcmp(verb, "crowd") == 0)
            crowd((size_t)atol(name));
        else if (strcmp(verb, "guests") == 0)
            guests((size_t)atol(name));
        else if (strcmp(verb, "random") == 0)
            play_at_random((unsigned)atol(name), atol(words + argument));
        else if (name[0] >= 'a' && name[0] <= 'z' && name[1] == '\0')
            play(verb, &clients[name[0] - 'a'], words + argument);
        else
            fail(NULL, "no such step");
        printf("%s\n", doing);
    }
}

int main(int argc, char *argv[])
{
    const char *patience = getenv("PATIENCE_S");
    struct rlimit limit;

    if (argc != 2) {
        fprintf(stderr, "usage: client PORT, with steps on standard input: see client.c\n");
        return 2;
    }
    if (patience != NULL) patience_s = atoi(patience);
    server.sin_port = htons((in_port_t)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    setvbuf(stdout, NULL, _IOLBF, 0);
    play_steps();
    return EXIT_SUCCESS;
}
