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
 * Each step is answered by its line on standard output when it is done.
 *
 * usage: client crowd PORT N
 *   N clients connect at once, each sends a message. Prints, with tabs between, how many were
 *   answered, how many were closed by the server, how many still wait after a second without news;
 *   and how many of these are answered when those that were first have left.
 *
 * usage: client echo PORT PID BUSY IDLE SIZE ECHOES SECONDS
 *   IDLE silent connections, then BUSY ones that send SIZE bytes, wait for the echo and send
 *   again, until ECHOES came back or SECONDS are over. A first echo on each is not counted.
 *   Prints, with tabs between: echoes; nanoseconds of CPU time that process PID took for each;
 *   seconds; the memory of the process, and by how much the kernel's stacks have grown (of all
 *   processes: nobody counts them apart), in KiB.
 *
 * The first thing that is wrong, or takes more than PATIENCE_S seconds (from the environment, 10 if
 * not set), is named on stderr and ends the client with status 1. */
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
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS = 50, /* of the random step */
    CHUNK = 256 * 1024,
    MESSAGE = 16, /* what each client of a crowd sends */
    QUIET_MS = 1000,
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
static int patience_s = 10, epoll_fd;
static char doing[4096]; /* the step, as it was given or as it can be repeated */
static char chunk[CHUNK];
#define begin(...) snprintf(doing, sizeof(doing), __VA_ARGS__)

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

static struct client *new_clients(size_t count)
{
    struct client *clients = calloc(count, sizeof(*clients));
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (clients == NULL || limit.rlim_cur < count + 16) {
        begin("open %zu connections", count);
        fail(NULL, "ulimit -Hn is too low");
    }
    return clients;
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

static void guests(size_t count)
{
    struct client *clients = new_clients(count);

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

        begin("random %u %ld, step %ld", seed, steps, step);
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

/* Goes on until all have an answer or are `closed`, or nothing has happened for `quiet_ms`. Returns
 * how many were answered. */
static int serve_crowd(int waiting, int *closed, int quiet_ms)
{
    struct epoll_event event;
    int answered = 0;

    while (answered + *closed < waiting && epoll_wait(epoll_fd, &event, 1, quiet_ms) == 1) {
        struct client *client = event.data.ptr;
        struct epoll_event input = { .events = EPOLLIN, .data.ptr = client };
        if (event.events == EPOLLOUT && try_to_write(client, MESSAGE, MSG_DONTWAIT) == MESSAGE) {
            epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &input);
            continue;
        }
        ssize_t size = try_to_read(client, MESSAGE, MSG_DONTWAIT);
        if (size > 0 && client->read < MESSAGE) continue;
        answered += size > 0;
        *closed += size <= 0;
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
    }
    return answered;
}

/* With `all_must` each has to get an echo, and stays; without, what became of them is counted. */
static void crowd(int count, bool all_must)
{
    struct client *clients = new_clients((size_t)count);
    int closed = 0;

    for (int i = 0; i < count; i++) { /* the connects do not wait for each other */
        struct epoll_event connected = { .events = EPOLLOUT, .data.ptr = &clients[i] };
        open_client(&clients[i], false, SOCK_NONBLOCK);
        check(NULL, epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &connected) == 0);
    }
    int answered = serve_crowd(count, &closed, all_must ? patience_s * 1000 : QUIET_MS);
    int waiting = count - answered - closed;
    if (all_must && answered < count) fail(NULL, "not all got an echo");
    if (!all_must) {
        printf("%d\t%d\t%d", answered, closed, waiting);
        for (int i = 0; waiting > 0 && i < count; i++)
            if (clients[i].read == MESSAGE) close_client(&clients[i], true);
        closed = 0;
        printf("\t%d\n", serve_crowd(waiting, &closed, QUIET_MS));
    }
    free(clients);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    check(NULL, clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The number in the line of a file of /proc that begins with `name`; 0 where there is none. */
static long kib_of(const char *path, const char *name)
{
    FILE *file = fopen(path, "r");
    char line[256];
    long value = 0;

    while (file != NULL && value == 0 && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) value = strtol(line + strlen(name), NULL, 10);
    if (file != NULL) fclose(file);
    return value;
}

static void measure_echo(int pid, int busy, int idle, size_t size, long echoes, double seconds)
{
    int count = idle + busy;
    struct client *clients = new_clients((size_t)count);
    struct epoll_event events[256];
    clockid_t server_clock;
    long started = busy, finished = 0, stacks = kib_of("/proc/meminfo", "KernelStack:");
    double cpu = 0, start = 0;
    char status[64];

    begin("find process %d, the server", pid);
    errno = clock_getcpuclockid(pid, &server_clock);
    check(NULL, errno == 0);
    for (int i = 0; i < count; i++) {
        struct epoll_event input = { .events = EPOLLIN, .data.ptr = &clients[i] };
        begin("connect client %d", i + 1);
        open_client(&clients[i], false, 0);
        if (i < idle) continue;
        check(NULL, epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &input) == 0);
        write_some(&clients[i], size, 0);
    }
    begin("get an echo");
    while (finished < started) {
        int ready = epoll_wait(epoll_fd, events, 256, patience_s * 1000);
        errno = EAGAIN;
        check(NULL, ready > 0);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            read_some(client, size, MSG_DONTWAIT);
            if (client->read < client->written) continue;
            if (++finished == busy) {
                cpu = seconds_of(server_clock);
                start = seconds_of(CLOCK_MONOTONIC);
            }
            bool in_time = finished < busy || seconds_of(CLOCK_MONOTONIC) < start + seconds;
            if (!in_time || started >= busy + echoes) continue;
            write_some(client, size, 0);
            started++;
        }
    }
    cpu = seconds_of(server_clock) - cpu;
    seconds = seconds_of(CLOCK_MONOTONIC) - start;
    begin("keep %d connections open and silent", count); /* else the figure is for fewer */
    for (int i = 0; i < count; i++)
        if (recv(clients[i].fd, chunk, 1, MSG_DONTWAIT) != -1 || errno != EAGAIN)
            fail(&clients[i], "one was not");
    echoes = finished - busy;
    snprintf(status, sizeof(status), "/proc/%d/status", pid);
    printf("%ld\t%.0f\t%.3f\t%ld\t%ld\n", echoes, echoes > 0 ? cpu * 1e9 / (double)echoes : 0,
           seconds, kib_of(status, "VmRSS:"), kib_of("/proc/meminfo", "KernelStack:") - stacks);
    free(clients);
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
            crowd(atoi(name), true);
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
    const char *patience = getenv("PATIENCE_S"), *mode = argc > 2 ? argv[1] : "";
    struct rlimit limit;
    int n[6] = { 0 };

    for (int i = 0; i < 6 && i + 2 < argc; i++)
        n[i] = atoi(argv[i + 2]);
    if (patience != NULL) patience_s = atoi(patience);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    epoll_fd = epoll_create1(0);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons((in_port_t)(argc == 2 ? atoi(argv[1]) : n[0]));
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2)
        play_steps();
    else if (argc == 4 && strcmp(mode, "crowd") == 0 && n[1] > 0)
        crowd(n[1], false);
    else if (argc == 9 && strcmp(mode, "echo") == 0 && n[2] > 0 && n[4] > 0 && n[4] <= CHUNK)
        measure_echo(n[1], n[2], n[3], (size_t)n[4], n[5], atof(argv[8]));
    else {
        fprintf(stderr, "usage: client PORT, or client crowd|echo PORT ...: see client.c\n");
        return 2;
    }
    return EXIT_SUCCESS;
}
