/* load.c - many clients of an echo server in one process, for figures. Every byte that comes back
 * is compared. Linux only, as is the way it reads the server's CPU time and waits for its clients.
 *
 * usage: load echo PORT PID BUSY IDLE SIZE ECHOES SECONDS
 *   IDLE silent connections, then BUSY ones that send SIZE bytes, wait for the echo and send
 *   again, until ECHOES came back or SECONDS are over. A first echo on each is not counted.
 *   Prints, with tabs between: echoes; nanoseconds of CPU time that process PID took for each;
 *   seconds; the memory of the process, and by how much the kernel's stacks have grown (of all
 *   processes: nobody counts them apart), in KiB.
 * usage: load crowd PORT COUNT
 *   COUNT connections at once, each sends a message. Prints how many were answered, how many
 *   were closed by the server, how many still wait after a second without news; and how many
 *   of these are answered when those that were first have left.
 * What can't be done is named on stderr, and ends it with status 1. */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
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
    MAX_SIZE = 64 * 1024,
    MESSAGES = 65521, /* a prime, so that no two clients send the same at the same time */
    CROWD_SIZE = 16,  /* bytes of a message of the crowd */
    QUIET_MS = 1000,
    PATIENCE_MS = 5000,
    PATIENCE_S = 30 /* for everything that is not SECONDS: then SIGALRM ends it */
};

struct client {
    int fd;
    unsigned message; /* which of the messages is under way */
    long laps;        /* how many it has sent */
    size_t received;  /* how much of it has come back */
};

static char text[MAX_SIZE + MESSAGES]; /* message m is the SIZE bytes from text[m % MESSAGES] on */
static int epoll_fd;

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) == -1) err(EXIT_FAILURE, "read the CPU time of the server");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void raise_descriptor_limit(int needed)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < (rlim_t)needed + 16)
        errx(EXIT_FAILURE, "open %d connections: ulimit -Hn is %ju", needed,
             (uintmax_t)limit.rlim_max);
}

static int open_client(int port, int index, int flags)
{
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };
    struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0), on = 1;

    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)); /* bounds connect() too */
    /* A reset at the end leaves no port in TIME-WAIT for the next round to stumble over. */
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
    if (connect(fd, (struct sockaddr *)&server, sizeof(server)) == -1 && errno != EINPROGRESS)
        err(EXIT_FAILURE, "connect client %d to port %d", index + 1, port);
    return fd;
}

