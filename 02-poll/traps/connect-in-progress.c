/* A non-blocking connect() only starts. While it is under way the socket shows nothing; when it is
 * over the socket is writable, whichever way it ended. SO_ERROR tells which, and only once. So a
 * connect with a timeout is four calls: connect, poll, getsockopt, and close if it came to nothing.
 */
#include "../../01-select/traps/trap.h"

enum { TIMEOUT_MS = 100, ASKED = POLLIN | POLLPRI | POLLOUT | POLLRDHUP };

static int start_connect(const struct sockaddr_in *at)
{
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    int done = connect(fd, (const struct sockaddr *)at, sizeof(*at));
    need(done == -1 && errno == EINPROGRESS, "a connect() that takes its time");
    return fd;
}

static int error_of(int fd)
{
    int error = -1;
    socklen_t size = sizeof(error);
    must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    return error;
}

int main(void)
{
    struct sockaddr_in at, nobody = { .sin_family = AF_INET };
    socklen_t size = sizeof(nobody);
    claim("the socket of a TCP connect() that is over is writable, whichever way; SO_ERROR tells "
          "which, once");
    int listening = tcp_listen(0, &at), bound = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(bound, (struct sockaddr *)&nobody, size),
         "bind"); /* a port of ours, but no listen() */
    must(getsockname(bound, (struct sockaddr *)&nobody, &size), "getsockname");

    int good = start_connect(&at);
    await(listening, POLLIN, "a client in the queue");
    int pending = start_connect(&at); /* the queue is full: nobody answers this one, for a while */
    int refused = start_connect(&nobody);
    await(good, POLLOUT, "the end of the first connect()");
    await(refused, POLLOUT, "the end of the second connect()");

    int writable = (poll_for(good, ASKED, 0) == POLLOUT) +
                   ((poll_for(refused, ASKED, 0) & (POLLOUT | POLLERR)) == (POLLOUT | POLLERR));
    int none = error_of(good), first = error_of(refused), second = error_of(refused);
    int nothing = poll_for(pending, ASKED, TIMEOUT_MS) == 0;
    measured("SO_ERROR of the refused one %d (%s), then %d; of the other one %d", first,
             strerror(first), second, none);
    measured("writable when over: %d of 2; while under way: %s", writable,
             nothing ? "no bit" : "bits");
    return remember(writable == 2 && none == 0 && first == ECONNREFUSED && second == 0 && nothing,
                    "when a connect() has become writable, ask SO_ERROR before you send");
}
