/* threads.c - the echo server that everybody asks about: a thread for each client, in blocking
 * calls. compare.sh measures it beside the three, which serve all clients in one thread. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

void serve(int listen_socket); /* called by ../test/main.c */

static void *serve_client(void *argument)
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

void serve(int listen_socket)
{
    pthread_t thread;
    int fd;
    while ((fd = accept(listen_socket, NULL, NULL)) != -1 &&
           pthread_create(&thread, NULL, serve_client, (void *)(intptr_t)fd) == 0)
        pthread_detach(thread);
    perror("Can't accept a client or start its thread");
}