static bool send_message(const struct client *client, size_t size)
{
    const char *message = text + client->message % MESSAGES;
    return send(client->fd, message, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* Takes what has come back and compares it. Returns as recv() does. */
static ssize_t receive_echo(struct client *client, size_t size)
{
    static char got[MAX_SIZE];
    const char *expected = text + client->message % MESSAGES + client->received;
    ssize_t length = recv(client->fd, got, size - client->received, MSG_DONTWAIT);

    if (length > 0 && memcmp(got, expected, (size_t)length) != 0) {
        errno = EBADMSG;
        err(EXIT_FAILURE, "compare what came back");
    }
    client->received += length > 0 ? (size_t)length : 0;
    return length;
}

/* All must still be there, and silent: else the figure is for fewer connections than it says. */
static void check_all_are_open(const struct client *clients, int count)
{
    char byte;
    for (int i = 0; i < count; i++) {
        ssize_t size = recv(clients[i].fd, &byte, 1, MSG_DONTWAIT);
        if (size == -1 && errno == EAGAIN) continue;
        errno = size > 0 ? EBADMSG : ECONNRESET;
        err(EXIT_FAILURE, "keep %d connections: client %d got %s", count, i + 1,
            size > 0 ? "more" : "an end");
    }
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

static void echo(int port, int pid, int busy, int idle, size_t size, long echoes, double seconds)
{
    struct client *clients = calloc((size_t)idle + (size_t)busy, sizeof(*clients));
    struct epoll_event events[256];
    clockid_t server_clock;
    long finished = 0, started = busy, most_laps = 1 + (echoes + busy - 1) / busy;
    long stacks = kib_of("/proc/meminfo", "KernelStack:");
    char status[64];

    if (clients == NULL || (errno = clock_getcpuclockid(pid, &server_clock)) != 0)
        err(EXIT_FAILURE, "find process %d, the server", pid);
    for (int i = 0; i < idle + busy; i++) {
        struct client *client = &clients[i];
        struct epoll_event input = { .events = EPOLLIN, .data.ptr = client };
        *client = (struct client){ open_client(port, i, 0), .message = (unsigned)i, .laps = 1 };
        if (i >= idle && (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &input) == -1 ||
                          !send_message(client, size)))
            err(EXIT_FAILURE, "send the first message");
    }

    double cpu = 0, start = 0, end = 0;
    while (finished < started) {
        int ready = epoll_wait(epoll_fd, events, 256, PATIENCE_MS);
        if (ready == 0) errno = ETIMEDOUT;
        if (ready <= 0) err(EXIT_FAILURE, "wait for an echo");
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            ssize_t length = receive_echo(client, size);
            if (length == 0) errno = ECONNRESET;
            if (length == 0 || (length == -1 && errno != EAGAIN))
                err(EXIT_FAILURE, "receive an echo");
            if (client->received < size) continue;
            if (++finished == busy) {
                cpu = seconds_of(server_clock);
                start = seconds_of(CLOCK_MONOTONIC);
                end = start + seconds;
            }
            bool in_time = finished < busy || seconds_of(CLOCK_MONOTONIC) < end;
            if (in_time && client->laps < most_laps) {
                client->laps++;
                client->message += (unsigned)busy;
                client->received = 0;
                if (!send_message(client, size)) err(EXIT_FAILURE, "send");
                started++;
            }
        }
    }
    cpu = seconds_of(server_clock) - cpu;
    seconds = seconds_of(CLOCK_MONOTONIC) - start;
    check_all_are_open(clients, idle + busy);
    echoes = finished - busy;
    snprintf(status, sizeof(status), "/proc/%d/status", pid);
    printf("%ld\t%.0f\t%.3f\t%ld\t%ld\n", echoes, echoes > 0 ? cpu * 1e9 / (double)echoes : 0,
           seconds, kib_of(status, "VmRSS:"), kib_of("/proc/meminfo", "KernelStack:") - stacks);
    free(clients);
}

/* Goes on until none is `waiting`, or nothing has happened for a while. Returns how many were
 * answered. */
static int serve_crowd(int *waiting, int *closed)
{
    struct epoll_event event;
    int answered = 0;
    while (*waiting > 0 && epoll_wait(epoll_fd, &event, 1, QUIET_MS) == 1) {
        struct client *client = event.data.ptr;
        struct epoll_event input = { .events = EPOLLIN, .data.ptr = client };
        if (event.events == EPOLLOUT && send_message(client, CROWD_SIZE)) {
            epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &input);
            continue;
        }
        ssize_t length = receive_echo(client, CROWD_SIZE);
        if (length > 0 && client->received < CROWD_SIZE) continue;
        answered += length > 0;
        *closed += length <= 0;
        --*waiting;
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
    }
    return answered;
}

static void crowd(int port, int count)
{
    struct client *clients = calloc((size_t)count, sizeof(*clients));
    int waiting = count, closed = 0;

    if (clients == NULL) err(EXIT_FAILURE, "remember %d clients", count);
    for (int i = 0; i < count; i++) {
        struct epoll_event connected = { .events = EPOLLOUT, .data.ptr = &clients[i] };
        clients[i] =
            (struct client){ .fd = open_client(port, i, SOCK_NONBLOCK), .message = (unsigned)i };
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &connected) == -1)
            err(EXIT_FAILURE, "watch client %d", i + 1);
    }
    int answered = serve_crowd(&waiting, &closed);
    printf("%d\t%d\t%d", answered, closed, waiting);
    for (int i = 0; waiting > 0 && i < count; i++)
        if (clients[i].received == CROWD_SIZE) close(clients[i].fd);
    printf("\t%d\n", serve_crowd(&waiting, &closed));
    free(clients);
}

int main(int argc, char *argv[])
{
    const char *mode = argc > 1 ? argv[1] : "";
    double seconds = argc == 9 ? atof(argv[8]) : 0;
    int n[6] = { 0 };

    for (int i = 0; i < 6 && i + 2 < argc; i++)
        n[i] = atoi(argv[i + 2]);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)random(); /* the same in every run */
    epoll_fd = epoll_create1(0);
    alarm(PATIENCE_S + (unsigned)seconds);

    if (strcmp(mode, "echo") == 0 && seconds > 0 && n[2] > 0 && n[4] > 0 && n[4] <= MAX_SIZE) {
        raise_descriptor_limit(n[2] + n[3]);
        echo(n[0], n[1], n[2], n[3], (size_t)n[4], n[5], seconds);
    } else if (strcmp(mode, "crowd") == 0 && n[1] > 0) {
        raise_descriptor_limit(n[1]);
        crowd(n[0], n[1]);
    } else {
        fprintf(stderr, "usage: load echo|crowd ...: see load.c\n");
        return 2;
    }
    return EXIT_SUCCESS;
}
