/* threads.c - the echo server that everybody asks about: a thread for each client, in blocking
 * calls. compare.sh measures it beside the three, which serve all clients in one thread. */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char buffer[16 * 1024];
    ssize_t size;
    while ((size = recv(fd, buffer, sizeof(buffer), 0)) > 0)
        if (send(fd, buffer, (size_t)size, MSG_NOSIGNAL) != size) /* it blocks until all is taken */
            break;
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    pthread_t thread;
    int listen_socket = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listen_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* accept() hands it on */
    if (bind(listen_socket, (struct sockaddr *)&address, length) == -1 ||
        listen(listen_socket, SOMAXCONN) == -1)
        perror("Can't listen");
    getsockname(listen_socket, (struct sockaddr *)&address, &length);
    fprintf(stderr, "Listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    while ((fd = accept(listen_socket, NULL, NULL)) != -1 &&
           pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
        pthread_detach(thread);
    perror("Can't accept a client or start its thread");
    return EXIT_FAILURE;
}
