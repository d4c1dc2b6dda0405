/* A client says its last words and ends its side of the connection. The event that tells of it says
 * IN and RDHUP at once. A handler that closes at RDHUP throws the words away and resets the client;
 * one that reads until the end serves it. The same at a pipe's HUP. */
#include "../../01-select/traps/trap.h"

enum { PATIENCE_MS = 5000 };
static const char WORDS[] = "last words";

/* A TCP connection whose client sent WORDS and an end; the server's side shows both. */
static void last_words(int *client, int *server)
{
    tcp_pair(client, server);
    need(send(*client, WORDS, sizeof(WORDS), 0) == sizeof(WORDS), "send");
    must(shutdown(*client, SHUT_WR), "shutdown");
    await(*server, POLLRDHUP, "the end of input");
}

int main(void)
{
    char bytes[100];
    int client, server, pipe_fds[2];
    claim("to close at RDHUP before reading loses what was sent before, and resets the client");
    last_words(&client, &server);
    int both = poll_for(server, POLLIN | POLLRDHUP, 0) == (POLLIN | POLLRDHUP);
    close(server); /* the hasty handler */
    await(client, POLLIN, "the server's answer");
    ssize_t hasty = recv(client, bytes, sizeof(bytes), 0);
    int reset = hasty == -1 && errno == ECONNRESET;

    last_words(&client, &server);
    ssize_t read_first = 0, size; /* the patient handler: an echo until the end of input */
    while ((size = recv(server, bytes, sizeof(bytes), 0)) > 0)
        read_first += send(server, bytes, (size_t)size, MSG_NOSIGNAL);
    close(server);
    ssize_t echoed = recv(client, bytes, sizeof(bytes), MSG_WAITALL);

    must(pipe(pipe_fds), "pipe");
    need(write(pipe_fds[1], WORDS, sizeof(WORDS)) == sizeof(WORDS), "write");
    close(pipe_fds[1]);
    int pipe_both = poll_for(pipe_fds[0], POLLIN, PATIENCE_MS) == (POLLIN | POLLHUP);
    ssize_t in_pipe = read(pipe_fds[0], bytes, sizeof(bytes));
    measured("closed at IN + RDHUP: the client gets %s; read first: %zd of %zu bytes come back",
             reset ? "ECONNRESET" : "no reset", echoed, sizeof(WORDS));
    measured("a pipe at %s still held %zd bytes", pipe_both ? "IN + HUP" : "other bits", in_pipe);
    return remember(both && reset && echoed == sizeof(WORDS) && echoed == read_first && pipe_both &&
                        in_pipe == sizeof(WORDS),
                    "at RDHUP or HUP read until the end of input, then close");
}
