/* client.c - plays clients of an echo server, step by step, and checks every byte that comes back.
 *
 * usage: client PORT, with one step per line on standard input; NAME is a letter from a to z:
 *   open NAME          connect                small NAME     the same, with the smallest buffers
 *   send NAME TEXT     send TEXT, in which \n, \r, \\ and \xff are escapes
 *   expect NAME TEXT   receive exactly TEXT
 *   write NAME N       send the next N bytes of the connection's own pattern
 *   read NAME N        receive N bytes and compare them with the pattern
 *   stream NAME N      write and read N bytes at the same time
 *   fill NAME          write, never reading, until the server takes no more
 *   drain NAME         read all that was written and not read yet
 *   shut NAME          end our side only  eof NAME       expect the end of the server's side
 *   close NAME         end both sides     reset NAME     end both sides with a reset
 *   gone NAME          expect an end or a reset: the server has closed the connection
 *   crowd N            open N more connections at the same moment, get an echo on each; keep them
 * Each step is answered by its line on standard output when it is done. The first that fails, or
 * takes more than 10 seconds, is named on stderr and ends the client with status 1. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 10, FULL_MS = 300, CHUNK = 64 * 1024 };

static struct client {
    int fd;
    uint64_t written, read; /* positions in the pattern */
} clients[26];

static struct sockaddr_in server;
static char step[4096];

static void fail(const char *why)
{
    fprintf(stderr, "client: %s: %s\n", step, why);
    exit(EXIT_FAILURE);
}

static void check(bool done)
{
    if (!done)
        fail(errno == EAGAIN ? "nothing happened for 10 seconds" : strerror(errno));
}

/* Each position of each connection has its own byte, so a shift, a loss or a mix-up shows. */
static char pattern(const struct client *client, uint64_t position)
{
    uint64_t seed = position + ((uint64_t)(client - clients) << 40);
    return (char)((seed * 0x9E3779B97F4A7C15u) >> 56);
}

static int open_socket(bool small)
{
    struct timeval patience = { .tv_sec = PATIENCE_S };
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, bytes = 16 * 1024, mss = 1460;

    check(fd != -1);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (small) { /* loopback would take 4 MiB before anybody has to wait */
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof(mss));
    }
    return fd;
}

/* Sends up to `limit` bytes of the pattern, as many as one send() takes. */
static ssize_t write_some(struct client *client, uint64_t limit, int flags)
{
    char chunk[CHUNK];
    size_t size = limit < CHUNK ? (size_t)limit : CHUNK;

    for (size_t i = 0; i < size; i++)
        chunk[i] = pattern(client, client->written + i);
    ssize_t sent = send(client->fd, chunk, size, flags);
    if (sent > 0)
        client->written += (uint64_t)sent;
    return sent;
}

/* Receives up to `limit` bytes, as many as one recv() gives, and compares them. */
static ssize_t read_some(struct client *client, uint64_t limit, int flags)
{
    char chunk[CHUNK];
    ssize_t size = recv(client->fd, chunk, limit < CHUNK ? (size_t)limit : CHUNK, flags);

    for (ssize_t i = 0; i < size; i++)
        if (chunk[i] != pattern(client, client->read++))
            fail("a wrong byte came back");
    if (size == 0)
        fail("the server ended the connection too early");
    return size;
}

static void stream(struct client *client, uint64_t bytes)
{
    uint64_t end = client->written + bytes;
    check(fcntl(client->fd, F_SETFL, O_NONBLOCK) != -1);
    while (client->read < end) {
        short events = client->written < end ? POLLIN | POLLOUT : POLLIN;
        struct pollfd ready = { .fd = client->fd, .events = events };
        errno = EAGAIN;
        check(poll(&ready, 1, PATIENCE_S * 1000) == 1);
        if (ready.revents & POLLOUT)
            check(write_some(client, end - client->written, 0) != -1 || errno == EAGAIN);
        if (ready.revents & ~POLLOUT)
            check(read_some(client, end - client->read, 0) != -1 || errno == EAGAIN);
    }
    check(fcntl(client->fd, F_SETFL, 0) != -1);
}

static void fill(struct client *client)
{
    struct pollfd room = { .fd = client->fd, .events = POLLOUT };
    while (poll(&room, 1, FULL_MS) == 1)
        check(write_some(client, CHUNK, MSG_DONTWAIT) != -1 || errno == EAGAIN);
}

/* Turns the escapes of `text` into bytes, in place. Returns how many bytes there are. */
static size_t unescape(char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; out++) {
        unsigned byte;
        if (in[0] == '\\' && in[1] == 'x' && sscanf(in + 2, "%2x", &byte) == 1) {
            *out = (char)byte;
            in += 4;
        } else if (in[0] == '\\' && in[1] != '\0') {
            *out = in[1] == 'n' ? '\n' : in[1] == 'r' ? '\r' : in[1];
            in += 2;
        } else {
            *out = *in++;
        }
    }
    return (size_t)(out - text);
}

