/* client.c - clients of an echo server that compare every byte that comes back.
 *
 * usage: client PORT, with one step per line on standard input; NAME is a letter from a to z:
 *   open NAME          connect                small NAME     the same, with the smallest buffers
 *   send NAME TEXT     send TEXT, in which \n and \xff are escapes
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
 *   rush N             the same, but count what becomes of them: how many are answered, are closed
 *                      by the server, still wait after a second without news; and how many of those
 *                      are answered when the first have left. Then all leave
 *   load PID BYTES ECHOES SECONDS   on the connections of the last crowd: send BYTES, wait for the
 *                      echo and send again, until ECHOES came back or SECONDS are over; tell how
 *                      much CPU time the process PID, the server, took for each
 *   random SEED STEPS  50 more connect, send, read a part, stall, end their side, reset or close,
 *                      each step one of them. What it does depends on SEED alone, how far it gets
 *                      (a send may be cut short) on the server and the kernel
 * Each step is answered by its line on standard output when it is done, and by what it counted.
 *
 * The first thing that is wrong, or takes more than PATIENCE_S seconds (from the environment, 10 if
 * not set), is named on stderr and ends the client with status 1. */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS = 50, /* of the random step */
    CHUNK = 256 * 1024,
    CROWD_BYTES = 16,
    QUIET_MS = 1000,
    FULL_MS = 300,
    TOO_MUCH = 64 * 1024 * 1024, /* some 20 MiB fit into the kernel's buffers on loopback */
    STALL_STEPS = 2000
};

struct client {
    int fd;           /* 0: not connected */
    bool shut;        /* we have ended our side */
    uint64_t pattern; /* another one for each connection, so that a mix-up shows */
    uint64_t written, read;
    long stalled_until;
};

static struct sockaddr_in server = { .sin_family = AF_INET };
static struct client *crowd; /* the last one */
static int patience_s = 10, epoll_fd, crowd_count;
static char doing[4096]; /* the step, as it can be repeated */
static char chunk[CHUNK];
static char counted[128]; /* what the step has counted */
#define tell(...) snprintf(counted, sizeof(counted), __VA_ARGS__)

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
    struct timeval patience = { .tv_sec = patience_s };
    int on = 1, bytes = 16 * 1024, mss = 1460;

    *client = (struct client){ .fd = socket(AF_INET, SOCK_STREAM | flags, 0),
                               .pattern = ++connects << 32 };
    check(client, client->fd != -1);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (small) { /* loopback would take 4 MiB before anybody has to wait */
        setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
        setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
        setsockopt(client->fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof(mss));
    }
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

/* Sends up to `limit` bytes of the pattern. Returns as send() does. */
static ssize_t try_to_write(struct client *client, uint64_t limit, int flags)
{
    size_t size = limit < CHUNK ? (size_t)limit : CHUNK;

    for (size_t i = 0; i < size; i++)
        chunk[i] = byte_at(client, client->written + i);
    ssize_t sent = send(client->fd, chunk, size, flags | MSG_NOSIGNAL);
    client->written += sent > 0 ? (uint64_t)sent : 0;
    return sent;
}

/* The same, where nothing but a full socket is right. */
static void write_some(struct client *client, uint64_t limit, int flags)
{
    ssize_t sent = try_to_write(client, limit, flags);
    check(client, sent != -1 || (errno == EAGAIN && flags == MSG_DONTWAIT));
}

/* Receives up to `limit` bytes and compares them. Returns as recv() does. */
static ssize_t try_to_read(struct client *client, uint64_t limit, int flags)
{
    ssize_t size = recv(client->fd, chunk, limit < CHUNK ? (size_t)limit : CHUNK, flags);

    for (ssize_t i = 0; i < size; i++)
        if (chunk[i] != byte_at(client, client->read++)) fail(client, "a wrong byte came back");
    if (client->read > client->written) fail(client, "more came back than was sent");
    return size;
}

/* The same, where only an empty socket is right, and an end of the stream when we have ended our
 * side and have all back: then it returns false. */
static bool read_some(struct client *client, uint64_t limit, int flags)
{
    ssize_t size = try_to_read(client, limit, flags);

    check(client, size != -1 || (errno == EAGAIN && flags == MSG_DONTWAIT));
    if (size == 0 && !(client->shut && client->read == client->written))
        fail(client, "the server ended the connection too early");
    return size != 0;
}

/* --- steps from standard input */

