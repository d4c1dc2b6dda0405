/* The third set sounds like errors, but it is for TCP's urgent byte. An error makes a descriptor
 * readable and writable: the next recv() or send() will not block, it has the error to report. */
#include "../../scripts/traps/trap.h"
#include <sys/select.h>

enum { READABLE = 1, WRITABLE = 2, EXCEPT = 4 };

/* Waits for input or the urgent byte, then asks which of the three sets fd is in. */
static int sets_with(int fd)
{
    fd_set readable, writable, except;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    except = readable;
    need(select(fd + 1, &readable, NULL, &except, &(struct timeval){ .tv_sec = 5 }) > 0,
         "an event");
    FD_SET(fd, &readable);
    except = writable = readable;
    select(fd + 1, &readable, &writable, &except, &(struct timeval){ 0 });
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
    struct linger drop_it = { .l_onoff = 1, .l_linger = 0 };
    claim("the third set is for the urgent byte; an error comes as readable and writable");
    tcp_pair(&client, &server);
    send(client, "!", 1, MSG_OOB);
    int urgent = sets_with(server);

    tcp_pair(&client, &server);
    setsockopt(client, SOL_SOCKET, SO_LINGER, &drop_it, sizeof(drop_it));
    close(client); /* with no time to linger: a reset */
    int reset = sets_with(server);
    int failed = recv(server, &(char){ 0 }, 1, 0) == -1 && errno == ECONNRESET;
    measured("urgent byte: %s; reset: %s", names(urgent), names(reset));
    return remember(urgent == (WRITABLE | EXCEPT) && reset == (READABLE | WRITABLE) && failed,
                    "leave the third set NULL, unless you use MSG_OOB; errors come without it");
}
