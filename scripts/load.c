/* load.c - many clients of an echo server in one process, for figures. Every byte that comes back
 * is compared. Linux only, as is the way it reads the server's CPU time and waits for its clients.
 *
 * usage: load echo PORT PID BUSY IDLE SIZE ECHOES SECONDS
 *          IDLE silent connections, then BUSY ones that send SIZE bytes, wait for the echo and send
 *          again, until ECHOES came back or SECONDS are over. Prints, separated by tabs: echoes,
 *          microseconds of CPU time that process PID took per echo, seconds.
 *        load crowd PORT COUNT
 *          COUNT connections at once, each sends one byte. Prints how many were answered, how many
 *          were closed by the server, and how many still wait after a second without news.
 *        load floor BUSY
 *          A server for BUSY clients that knows who speaks next: recv and send in turn, no wait for
 *          readiness. Prints its port. What an echo costs here, no multiplexing can save. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

enum { MAX_SIZE = 64 * 1024, PRIMES = 251, PATIENCE_MS = 5000, PER_ADDRESS = 20000 };

struct client {
    int fd;
    unsigned message; /* which of the messages is under way */
    size_t received;  /* how much of it has come back */
};

static char text[MAX_SIZE + PRIMES]; /* message m is the SIZE bytes from text[m % PRIMES] on */
static int epoll_fd;

static void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, errno != 0 ? strerror(errno) : "no answer");
    exit(EXIT_FAILURE);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) == -1)
        fail("read the CPU time of the server");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void raise_descriptor_limit(int needed)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < (rlim_t)needed + 16) {
        fprintf(stderr, "load: %d connections need a higher limit than `ulimit -Hn` = %ju\n",
                needed, (uintmax_t)limit.rlim_max);
        exit(EXIT_FAILURE);
    }
}

/* Opens connection number `index`. One source address has ports for some 28,000 of them. */
static int open_client(int port, int index, int flags)
{
    struct sockaddr_in source = { .sin_family = AF_INET }, server = source;
    struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0), on = 1;

    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (in_addr_t)(index / PER_ADDRESS));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons((in_port_t)port);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    /* A reset at the end leaves no port in TIME-WAIT for the next round to stumble over. */
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
    if (fd == -1 || bind(fd, (struct sockaddr *)&source, sizeof(source)) == -1 ||
        (connect(fd, (struct sockaddr *)&server, sizeof(server)) == -1 && errno != EINPROGRESS))
        fail("connect");
    return fd;
}

static void send_message(const struct client *client, size_t size)
{
    if (send(client->fd, text + client->message % PRIMES, size, MSG_NOSIGNAL) != (ssize_t)size)
        fail("send");
}

/* Takes what has come back. Returns whether the message is complete. */
static bool receive_echo(struct client *client, size_t size)
{
    static char got[MAX_SIZE];
    ssize_t length = recv(client->fd, got, size - client->received, MSG_DONTWAIT);

    if (length == 0)
        errno = ECONNRESET;
    if (length <= 0)
        fail("recv");
    errno = EBADMSG;
    if (memcmp(got, text + client->message % PRIMES + client->received, (size_t)length) != 0)
        fail("compare what came back");
    client->received += (size_t)length;
    return client->received == size;
}

