/* server.c - chapter 2: a TCP echo server on poll.
 *
 * We keep the interest set, as an array as long as need be. poll() leaves the question (events)
 * alone and writes its answer beside it (revents); we look through all of it for what is ready.
 * Read it beside chapter 1: diff -u 01-select/server.c 02-poll/server.c */
#define _POSIX_C_SOURCE 200809L
#include "../common/flags.h"
#include "../common/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTION_BACKLOG 4096 /* the kernel lowers it to its own limit */
#define MAX_ACCEPTS_PER_EVENT 64    /* a flood of new clients must not starve the others */
#define BUFFER_SIZE (64 * 1024)
#define TIMEOUT_S 1
#define MAX_DESCRIPTORS (1024 * 1024)

/* What we wait for on a descriptor: input, or room for output while bytes are pending. Never both,
 * so a client that does not read is not read from: it stops only itself and costs us 64 KiB. */
enum interest { NOTHING, INPUT, OUTPUT };

struct connection {
    enum interest interest; /* NOTHING: the slot is free */
    char *pending;          /* bytes that the socket has not taken yet, or NULL */
    size_t pending_size;
};

static struct connection *CONNECTIONS; /* indexed by descriptor, as in the document */
static int max_descriptors;            /* the length of the tables */
static char buffer[BUFFER_SIZE];       /* one for all: nothing stays in it from event to event */
static time_t paused_at;               /* since when we do not accept; 0: we do */
static volatile sig_atomic_t running = 1;

static struct pollfd *poll_fds; /* the interest set and poll()'s answer, indexed by descriptor */
static int highest_fd = -1;

/* Slots without a descriptor have .fd = -1, which poll() skips. */
static bool watch(int fd, enum interest interest)
{
    if (fd >= max_descriptors) {
        log_warning("Can't watch fd %d: the tables end at %d", fd, max_descriptors);
        return false;
    }
    while (highest_fd < fd)
        poll_fds[++highest_fd].fd = -1;
    poll_fds[fd] = (struct pollfd){ .fd = fd, .events = interest == OUTPUT ? POLLOUT : POLLIN };
    CONNECTIONS[fd].interest = interest;
    return true;
}

/* Comes before close(): poll() reports a closed descriptor as POLLNVAL, at once and for ever.
 * Setting events to 0 would not do: errors and hang-ups are reported unasked. */
static void unwatch(int fd)
{
    poll_fds[fd].fd = -1;
    CONNECTIONS[fd].interest = NOTHING;
    while (highest_fd >= 0 && CONNECTIONS[highest_fd].interest == NOTHING)
        highest_fd--;
}

static void close_connection(int fd)
{
    unwatch(fd);
    free(CONNECTIONS[fd].pending);
    CONNECTIONS[fd].pending = NULL;
    close(fd);
    if (paused_at != 0)
        paused_at = 1; /* long ago: there may be room for a client now */
}

/* Resets and the like are ordinary in a network: they end one connection, never the server. EAGAIN
 * (readiness is only a hint) and EINTR (a signal came) end nothing: what is ready comes again. */
static void lose_connection(int fd, const char *call)
{
    log_info("Lost connection fd %d: %s: %s", fd, call, strerror(errno));
    close_connection(fd);
}

/* The clients stay in the backlog, where a level-triggered wait would find them at once again, for
 * ever. So we look away until a connection closes or a second has passed. */
static void pause_accepting(int listen_socket)
{
    static time_t warned_minute;

    paused_at = time(NULL);
    if (warned_minute != paused_at / 60) {
        warned_minute = paused_at / 60;
        log_warning("Can't accept, new clients wait for room (ulimit -n?): %s", strerror(errno));
    }
    unwatch(listen_socket);
}

/* Takes one client from the backlog and watches it. Returns its descriptor, or -1 if there is none
 * or it can't be served. The rest will be reported again. */
