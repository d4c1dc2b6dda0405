/* The third set sounds like errors. On TCP it is for the urgent byte; an error makes a socket
 * readable and writable: the next recv() or send() will not block, it has the error to report.
 * (Elsewhere the set is for other news, such as a terminal's packet mode; for errors no POSIX
 * system needs it.) */
#include "trap.h"
#include <sys/select.h>

enum { READABLE = 1, WRITABLE = 2, EXCEPT = 4 };

/* Waits for input or the urgent byte, then asks which of the three sets fd is in. */
static int sets_with(int fd)
{
    fd_set readable, writable, except;
    await(fd, POLLIN | POLLPRI, "an event");
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    except = writable = readable;
    must(select(fd + 1, &readable, &writable, &except, &(struct timeval){ 0 }), "select");
    return (FD_ISSET(fd, &readable) ? READABLE : 0) | (FD_ISSET(fd, &writable) ? WRITABLE : 0) |
           (FD_ISSET(fd, &except) ? EXCEPT : 0);
}

static const char *names(int sets)
{
    static const char *const name[] = {
        "none",   "readable",        "writable",        "readable+writable",
        "except", "readable+except", "writable+except", "all three"
    };
    return name[sets];
}

int main(void)
{
    int client, server;
    claim("on TCP the third set is for the urgent byte; a reset is readable and writable");
    tcp_pair(&client, &server);
    must((int)send(client, "!", 1, MSG_OOB), "send the urgent byte");
    int urgent = sets_with(server);
    need(recv(server, &(char){ 0 }, 1, MSG_OOB) == 1, "an urgent byte (net.ipv4.tcp_stdurg?)");

    tcp_pair(&client, &server);
    tcp_reset(client);
    int reset = sets_with(server);
    int failed = recv(server, &(char){ 0 }, 1, 0) == -1 && errno == ECONNRESET;
    measured("urgent byte: %s; reset: %s", names(urgent), names(reset));
    return remember(urgent == (WRITABLE | EXCEPT) && reset == (READABLE | WRITABLE) && failed,
                    "leave the third set NULL, unless you use MSG_OOB; errors come without it");
}
