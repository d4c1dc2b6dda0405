/* server.c - chapter 3: a TCP echo server on epoll. The kernel keeps the interest set: watch() and
 * unwatch() change it, and epoll_wait() hands back what is ready, however much is watched. The
 * chapter is what stands between the dashes: diff -u 02-poll/server.c 03-epoll/server.c */
#ifndef __linux__
#error "epoll needs Linux; 01-select and 02-poll build on this system"
#else
#define _XOPEN_SOURCE 700
#include "../common/flags.h" /* the document's EVENT_LOOKUP and get_flag_names() */
#include "../common/log.h"   /* its LOGGER and configure_logging() */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTION_BACKLOG 4096 /* the kernel lowers it to its own limit */
#define EPOLL_BLOCK_DURATION_S 1
#define MAX_DESCRIPTORS (1024 * 1024) /* pages that nobody touches take no memory */
#define MULTICAST 224  /* from here up addresses are multicast, reserved, broadcast */
#define MAX_ACCEPTS 64 /* per event: a flood of new clients must not starve the others */
static const char USAGE[] = "usage: server [PORT [ADDRESS]], default 9000 127.0.0.1, PORT 0: any; "
                            "IPv4 below 224.0.0.0; LOG_LEVEL=DEBUG|INFO|WARNING|ERROR";

/* What we wait for: input, or, while bytes are pending, room for output. Never both: while a client
 * does not read, we do not read from it. Such a client costs 64 KiB, and some MiB in the kernel. */
enum interest { INPUT, OUTPUT };

static struct connection {
    char *pending; /* bytes that the socket has not taken yet, or NULL */
    size_t pending_size;
} CONNECTIONS[MAX_DESCRIPTORS]; /* by descriptor, as in the document */
static char buffer[64 * 1024];  /* one for all: nothing stays in it from event to event */
static int listen_socket;
static bool accepting;      /* false: the listening socket is not watched ... */
static long long resume_at; /* ... until now_ms() says this */
static volatile sig_atomic_t running = 1;

static void handle_events(int events_fd, uint32_t events);
/* ---- the chapter: the interest set, the wait, and the walk through its answer ---- */
static int epoll_fd; /* the document's epoll_obj: interest set and ready list, level-triggered */
static uint32_t asked[MAX_DESCRIPTORS]; /* what the set holds for each descriptor; 0: nothing */

/* The document's register() and modify(). An interest that does not change costs no system call. */
static bool watch(int fd, enum interest interest)
{
    struct epoll_event event = { .events = interest == INPUT ? EPOLLIN : EPOLLOUT, .data.fd = fd };
    if (fd >= MAX_DESCRIPTORS) {
        log_warning_rarely("Can't watch fd %d: the tables end at %d", fd, MAX_DESCRIPTORS);
        return false;
    }
    int operation = asked[fd] == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (event.events != asked[fd] && epoll_ctl(epoll_fd, operation, fd, &event) == -1) {
        log_warning_rarely("Can't watch fd %d: epoll_ctl: %s", fd, strerror(errno));
        return false;
    }
    asked[fd] = event.events;
    return true;
}

/* Its unregister(). Comes before close(), which leaves the entry if there is a duplicate. */
static void unwatch(int fd)
{
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    asked[fd] = 0;
}

/* Waits until something is ready or a second has passed, and handles it. Returns -1 on an error. */
static int wait_for_events(void)
{
    struct epoll_event events[256]; /* at most; the rest comes with the next wait */
    int ready = epoll_wait(epoll_fd, events, 256, EPOLL_BLOCK_DURATION_S * 1000);
    for (int i = 0; i < ready; i++)
        handle_events(events[i].data.fd, events[i].events);
    return ready;
}

/* ---- the server: the same text in all three chapters, but for two functions and names ---- */
static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* a clock that nobody sets back */
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Does the connection go on after an error? EAGAIN (readiness is a hint) and EINTR end nothing. */
static bool survives(int fd, const char *call)
{
    bool goes_on = errno == EAGAIN || errno == EINTR;
    if (!goes_on) log_info("Lost connection fd %d: %s: %s", fd, call, strerror(errno));
    return goes_on;
}

/* Takes a client from the backlog. Returns its descriptor, or -1. One that can't be taken stays
 * there and would be reported for ever: look away until a connection closes, or for a second. */
static int accept_connection(struct sockaddr_in *address)
{
    static int failures; /* in a row, EAGAIN too: after many, to try at once would be a spin */
    socklen_t size = sizeof(*address);
    int fd = accept(listen_socket, (struct sockaddr *)address, &size);
    bool no_room = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    const char *hint = errno == EMFILE ? " (ulimit -n?)" : "";
    failures = fd == -1 ? failures + 1 : 0;
    if (fd == -1 && errno != EAGAIN && errno != EINTR)
        log_warning_rarely("Can't accept: %s%s", strerror(errno), hint);
    if (fd == -1 && (no_room || failures > MAX_ACCEPTS)) {
        unwatch(listen_socket);
        accepting = false;
        resume_at = now_ms() + 1000;
    }
    return fd;
}

/* Sends data, new or pending, keeps what does not fit. Returns whether the connection goes on. */
static bool send_data(int fd, const char *data, size_t size)
{
    struct connection *connection = &CONNECTIONS[fd];
    ssize_t sent = send(fd, data, size, 0);
    if (sent == -1 && !survives(fd, "send")) return false;
    size_t rest = sent == -1 ? size : size - (size_t)sent;
    if (rest > 0 && connection->pending == NULL) {
        log_debug("Keep %zu bytes for fd %d: its socket did not take them", rest, fd);
        if ((connection->pending = malloc(rest)) == NULL) return survives(fd, "malloc");
    } else if (rest == 0 && connection->pending != NULL) {
        log_debug("Drained fd %d: its socket has taken all", fd);
        free(connection->pending);
        connection->pending = NULL;
    }
    if (rest > 0) memmove(connection->pending, data + size - rest, rest); /* to the front */
    connection->pending_size = rest;
    return watch(fd, rest > 0 ? OUTPUT : INPUT);
}

