/* send() copies into the socket's buffer. If not all of it fits, a nonblocking socket says how much
 * did; a blocking one keeps the caller, and with it all the other clients, till the peer reads. */
#include "../../scripts/traps/trap.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

/* More than the buffers of a connection hold: over loopback these are some 4 MiB. */
static char message[64 << 20];

static void interrupt(int signal_number)
{
    (void)signal_number;
}

/* Nobody reads at the other end. Returns what send() returns; a timer ends it if it sleeps. */
static ssize_t send_to_slow_reader(int flags)
{
    int client, server;
    struct itimerval every_50_ms = { { .tv_usec = 50000 }, { .tv_usec = 50000 } }, never = { 0 };
    tcp_pair(&client, &server);
    fcntl(server, F_SETFL, flags);
    if (!(flags & O_NONBLOCK))
        setitimer(ITIMER_REAL, &every_50_ms, NULL);
    ssize_t sent = send(server, message, sizeof(message), 0);
    setitimer(ITIMER_REAL, &never, NULL);
    close(server);
    close(client);
    return sent;
}

int main(void)
{
    const ssize_t all = sizeof(message);
    claim("send() takes what fits and says how much; on a blocking socket it does not return");
    sigaction(SIGALRM, &(struct sigaction){ .sa_handler = interrupt }, NULL);
    ssize_t sent = send_to_slow_reader(O_NONBLOCK), until_alarm = send_to_slow_reader(0);
    measured("nonblocking: %zd of %zd bytes; blocking: %zd, then it %s", sent, all, until_alarm,
             until_alarm < all ? "sleeps" : "returns");
    return remember(sent > 0 && sent < all && until_alarm > 0 && until_alarm < all,
                    "keep what send() did not take, and send it when the descriptor is writable");
}
