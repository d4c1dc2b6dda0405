/* wrong.c - an echo server that is wrong in one way, to see that scripts/grade.sh finds it out. It
 * has a thread for each client.
 *
 * usage: wrong drops|closes|spins|deaf|six PORT
 *   drops   the rest of a partial send       closes  at the end of input, though bytes are pending
 *   spins   always asks for room for output  deaf    ignores SIGTERM
 *   six     listens on IPv6 only */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool drops, closes, spins;

static short wait_for(int fd, int events)
{
    struct pollfd ready = { .fd = fd, .events = (short)events };
    return poll(&ready, 1, -1) == 1 ? ready.revents : POLLERR;
}

/* Returns whether the connection goes on. */
static bool send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        /* Who closes at once has to hear of the end while bytes are pending. */
        if (closes && (wait_for(fd, POLLOUT | POLLRDHUP) & POLLRDHUP)) return false;
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL | (drops || closes ? MSG_DONTWAIT : 0));
        if (drops) return true;
        if (sent == -1) return false;
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void *serve(void *argument)
{
    char data[64 * 1024];
    int fd = (int)(intptr_t)argument;

    for (ssize_t size = 1; size > 0;) {
        if (wait_for(fd, POLLIN | (spins ? POLLOUT : 0)) == POLLOUT) continue;
        size = recv(fd, data, sizeof(data), 0);
        if (size > 0 && !send_all(fd, data, (size_t)size)) break;
    }
    close(fd);
    return NULL;
}

int main(int argc, char *argv[])
{
    const char *fault = argc == 3 ? argv[1] : "";
    in_port_t port = htons((in_port_t)atoi(argc == 3 ? argv[2] : "0"));
    struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = port };
    struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = port };
    bool six = strcmp(fault, "six") == 0;
    int on = 1, bytes = 16 * 1024, fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

    drops = strcmp(fault, "drops") == 0;
    closes = strcmp(fault, "closes") == 0;
    spins = strcmp(fault, "spins") == 0;
    if (strcmp(fault, "deaf") == 0) signal(SIGTERM, SIG_IGN);
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (closes) /* the kernel's larger buffers would take what is pending in most cases */
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    if (bind(fd, six ? (struct sockaddr *)&any : (struct sockaddr *)&local,
             six ? sizeof(any) : sizeof(local)) == -1 ||
        listen(fd, 4096) == -1)
        return EXIT_FAILURE;
    for (;;) {
        pthread_t thread;
        int client = accept(fd, NULL, NULL);
        if (client == -1)
            usleep(100 * 1000); /* no way to live, but no spin */
        else if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) != 0)
            close(client);
        else
            pthread_detach(thread);
    }
}