static void send_text(struct client *client, const char *text, size_t size)
{
    for (ssize_t sent; size > 0; text += sent, size -= (size_t)sent)
        check((sent = send(client->fd, text, size, 0)) != -1);
}

static void expect_text(struct client *client, const char *text, size_t size)
{
    char got[sizeof(step)];
    ssize_t length = recv(client->fd, got, size, MSG_WAITALL);
    check(length != -1);
    if ((size_t)length != size || memcmp(got, text, size) != 0)
        fail("something else came back");
}

static void expect_end(struct client *client, bool reset_will_do)
{
    char byte;
    ssize_t size = recv(client->fd, &byte, 1, 0);
    if (size > 0)
        fail("more bytes came back");
    check(size == 0 || (reset_will_do && errno == ECONNRESET));
}

static void crowd(int count)
{
    int *fds = malloc((size_t)count * sizeof(*fds));
    check(fds != NULL);
    for (int i = 0; i < count; i++) { /* the connects do not wait for each other */
        fds[i] = open_socket(false);
        check(fcntl(fds[i], F_SETFL, O_NONBLOCK) != -1);
        check(connect(fds[i], (struct sockaddr *)&server, sizeof(server)) == 0 ||
              errno == EINPROGRESS);
    }
    for (int i = 0; i < count; i++) {
        struct pollfd connected = { .fd = fds[i], .events = POLLOUT };
        check(poll(&connected, 1, PATIENCE_S * 1000) == 1 && fcntl(fds[i], F_SETFL, 0) != -1);
        check(send(fds[i], &i, sizeof(i), 0) == sizeof(i));
    }
    for (int i = 0, echo = -1; i < count; i++) {
        check(recv(fds[i], &echo, sizeof(echo), MSG_WAITALL) == sizeof(echo));
        if (echo != i)
            fail("another client's bytes came back");
    }
    free(fds);
}

static void play(const char *verb, struct client *client, char *argument)
{
    struct linger reset = { .l_onoff = 1 };
    uint64_t bytes = strtoull(argument, NULL, 10), end;

    if (strcmp(verb, "open") == 0 || strcmp(verb, "small") == 0) {
        *client = (struct client){ .fd = open_socket(verb[0] == 's') };
        check(connect(client->fd, (struct sockaddr *)&server, sizeof(server)) == 0);
    } else if (strcmp(verb, "send") == 0) {
        send_text(client, argument, unescape(argument));
    } else if (strcmp(verb, "expect") == 0) {
        expect_text(client, argument, unescape(argument));
    } else if (strcmp(verb, "write") == 0) {
        for (end = client->written + bytes; client->written < end;)
            check(write_some(client, end - client->written, 0) != -1);
    } else if (strcmp(verb, "read") == 0 || strcmp(verb, "drain") == 0) {
        for (end = verb[0] == 'd' ? client->written : client->read + bytes; client->read < end;)
            check(read_some(client, end - client->read, 0) != -1);
    } else if (strcmp(verb, "stream") == 0) {
        stream(client, bytes);
    } else if (strcmp(verb, "fill") == 0) {
        fill(client);
    } else if (strcmp(verb, "shut") == 0) {
        check(shutdown(client->fd, SHUT_WR) == 0);
    } else if (strcmp(verb, "eof") == 0 || strcmp(verb, "gone") == 0) {
        expect_end(client, verb[0] == 'g');
    } else if (strcmp(verb, "close") == 0) {
        check(close(client->fd) == 0);
    } else if (strcmp(verb, "reset") == 0) {
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        check(close(client->fd) == 0);
    } else {
        fail("no such step");
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: client PORT, steps on standard input: see client.c\n");
        return 2;
    }
    server = (struct sockaddr_in){ .sin_family = AF_INET,
                                   .sin_port = htons((in_port_t)atoi(argv[1])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);

    while (fgets(step, sizeof(step), stdin) != NULL) {
        char words[sizeof(step)], verb[16] = "", name[16] = "";
        int argument = 0;
        step[strcspn(step, "\n")] = '\0';
        strcpy(words, step);
        sscanf(words, "%15s%n %15s%n", verb, &argument, name, &argument);
        if (words[argument] == ' ')
            argument++;
        if (strcmp(verb, "crowd") == 0)
            crowd(atoi(name));
        else if (name[0] >= 'a' && name[0] <= 'z' && name[1] == '\0')
            play(verb, &clients[name[0] - 'a'], words + argument);
        else
            fail("no such step");
        printf("%s\n", step);
    }
    return EXIT_SUCCESS;
}
