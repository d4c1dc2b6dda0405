/* Two good ideas that don't fit together: Nagle's algorithm holds a small second piece until the
 * first is acknowledged, and the client's delayed ACK waits for data that it can travel with. */
#include "../../scripts/traps/trap.h"
#include <netinet/tcp.h>
#include <time.h>

enum { ROUNDS = 10, MESSAGE = 1500, DOCUMENTS_RECV = 1024, LONG_MS = 20 };

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* One message there, and back in pieces: how long does the client wait? */
static double echo_ms(int client, int server, size_t piece)
{
    char message[MESSAGE] = "hello";
    double start = now_ms();
    send(client, message, MESSAGE, 0);
    for (ssize_t echoed = 0, n; echoed < MESSAGE; echoed += n) {
        need((n = recv(server, message, piece, 0)) > 0, "recv");
        send(server, message, (size_t)n, 0);
    }
    need(recv(client, message, MESSAGE, MSG_WAITALL) == MESSAGE, "the whole echo");
    return now_ms() - start;
}

/* How many of ROUNDS messages took long? Half of the delayed ACK's 40 ms is long. */
static int late_messages(int no_delay, size_t piece, double *last_ms)
{
    int client, server, late = 0;
    tcp_pair(&client, &server);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
    echo_ms(client, server, piece); /* a new connection's first ACK is not delayed */
    for (int i = 0; i < ROUNDS; i++)
        late += (*last_ms = echo_ms(client, server, piece)) > LONG_MS;
    return late;
}

int main(void)
{
    double ms, no_delay_ms, whole_ms;
    claim("echoing in pieces without TCP_NODELAY costs about 40 ms a message");
    int late = late_messages(0, DOCUMENTS_RECV, &ms);
    int no_delay = late_messages(1, DOCUMENTS_RECV, &no_delay_ms);
    int whole = late_messages(0, MESSAGE, &whole_ms);
    measured("%d of %d messages late (%.0f ms), with TCP_NODELAY %d (%.2f ms)", late, ROUNDS, ms,
             no_delay, no_delay_ms);
    measured("echoed in one piece, without TCP_NODELAY: %d (%.2f ms)", whole, whole_ms);
    return remember(late > ROUNDS / 2 && no_delay < ROUNDS / 2 && whole < ROUNDS / 2,
                    "set TCP_NODELAY where an answer may take more than one send()");
}