static void stream(struct client *client, uint64_t bytes)
{
    uint64_t end = client->written + bytes;

    while (client->read < end) {
        bool more = client->written < end;
        struct pollfd ready = { .fd = client->fd, .events = more ? POLLIN | POLLOUT : POLLIN };
        errno = EAGAIN;
        check(client, poll(&ready, 1, patience_s * 1000) == 1);
        if (ready.revents & POLLOUT) write_some(client, end - client->written, MSG_DONTWAIT);
        if (ready.revents & ~POLLOUT) read_some(client, end - client->read, MSG_DONTWAIT);
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
    unsigned byte;

    for (const char *in = text; *in != '\0'; out++)
        if (sscanf(in, "\\x%2x", &byte) == 1) {
            *out = (char)byte;
            in += 4;
        } else if (strncmp(in, "\\n", 2) == 0) {
            *out = '\n';
            in += 2;
        } else {
            *out = *in++;
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

/* --- many clients at once */

static void await(struct client *client, int operation, unsigned events)
{
    struct epoll_event event = { .events = events, .data.ptr = client };
    check(client, epoll_ctl(epoll_fd, operation, client->fd, &event) == 0);
}

static void open_crowd(int count)
{
    free(crowd); /* the connections of the one before stay open */
    crowd = calloc((size_t)count, sizeof(*crowd));
    check(NULL, crowd != NULL);
    crowd_count = count;
    for (int i = 0; i < count; i++) { /* the connects do not wait for each other */
        open_client(&crowd[i], false, SOCK_NONBLOCK);
        await(&crowd[i], EPOLL_CTL_ADD, EPOLLOUT);
    }
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    check(NULL, clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Each of the crowd sends `bytes` and waits for their echo. Then it does so again, if fewer than
 * `echoes` were begun and it is not `end` yet; else it is done, as is one that the server closes.
 * Goes on until `undone` are done, or nothing has happened for `quiet_ms`. Returns how many came
 * back. */
static long exchange(int undone, size_t bytes, long echoes, double end, int quiet_ms)
{
    struct epoll_event events[256];
    long begun = 0, back = 0;
    int ready;

    while (undone > 0 && (ready = epoll_wait(epoll_fd, events, 256, quiet_ms)) > 0)
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            bool first = events[i].events == EPOLLOUT; /* just connected, or idle since the last */
            ssize_t size = first ? 1 : try_to_read(client, bytes, MSG_DONTWAIT);
            if (size > 0 && client->read < client->written) continue;
            back += size > 0 && !first;
            bool done = begun >= echoes || (!first && seconds_of(CLOCK_MONOTONIC) >= end);
            if (size > 0 && !done && (size = try_to_write(client, bytes, MSG_DONTWAIT)) > 0) {
                begun++;
                if (first) await(client, EPOLL_CTL_MOD, EPOLLIN);
                continue;
            }
            await(client, EPOLL_CTL_DEL, 0);
            if (size <= 0) close_client(client, false);
            undone--;
        }
    return back;
}

static void all_are_served(void)
{
    for (const struct client *one = crowd; one < crowd + crowd_count; one++)
        if (one->fd == 0 || one->written == 0 || one->read < one->written)
            fail(one, one->fd == 0 ? "the server ended a connection" : "no echo, for seconds");
}

static void rush(int count)
{
    open_crowd(count);
    int answered = (int)exchange(count, CROWD_BYTES, count, 0, QUIET_MS);
    int closed = 0;
    for (int i = 0; i < count; i++) {
        closed += crowd[i].fd == 0;
        if (crowd[i].read == CROWD_BYTES) close_client(&crowd[i], true);
    }
    int waiting = count - answered - closed;
    int later = (int)exchange(waiting, CROWD_BYTES, count, 0, QUIET_MS);
    for (int i = 0; i < count; i++)
        if (crowd[i].fd != 0) close_client(&crowd[i], true);
    tell(": %d answered, %d closed, %d waiting, %d later", answered, closed, waiting, later);
}

static void load(int pid, size_t bytes, long echoes, double seconds)
{
    clockid_t server_clock;

    errno = clock_getcpuclockid(pid, &server_clock);
    check(NULL, errno == 0);
    double cpu = seconds_of(server_clock), end = seconds_of(CLOCK_MONOTONIC) + seconds;
    for (int i = 0; i < crowd_count; i++)
        await(&crowd[i], EPOLL_CTL_ADD, EPOLLOUT);
    long back = exchange(crowd_count, bytes, echoes, end, patience_s * 1000);
    all_are_served();
    cpu = seconds_of(server_clock) - cpu;
    tell(": %ld echoes, %.0f ns each", back, cpu * 1e9 / (double)back);
}

/* --- what to do */

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

static void play_step(void)
{
    static struct client clients[26];
    char words[sizeof(doing)], verb[16], name;
    int number, argument = 0;
    unsigned seed;
    size_t bytes;
    long count;
    double seconds;

    if (sscanf(doing, "crowd %d", &number) == 1) {
        open_crowd(number);
        exchange(number, CROWD_BYTES, number, 0, patience_s * 1000);
        all_are_served();
    } else if (sscanf(doing, "rush %d", &number) == 1) {
        rush(number);
    } else if (sscanf(doing, "load %d %zu %ld %lf", &number, &bytes, &count, &seconds) == 4) {
        load(number, bytes, count, seconds);
    } else if (sscanf(doing, "random %u %ld", &seed, &count) == 2) {
        play_at_random(seed, count);
    } else if (sscanf(doing, "%15s %c%n", verb, &name, &argument) == 2 && islower(name)) {
        strcpy(words, doing);
        play(verb, &clients[name - 'a'], words + argument + (words[argument] == ' '));
    } else {
        fail(NULL, "no such step");
    }
}

int main(int argc, char *argv[])
{
    const char *patience = getenv("PATIENCE_S");
    struct rlimit limit;

    if (argc != 2) {
        fprintf(stderr, "usage: client PORT, and steps on standard input: see client.c\n");
        return 2;
    }
    if (patience != NULL) patience_s = atoi(patience);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    epoll_fd = epoll_create1(0);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons((in_port_t)atoi(argv[1]));
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(doing, sizeof(doing), stdin) != NULL) {
        doing[strcspn(doing, "\n")] = counted[0] = '\0';
        play_step();
        printf("%s%s\n", doing, counted);
    }
}