static int accept_connection(int listen_socket, struct sockaddr_in *address)
{
    socklen_t size = sizeof(*address);
    int on = 1;
    int fd = accept(listen_socket, (struct sockaddr *)address, &size);

    if (fd == -1) {
        if (errno == ECONNABORTED || errno == EPROTO || errno == EPERM)
            log_info("Lost a client before accept: %s", strerror(errno));
        else if (errno != EAGAIN && errno != EINTR)
            pause_accepting(listen_socket);
        return -1;
    }
    /* On Linux O_NONBLOCK is not handed on by accept(). TCP_NODELAY: Nagle's algorithm and a
     * delayed ACK would delay an echo sent in pieces by 40 ms. SO_KEEPALIVE: a client that is
     * silent may be dead. */
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == -1)
        log_warning("Can't configure fd %d: fcntl or setsockopt: %s", fd, strerror(errno));
    else if (watch(fd, INPUT))
        return fd;
    close(fd);
    return -1;
}

/* Keeps what the socket did not take, and waits for room in it from now on, not for input. */
static void keep_pending(int fd, const char *rest, size_t size)
{
    struct connection *connection = &CONNECTIONS[fd];

    if (connection->pending == NULL) {
        log_debug("Keep %zu bytes for fd %d: its socket is full", size, fd);
        connection->pending = malloc(size);
        if (connection->pending == NULL) {
            lose_connection(fd, "malloc");
            return;
        }
        if (!watch(fd, OUTPUT)) {
            close_connection(fd);
            return;
        }
    }
    memmove(connection->pending, rest, size); /* to the front, if it was pending already */
    connection->pending_size = size;
}

/* Sends data, new or pending: as much as the socket takes now. */
static void send_data(int fd, const char *data, size_t size)
{
    struct connection *connection = &CONNECTIONS[fd];
    ssize_t sent = send(fd, data, size, 0);

    if (sent == -1 && (errno == EAGAIN || errno == EINTR))
        sent = 0;
    if (sent == -1) {
        lose_connection(fd, "send");
    } else if ((size_t)sent < size) {
        keep_pending(fd, data + sent, size - (size_t)sent);
    } else if (connection->pending != NULL) {
        log_debug("Drained fd %d: its socket has taken all", fd);
        free(connection->pending);
        connection->pending = NULL;
        if (!watch(fd, INPUT))
            close_connection(fd);
    }
}

/* What we waited for says what to do. Errors and hang-ups need no branch: recv() and send() name
 * them. A handler closes only its own descriptor, so what the wait said of the rest stays true. */
static void handle_events(int listen_socket, int events_fd, short events)
{
    log_debug("Events %s happened on fd %d", get_flag_names((unsigned short)events), events_fd);

    if (events_fd == listen_socket) {
        for (int i = 0; i < MAX_ACCEPTS_PER_EVENT; i++) {
            struct sockaddr_in address = { 0 };
            int conn_fd = accept_connection(listen_socket, &address);
            if (conn_fd == -1)
                break;
            log_debug("Register connection fd %d", conn_fd);
        }
    } else if (CONNECTIONS[events_fd].pending != NULL) {
        send_data(events_fd, CONNECTIONS[events_fd].pending, CONNECTIONS[events_fd].pending_size);
    } else {
        ssize_t size = recv(events_fd, buffer, sizeof(buffer), 0);
        if (size > 0) {
            log_debug("Receive data from connection fd %d:%s", events_fd,
                      printable(buffer, (size_t)size));
            send_data(events_fd, buffer, (size_t)size);
        } else if (size == 0) {
            log_debug("Receive empty data from connection fd %d", events_fd);
            close_connection(events_fd);
        } else if (errno != EAGAIN && errno != EINTR) {
            lose_connection(events_fd, "recv");
        }
    }
}

/* Returns the listening socket, or -1 after a line that says why there is none. */
static int create_listen_socket(const char *host, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };
    socklen_t size = sizeof(address);
    int on = 1; /* SO_REUSEADDR: bind also while connections of the last run fade away */
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, host, &address.sin_addr);
    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
        listen(fd, MAX_CONNECTION_BACKLOG) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
        getsockname(fd, (struct sockaddr *)&address, &size) == -1) {
        log_error("Can't listen on %s:%d: %s; try another PORT, from 1024 up, or another ADDRESS",
                  host, port, strerror(errno));
        return -1;
    }
    log_info("Listening on %s:%d", host, ntohs(address.sin_port));
    return fd;
}

