/* server.c - chapter 1: a TCP echo server on select.
 *
 * We keep the interest set, as bit maps of descriptors. select() overwrites what it is given with
 * its answer, so each wait gets fresh copies, and we look through them for the ready descriptors.
 * A bit map has room for descriptors below FD_SETSIZE, and no more. */
#define _POSIX_C_SOURCE 200809L
#include "../common/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTION_BACKLOG 4096 /* the kernel lowers it to its own limit */
#define MAX_ACCEPTS_PER_EVENT 64    /* a flood of new clients must not starve the others */
#define BUFFER_SIZE (64 * 1024)
#define TIMEOUT_S 1

/* What we wait for on a descriptor: input, or room for output while bytes are pending. Never both,
 * so a client that does not read is not read from: it stops only itself and costs us 64 KiB. */
enum interest { NOTHING, INPUT, OUTPUT };

struct connection {
    enum interest interest; /* NOTHING: the slot is free */
    char *pending;          /* bytes that the socket has not taken yet, or NULL */
    size_t pending_size;
};

static struct connection CONNECTIONS[FD_SETSIZE]; /* indexed by descriptor, as in the document */
static char buffer[BUFFER_SIZE]; /* one for all: nothing stays in it from event to event */
static time_t paused_at;         /* since when we do not accept; 0: we do */
static volatile sig_atomic_t running = 1;

static fd_set rlist_in, wlist_in;   /* the interest set */
static fd_set rlist_out, wlist_out; /* select()'s answer */
static int highest_fd = -1;

/* FD_SET() does not check: with a higher descriptor it would write behind the bit map. */
static bool watch(int fd, enum interest interest)
{
    if (fd >= FD_SETSIZE) {
        log_warning("Can't watch fd %d: select's sets end at FD_SETSIZE, %d", fd, FD_SETSIZE);
        return false;
    }
    FD_CLR(fd, &rlist_in);
    FD_CLR(fd, &wlist_in);
    FD_SET(fd, interest == OUTPUT ? &wlist_in : &rlist_in);
    CONNECTIONS[fd].interest = interest;
    if (fd > highest_fd)
        highest_fd = fd;
    return true;
}

/* Comes before close(): with a closed descriptor in the sets select() fails for all of them. */
static void unwatch(int fd)
{
    FD_CLR(fd, &rlist_in);
    FD_CLR(fd, &wlist_in);
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
static void handle_events(int listen_socket, int events_fd)
{
    if (events_fd == listen_socket) {
        for (int i = 0; i < MAX_ACCEPTS_PER_EVENT; i++) {
            struct sockaddr_in address = { 0 };
            char host[INET_ADDRSTRLEN];
            int conn_fd = accept_connection(listen_socket, &address);
            if (conn_fd == -1)
                break;
            inet_ntop(AF_INET, &address.sin_addr, host, sizeof(host));
            log_debug("New connection %d from %s:%d", conn_fd, host, ntohs(address.sin_port));
        }
    } else if (CONNECTIONS[events_fd].pending != NULL) {
        send_data(events_fd, CONNECTIONS[events_fd].pending, CONNECTIONS[events_fd].pending_size);
    } else {
        ssize_t size = recv(events_fd, buffer, sizeof(buffer), 0);
        if (size > 0) {
            log_debug("Receive data:%s from %d", printable(buffer, (size_t)size), events_fd);
            send_data(events_fd, buffer, (size_t)size);
        } else if (size == 0) {
            log_debug("Receive bye from %d", events_fd);
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

    if (listen_socket == -1 || !watch(listen_socket, INPUT))
        return EXIT_FAILURE;
    while (running) {
        struct timeval timeout = { .tv_sec = TIMEOUT_S }; /* select() may overwrite this, too */
        rlist_out = rlist_in;
        wlist_out = wlist_in;
        int ready = select(highest_fd + 1, &rlist_out, &wlist_out, NULL, &timeout);
        if (ready == -1 && errno != EINTR) {
            log_error("select: %s", strerror(errno));
            sleep(1); /* memory may be free again soon; the clients can wait */
        }
        for (int fd = 0; ready > 0; fd++) /* ready counts bits; no fd has two, see enum interest */
            if (FD_ISSET(fd, &rlist_out) || FD_ISSET(fd, &wlist_out)) {
                handle_events(listen_socket, fd);
                ready--;
            }
        if (paused_at != 0 && paused_at != time(NULL))
            paused_at = watch(listen_socket, INPUT) ? 0 : time(NULL);
    }

    log_info("Stop listening, close all connections");
    close_connection(listen_socket);
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        if (CONNECTIONS[fd].interest != NOTHING)
            close_connection(fd);
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
    if (!configure_logging("select"))
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
