/* wrong.c - an echo server that is wrong in one way, to see that scripts/grade.sh finds it out.
 *
 * usage: wrong drops|closes|spins|deaf|mute|six PORT
 *   drops   the rest of a partial send       closes  at the end of input, though bytes are pending
 *   spins   always asks for room for output  deaf    ignores SIGTERM
 *   mute    sends nothing back             six     listens on IPv6 only */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX = 4096, SIZE = 64 * 1024 };

static struct connection {
    char pending[SIZE];
    size_t size; /* of what is pending */
} connections[MAX];
static int epoll_fd;
static bool drops, closes, spins, mute;

static void watch(int operation, int fd)
{
    struct connection *c = &connections[fd];
    /* To close at once it has to hear of the end while bytes are pending. */
    uint32_t events = c->size == 0 ? EPOLLIN : closes ? EPOLLOUT | EPOLLRDHUP : EPOLLOUT;
    struct epoll_event event = { .events = events | (spins ? EPOLLOUT : 0), .data.fd = fd };
    epoll_ctl(epoll_fd, operation, fd, &event);
}

/* Returns false when the connection is over. */
static bool echo(struct connection *c, int fd, uint32_t events)
{
    if (c->size == 0 && (events & ~(uint32_t)EPOLLOUT) != 0) {
        ssize_t got = recv(fd, c->pending, SIZE, 0);
        if (got <= 0) return got == -1 && errno == EAGAIN;
        c->size = mute ? 0 : (size_t)got;
    }
    if (closes && c->size > 0 && (events & EPOLLRDHUP) != 0) return false;
    if (c->size == 0) return true;
    ssize_t sent = send(fd, c->pending, c->size, MSG_NOSIGNAL);
    if (sent == -1 && errno != EAGAIN) return false;
    c->size = drops ? 0 : c->size - (sent > 0 ? (size_t)sent : 0);
    memmove(c->pending, c->pending + (sent > 0 ? sent : 0), c->size);
    return true;
}

int main(int argc, char *argv[])
{
    const char *fault = argc == 3 ? argv[1] : "";
    bool six = strcmp(fault, "six") == 0;
    struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
    struct sockaddr_in local = { .sin_family = AF_INET };
    int on = 1, bytes = 16 * 1024,
        fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    drops = strcmp(fault, "drops") == 0;
    closes = strcmp(fault, "closes") == 0;
    spins = strcmp(fault, "spins") == 0;
    mute = strcmp(fault, "mute") == 0;
    if (strcmp(fault, "deaf") == 0) signal(SIGTERM, SIG_IGN);
    any.sin6_port = local.sin_port = htons((in_port_t)atoi(argc == 3 ? argv[2] : "0"));
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (closes) /* the kernel's larger buffers would take what is pending in most cases */
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    if (bind(fd, six ? (struct sockaddr *)&any : (struct sockaddr *)&local,
             six ? sizeof(any) : sizeof(local)) == -1 ||
        listen(fd, 4096) == -1)
        return EXIT_FAILURE;
    epoll_fd = epoll_create1(0);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd,
              &(struct epoll_event){ .events = EPOLLIN, .data.fd = fd });
    for (struct epoll_event event;;) {
        if (epoll_wait(epoll_fd, &event, 1, -1) != 1) continue;
        int client = event.data.fd;
        if (client == fd) {
            client = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
            if (client >= MAX)
                close(client);
            else if (client >= 0)
                watch(EPOLL_CTL_ADD, client);
            else if (errno == EMFILE)
                usleep(100 * 1000); /* no way to live, but no spin */
        } else if (echo(&connections[client], client, event.events)) {
            watch(EPOLL_CTL_MOD, client);
        } else {
            connections[client].size = 0;
            close(client);
        }
    }
}