/* The document tests events for EPOLLIN and EPOLLOUT here. We ask for one of them at a time and
 * know which; errors and hang-ups come unasked, and recv() or send() tells what they mean. A
 * handler closes only its own descriptor, so what the wait said of the rest stays true. */
static void handle_events(int events_fd, uint32_t events)
{
    struct connection *connection = &CONNECTIONS[events_fd];
    bool goes_on = true;
    log_debug("Events %s happened on fd %d", get_flag_names(events), events_fd);
    if (events_fd == listen_socket) {
        for (int i = 0; i < MAX_ACCEPTS; i++) { /* a wait is costly in select, poll: share it */
            struct sockaddr_in address = { 0 };
            int conn_fd = accept_connection(&address);
            if (conn_fd == -1) break;
            log_debug("Register connection fd %d", conn_fd);
            if (fcntl(conn_fd, F_SETFL, O_NONBLOCK) == -1 || !watch(conn_fd, INPUT)) close(conn_fd);
        }
    } else if (connection->pending != NULL) {
        goes_on = send_data(events_fd, connection->pending, connection->pending_size);
    } else {
        ssize_t size = recv(events_fd, buffer, sizeof(buffer), 0);
        if (size > 0)
            log_debug("Receive data from connection fd %d:%s", events_fd,
                      printable(buffer, (size_t)size));
        else if (size == 0)
            log_debug("Receive empty data from connection fd %d", events_fd);
        goes_on = size > 0 ? send_data(events_fd, buffer, (size_t)size)
                           : size == -1 && survives(events_fd, "recv");
    }
    if (!goes_on) {
        unwatch(events_fd);
        close(events_fd);
        free(connection->pending);
        connection->pending = NULL;
        resume_at = now_ms(); /* there may be room for a client now */
    }
}

/* Returns the listening socket, or -1. What is accepted inherits TCP_NODELAY (else an echo in
 * pieces waits) and SO_KEEPALIVE (a silent client may be dead), but on Linux no O_NONBLOCK. */
static int create_listen_socket(struct sockaddr_in *address)
{
    socklen_t size = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    char host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host));
    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == -1 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
        bind(fd, (struct sockaddr *)address, size) == -1 ||
        listen(fd, MAX_CONNECTION_BACKLOG) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
        getsockname(fd, (struct sockaddr *)address, &size) == -1) {
        log_error("Can't listen on %s:%d: %s; try another PORT, from 1024 up, or another ADDRESS",
                  host, ntohs(address->sin_port), strerror(errno));
        return -1;
    }
    log_info("Listening on %s:%d", host, ntohs(address->sin_port));
    return fd;
}

static void stop(int number)
{
    running = 0;
    signal(number, SIG_DFL); /* a second Ctrl-C kills */
}

/* Serves until stop() is called. Returns the exit status. */
static int run_server(struct sockaddr_in *address)
{
    struct rlimit limit;
    /* The usual limit is low for select's sake: raise it. If macOS refuses, we serve fewer. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MAX_DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    listen_socket = create_listen_socket(address);
    epoll_fd = epoll_create1(0);
    if (listen_socket != -1 && epoll_fd == -1) log_error("epoll_create1: %s", strerror(errno));
    if (listen_socket == -1 || epoll_fd == -1) return EXIT_FAILURE;
    if (!(accepting = watch(listen_socket, INPUT)))
        return log_error("Can't watch fd %d, on which we listen", listen_socket), EXIT_FAILURE;
    while (running) {
        if (wait_for_events() == -1 && errno != EINTR) {
            log_error("epoll_wait: %s (no memory?)", strerror(errno));
            if (errno != ENOMEM && errno != EAGAIN) return EXIT_FAILURE;
            sleep(1); /* it will pass */
        }
        if (!accepting && now_ms() >= resume_at) accepting = watch(listen_socket, INPUT);
    }
    log_info("Stop listening, close all connections");
    unwatch(listen_socket);
    close(epoll_fd);
    close(listen_socket);
    return EXIT_SUCCESS; /* and the kernel closes the connections of a process that ends */
}

int main(int argc, char *argv[])
{
    const char *port = argc > 1 ? argv[1] : "9000", *wrong = argc > 3 ? argv[3] : NULL;
    const char *host = argc > 2 && strcmp(argv[2], "localhost") != 0 ? argv[2] : "127.0.0.1";
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((in_port_t)strtoul(port, NULL, 10)) };
    char again[sizeof("65535")];
    if (strcmp(port, "-h") == 0 || strcmp(port, "--help") == 0) {
        if (puts(USAGE) >= 0 && fflush(stdout) == 0) return EXIT_SUCCESS;
        return perror("Can't print the usage"), EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN); /* send() to a closed peer returns EPIPE instead */
    if (!configure_logging("epoll")) return 2;
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || atoi(host) >= MULTICAST) wrong = host;
    snprintf(again, sizeof(again), "%d", ntohs(address.sin_port));
    if (strcmp(port, again) != 0) wrong = port;
    if (wrong != NULL) {
        fprintf(stderr, "Can't use '%s'; %s\n", printable(wrong, strlen(wrong)), USAGE);
        return 2;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    return run_server(&address);
}
#endif