static void echo(int port, int pid, int busy, int idle, size_t size, long echoes, double seconds)
{
    struct client *clients = calloc((size_t)busy, sizeof(*clients));
    struct epoll_event events[256];
    clockid_t server_clock;
    long finished = 0, started = busy;

    if ((errno = clock_getcpuclockid(pid, &server_clock)) != 0)
        fail("find the server's process");
    for (int i = 0; i < idle; i++)
        open_client(port, i, 0);
    for (int i = 0; i < busy; i++) {
        struct epoll_event input = { .events = EPOLLIN, .data.ptr = &clients[i] };
        clients[i] =
            (struct client){ .fd = open_client(port, idle + i, 0), .message = (unsigned)i };
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &input);
        send_message(&clients[i], size); /* a round to warm up, which is not counted */
    }

    double cpu = 0, start = 0, end = 0;
    while (finished < started) {
        errno = 0;
        int ready = epoll_wait(epoll_fd, events, 256, PATIENCE_MS);
        if (ready <= 0)
            fail("wait for an echo");
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!receive_echo(client, size))
                continue;
            if (++finished == busy) {
                cpu = seconds_of(server_clock);
                start = seconds_of(CLOCK_MONOTONIC);
                end = start + seconds;
            }
            if (started < busy + echoes && (end == 0 || seconds_of(CLOCK_MONOTONIC) < end)) {
                client->message += (unsigned)busy;
                client->received = 0;
                send_message(client, size);
                started++;
            }
        }
    }
    echoes = finished - busy;
    printf("%ld\t%.3f\t%.3f\n", echoes, (seconds_of(server_clock) - cpu) * 1e6 / (double)echoes,
           seconds_of(CLOCK_MONOTONIC) - start);
}

static void crowd(int port, int count)
{
    int answered = 0, closed = 0;

    for (int i = 0; i < count; i++) {
        int fd = open_client(port, i, SOCK_NONBLOCK);
        struct epoll_event connected = { .events = EPOLLOUT, .data.fd = fd };
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &connected);
    }
    for (struct epoll_event event; epoll_wait(epoll_fd, &event, 1, 1000) == 1;) {
        struct epoll_event input = { .events = EPOLLIN, .data.fd = event.data.fd };
        char byte = (char)event.data.fd, echo = (char)~byte;
        if (event.events == EPOLLOUT && send(event.data.fd, &byte, 1, MSG_NOSIGNAL) == 1) {
            epoll_ctl(epoll_fd, EPOLL_CTL_MOD, event.data.fd, &input);
            continue;
        }
        if (recv(event.data.fd, &echo, 1, 0) == 1 && echo == byte)
            answered++;
        else
            closed++;
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, event.data.fd, NULL);
    }
    printf("%d\t%d\t%d\n", answered, closed, count - answered - closed);
}

static void serve_in_turn(int busy)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    int listen_socket = socket(AF_INET, SOCK_STREAM, 0), on = 1, last = 0;
    int *fds = calloc((size_t)busy, sizeof(*fds));

    if (bind(listen_socket, (struct sockaddr *)&address, length) == -1 ||
        listen(listen_socket, busy) == -1 ||
        getsockname(listen_socket, (struct sockaddr *)&address, &length) == -1)
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (int i = 0; i < busy; i++) {
        fds[i] = accept(listen_socket, NULL, NULL);
        setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    for (ssize_t size = 1; size > 0; last = (last + 1) % busy) {
        size = recv(fds[last], text, MAX_SIZE, 0);
        if (size > 0)
            send(fds[last], text, (size_t)size, MSG_NOSIGNAL);
    }
}

int main(int argc, char *argv[])
{
    const char *mode = argc > 1 ? argv[1] : "";
    int numbers[7] = { 0 };

    for (int i = 2; i < argc && i < 9; i++)
        numbers[i - 2] = atoi(argv[i]);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)((i * 0x9E3779B1u) >> 24);
    epoll_fd = epoll_create1(0);

    if (strcmp(mode, "echo") == 0 && argc == 9 && numbers[4] <= MAX_SIZE) {
        raise_descriptor_limit(numbers[2] + numbers[3]);
        echo(numbers[0], numbers[1], numbers[2], numbers[3], (size_t)numbers[4], numbers[5],
             numbers[6]);
    } else if (strcmp(mode, "crowd") == 0 && argc == 4) {
        raise_descriptor_limit(numbers[1]);
        crowd(numbers[0], numbers[1]);
    } else if (strcmp(mode, "floor") == 0 && argc == 3) {
        serve_in_turn(numbers[0]);
    } else {
        fprintf(stderr, "usage: load echo|crowd|floor ...: see load.c\n");
        return 2;
    }
    return EXIT_SUCCESS;
}
