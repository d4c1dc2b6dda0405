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
 *   fill NAME          write, never reading, until the server takes no more; 64 MiB are wrong
 *   drain NAME         read all that was written and not read yet
 *   shut NAME          end our side only      eof NAME       expect the end of the server's side
 *   close NAME         end both sides         reset NAME     end both sides with a reset
 *   gone NAME          expect an end or a reset: the server has closed the connection
 *   crowd N            open N more connections at the same moment, get an echo on each; keep them
 *   rush N             the same, but count those answered, those closed by the server, those that
 *                      wait after a second without news, and of these who is answered when the
 *                      others have left
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
#include <fcntl.h>
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
    STALL_STEPS = 2000,
    CHUNK = 256 * 1024,
    CROWD_BYTES = 16,
    QUIET_MS = 1000,
    FULL_MS = 300,
    TOO_MUCH = 64 * 1024 * 1024 /* some 20 MiB fit into the kernel's buffers on loopback */
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
static int patience_s = 10, crowd_count;
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

/* With SOCK_NONBLOCK the connection is only begun: the first send waits for it. */
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
    fcntl(client->fd, F_SETFL, 0);
}

static void close_client(struct client *client, bool reset)
{
    struct linger at_once = { .l_onoff = 1 };
    if (reset) setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    check(client, close(client->fd) == 0);
    client->fd = 0;
}

static void shut_client(struct client *client)
{
    check(client, shutdown(client->fd, SHUT_WR) == 0);
    client->shut = true;
}

/* Sends up to `limit` bytes of the pattern; with MSG_DONTWAIT the socket may be full. */
static void write_some(struct client *client, uint64_t limit, int flags)
{
    size_t size = limit < CHUNK ? (size_t)limit : CHUNK;

    for (size_t i = 0; i < size; i++)
        chunk[i] = byte_at(client, client->written + i);
    ssize_t sent = send(client->fd, chunk, size, flags | MSG_NOSIGNAL);
    check(client, sent != -1 || (errno == EAGAIN && flags == MSG_DONTWAIT));
    client->written += sent > 0 ? (uint64_t)sent : 0;
}

/* Receives up to `limit` bytes and compares them; with MSG_DONTWAIT there may be none. Returns
 * false at the end of the stream, which is right once we have ended our side and have all back. */
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

    while (poll(&room, 1, FULL_MS) == 1) {
        write_some(client, CHUNK, MSG_DONTWAIT);
        if (client->written >= TOO_MUCH)
            fail(client, "the server takes all, though nothing is read: it drops or hoards it");
    }
}