/* The usual limit of 1,024 descriptors is there for select's sake: raise it as far as we may, and
 * make the tables that long. A page that is never touched takes no memory. */
static bool create_tables(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        rlim_t soft = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
        while (setrlimit(RLIMIT_NOFILE, &limit) == -1 && limit.rlim_cur > soft) /* as on macOS */
            limit.rlim_cur = limit.rlim_cur / 2 > soft ? limit.rlim_cur / 2 : soft;
        max_descriptors = limit.rlim_cur < MAX_DESCRIPTORS ? (int)limit.rlim_cur : MAX_DESCRIPTORS;
        CONNECTIONS = calloc((size_t)max_descriptors, sizeof(*CONNECTIONS));
        poll_fds = calloc((size_t)max_descriptors, sizeof(*poll_fds));
    }
    if (CONNECTIONS == NULL || poll_fds == NULL) {
        log_error("Can't make a table of all descriptors: %s", strerror(errno));
        return false;
    }
    return true;
}

static void stop(int number)
{
    running = 0;
    signal(number, SIG_DFL); /* a second Ctrl-C kills */
}

/* Serves until stop() is called; a signal that comes just before the wait is seen when that times
 * out. Returns the exit status. */
static int run_server(const char *host, int port)
{
    int listen_socket = create_listen_socket(host, port);

    if (listen_socket == -1 || !create_tables() || !watch(listen_socket, INPUT))
        return EXIT_FAILURE;
    while (running) {
        int ready = poll(poll_fds, (nfds_t)highest_fd + 1, TIMEOUT_S * 1000);
        if (ready == -1 && errno != EINTR) {
            log_error("poll: %s", strerror(errno));
            sleep(1); /* memory may be free again soon; the clients can wait */
        }
        for (int fd = 0; ready > 0; fd++)
            if (poll_fds[fd].revents != 0) {
                handle_events(listen_socket, fd, poll_fds[fd].revents);
                ready--;
            }
        if (paused_at != 0 && paused_at != time(NULL))
            paused_at = watch(listen_socket, INPUT) ? 0 : time(NULL);
    }

    log_info("Stop listening, close all connections");
    close_connection(listen_socket);
    for (int fd = 0; fd < max_descriptors; fd++)
        if (CONNECTIONS[fd].interest != NOTHING)
            close_connection(fd);
    free(poll_fds);
    free(CONNECTIONS);
    return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
    const char *port = argc > 1 ? argv[1] : "9000", *host = argc > 2 ? argv[2] : "127.0.0.1";
    const char *usage = "usage: server [PORT [ADDRESS]], default 9000 127.0.0.1, PORT 0: any free "
                        "one; LOG_LEVEL=DEBUG|INFO|WARNING|ERROR";
    const char *wrong = NULL;
    struct sigaction on_signal = { .sa_handler = stop };
    struct in_addr address;

    if (strcmp(port, "-h") == 0 || strcmp(port, "--help") == 0) {
        printf("%s\n", usage);
        return EXIT_SUCCESS;
    }
    if (!configure_logging("poll"))
        return 2;
    if (port[0] == '\0' || port[strspn(port, "0123456789")] != '\0' || strlen(port) > 5 ||
        atoi(port) > 65535)
        wrong = port;
    else if (inet_pton(AF_INET, host, &address) != 1)
        wrong = host;
    else if (argc > 3)
        wrong = argv[3];
    if (wrong != NULL) {
        fprintf(stderr, "Can't use '%s'; %s\n", printable(wrong, strlen(wrong)), usage);
        return 2;
    }

    sigaction(SIGINT, &on_signal, NULL);
    sigaction(SIGTERM, &on_signal, NULL);
    signal(SIGPIPE, SIG_IGN); /* send() to a closed peer returns EPIPE instead */
    return run_server(host, atoi(port));
}
