/* send() copies into the socket's buffer. If not all of it fits, a non-blocking socket says how
 * much did; a blocking one keeps the caller, and with it all the other clients, till the peer
 * reads. */
#include "trap.h"
#include <sys/time.h>

/* Far more than the buffers hold that are set here. */
static char message[8 << 20];

static void interrupt(int signal_number)
{
    (void)signal_number;
}

/* Nobody reads at the other end. Returns what send() returns; a timer ends it if it sleeps. */
static int send_to_slow_reader(int flags, int buffer)
{
    int client, server;
    struct itimerval every_50_ms = { { .tv_usec = 50000 }, { .tv_usec = 50000 } }, never = { 0 };
    tcp_pair(&client, &server);
    if (buffer > 0) {
        must(setsockopt(server, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)), "SO_SNDBUF");
        must(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)), "SO_RCVBUF");
    }
    must(fcntl(server, F_SETFL, flags), "fcntl");
    if (!(flags & O_NONBLOCK)) must(setitimer(ITIMER_REAL, &every_50_ms, NULL), "setitimer");
    int sent = must((int)send(server, message, sizeof(message), 0), "send");
    must(setitimer(ITIMER_REAL, &never, NULL), "setitimer");
    close(server);
    close(client);
    return sent;
}

int main(void)
{
    const int all = sizeof(message);
    claim("send() takes what fits and says how much; a blocking one sleeps until all fits");
    must(sigaction(SIGALRM, &(struct sigaction){ .sa_handler = interrupt }, NULL), "sigaction");
    int sent = send_to_slow_reader(O_NONBLOCK, 65536), until_alarm = send_to_slow_reader(0, 65536);
    measured("non-blocking: %d of %d bytes; blocking: %d, then it %s", sent, all, until_alarm,
             until_alarm < all ? "slept until a signal" : "returned");
    measured("with this system's own buffers: %d bytes", send_to_slow_reader(O_NONBLOCK, 0));
    return remember(sent > 0 && sent < all && until_alarm > 0 && until_alarm < all,
                    "keep what send() did not take, and send it when the descriptor is writable");
}