/* Turns \n and \xff in `text` into bytes, in place. Returns how many bytes there are. */
static size_t unescape(char *text)
{
    size_t size = 0;

    for (const char *in = text; *in != '\0'; size++) {
        unsigned byte = (unsigned char)*in;
        int length = strncmp(in, "\\n", 2) == 0 ? 2 : 1;
        if (length == 2) byte = '\n';
        if (sscanf(in, "\\x%2x", &byte) == 1) length = 4;
        text[size] = (char)byte;
        in += length;
    }
    return size;
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

static void open_crowd(int count)
{
    free(crowd); /* the connections of the one before stay open */
    crowd = calloc((size_t)count, sizeof(*crowd));
    check(NULL, crowd != NULL);
    crowd_count = count;
    for (int i = 0; i < count; i++) /* the connects do not wait for each other */
        open_client(&crowd[i], false, SOCK_NONBLOCK);
}

static void get_echoes(void)
{
    for (int i = 0; i < crowd_count; i++)
        write_some(&crowd[i], CROWD_BYTES, 0);
    for (int i = 0; i < crowd_count; i++)
        while (crowd[i].read < CROWD_BYTES)
            read_some(&crowd[i], CROWD_BYTES, 0);
}

/* Lets those who are connected send a byte, and counts who gets one and who gets an end, until
 * nothing has come for a second. Those are done: poll() skips their slots. */
static void await_news(struct pollfd *fds, int waiting, int *answered, int *closed)
{
    *answered = *closed = 0;
    while (*answered + *closed < waiting && poll(fds, (nfds_t)crowd_count, QUIET_MS) > 0)
        for (int i = 0; i < crowd_count; i++)
            if (fds[i].fd >= 0 && fds[i].revents == POLLOUT) {
                send(fds[i].fd, "x", 1, MSG_NOSIGNAL);
                fds[i].events = POLLIN;
            } else if (fds[i].fd >= 0 && fds[i].revents != 0) {
                ++*(recv(fds[i].fd, chunk, 1, 0) == 1 ? answered : closed);
                fds[i].fd = -1;
            }
}

static void rush(int count)
{
    struct pollfd *fds = malloc((size_t)count * sizeof(*fds));
    int answered, closed, later, gone;

    check(NULL, fds != NULL);
    open_crowd(count);
    for (int i = 0; i < count; i++)
        fds[i] = (struct pollfd){ .fd = crowd[i].fd, .events = POLLOUT };
    await_news(fds, count, &answered, &closed);
    for (int i = 0; i < count; i++)
        if (fds[i].fd == -1) close_client(&crowd[i], true);
    await_news(fds, count - answered - closed, &later, &gone);
    for (int i = 0; i < count; i++)
        if (crowd[i].fd != 0) close_client(&crowd[i], true);
    free(fds);
    tell(": %d answered, %d closed, %d waiting, %d later", answered, closed,
         count - answered - closed, later);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    check(NULL, clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void load(int pid, size_t bytes, long echoes, double seconds)
{
    struct epoll_event events[256];
    clockid_t server_clock;
    long sent = 0, back = 0;
    int epoll_fd = epoll_create1(0);

    errno = clock_getcpuclockid(pid, &server_clock);
    check(NULL, errno == 0);
    double cpu = seconds_of(server_clock), end = seconds_of(CLOCK_MONOTONIC) + seconds;
    for (; sent < crowd_count && sent < echoes; sent++) {
        struct epoll_event input = { .events = EPOLLIN, .data.ptr = &crowd[sent] };
        check(NULL, epoll_ctl(epoll_fd, EPOLL_CTL_ADD, crowd[sent].fd, &input) == 0);
        write_some(&crowd[sent], bytes, 0);
    }
    while (back < sent) {
        int ready = epoll_wait(epoll_fd, events, 256, patience_s * 1000);
        errno = EAGAIN;
        check(NULL, ready > 0);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            read_some(client, bytes, MSG_DONTWAIT);
            if (client->read < client->written) continue;
            back++;
            if (sent >= echoes || seconds_of(CLOCK_MONOTONIC) >= end) continue;
            write_some(client, bytes, 0);
            sent++;
        }
    }
    cpu = seconds_of(server_clock) - cpu;
    tell(": %ld echoes, %.0f ns each", back, cpu * 1e9 / (double)back);
}

/* --- the steps */

#define is(word) (strcmp(verb, word) == 0)
static void play(const char *verb, struct client *client, char *argument)
{
    uint64_t bytes = strtoull(argument, NULL, 10), end;
    ssize_t size, text_size = (ssize_t)unescape(argument);
    if (is("open") || is("small"))
        open_client(client, is("small"), 0);
    else if (is("send"))
        check(client, send(client->fd, argument, (size_t)text_size, MSG_NOSIGNAL) == text_size);
    else if (is("urgent"))
        check(client, send(client->fd, "!", 1, MSG_OOB | MSG_NOSIGNAL) == 1);
    else if (is("expect")) {
        check(client, (size = recv(client->fd, chunk, (size_t)text_size, MSG_WAITALL)) != -1);
        if (size == 0) fail(client, "the server ended the connection too early");
        if (size != text_size || memcmp(chunk, argument, (size_t)size) != 0)
            fail(client, "something else came back");
    } else if (is("write"))
        for (end = client->written + bytes; client->written < end;)
            write_some(client, end - client->written, 0);
    else if (is("read") || is("drain"))
        for (end = is("drain") ? client->written : client->read + bytes; client->read < end;)
            read_some(client, end - client->read, 0);
    else if (is("stream"))
        stream(client, bytes);
    else if (is("fill"))
        fill(client);
    else if (is("shut"))
        shut_client(client);
    else if (is("eof") || is("gone")) {
        size = recv(client->fd, chunk, 1, 0);
        if (size > 0) fail(client, "more bytes came back");
        check(client, size == 0 || (is("gone") && errno == ECONNRESET));
    } else if (is("close") || is("reset"))
        close_client(client, is("reset"));
    else
        fail(NULL, "no such step");
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
        get_echoes();
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
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons((in_port_t)atoi(argv[1]));
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(doing, sizeof(doing), stdin) != NULL) {
        doing[strcspn(doing, "\n")] = counted[0] = '\0';
        play_step();
        printf("%s%s\n", doing, counted);
    }
}
