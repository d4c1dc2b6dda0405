/* main.c - what a small server needs around its loop, serve(): a socket that listens on 127.0.0.1,
 * on the port that the last argument names, or any. For small.sh, which takes the loops from the
 * notes, and for compare/threads.c. */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

void serve(int listen_socket);

int main(int argc, char *argv[])
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_port = htons((in_port_t)atoi(argv[argc - 1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* accept() hands it on */
    if (bind(fd, (struct sockaddr *)&address, size) == -1 || listen(fd, SOMAXCONN) == -1)
        return perror("Can't listen on this port"), EXIT_FAILURE;
    getsockname(fd, (struct sockaddr *)&address, &size);
    fprintf(stderr, "Listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    serve(fd);
    return EXIT_FAILURE; /* it should not have ended */
}
