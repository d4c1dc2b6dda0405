/* Two good ideas that don't fit together: Nagle's algorithm holds a small second piece until the
 * first is acknowledged, and the client's delayed ACK waits for data that it can travel with: on
 * Linux by default some 40 ms. */
#include "../../scripts/traps/trap.h"
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <time.h>

#define NOT_SENT 0x894b /* SIOCOUTQNSD, which not every libc has */

enum { ROUNDS = 10, MESSAGE = 1500, DOCUMENTS_RECV = 1024 };

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* One message there, and back in pieces. Returns the bytes that the server's TCP holds back. */
static int echo(int client, int server, int piece)
{
    char message[MESSAGE] = "hello";
    int held = 0;
    need(send(client, message, MESSAGE, 0) == MESSAGE, "send");
    for (int left = MESSAGE; left > 0; left -= piece) {
        size_t size = (size_t)(left < piece ? left : piece);
        need(recv(server, message, size, MSG_WAITALL) == (ssize_t)size, "recv");
        need(send(server, message, size, 0) == (ssize_t)size, "send");
    }
    must(ioctl(server, NOT_SENT, &held), "the bytes that are not sent yet");
    need(recv(client, message, MESSAGE, MSG_WAITALL) == MESSAGE, "the whole echo");
    return held;
}

/* In how many of ROUNDS did TCP hold a piece back? The time is told, not judged. */
static int held_back(int no_delay, int piece, double *ms)
{
    int client, server, held = 0;
    tcp_pair(&client, &server);
    must(setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay)), "TCP_NODELAY");
    echo(client, server, piece); /* a new connection's first ACK is not delayed */
    double start = now_ms();
    for (int i = 0; i < ROUNDS; i++)
        held += echo(client, server, piece) > 0;
    *ms = (now_ms() - start) / ROUNDS;
    return held;
}

int main(void)
{
    double ms, no_delay_ms, whole_ms;
    claim("without TCP_NODELAY an echo's second piece waits for the ACK of its first");
    int held = held_back(0, DOCUMENTS_RECV, &ms);
    int no_delay = held_back(1, DOCUMENTS_RECV, &no_delay_ms);
    int whole = held_back(0, MESSAGE, &whole_ms);
    measured("held back in %d of %d echoes (%.0f ms each), with TCP_NODELAY in %d (%.2f ms)", held,
             ROUNDS, ms, no_delay, no_delay_ms);
    measured("echoed in one piece, without TCP_NODELAY: in %d (%.2f ms)", whole, whole_ms);
    return remember(held > 0 && no_delay == 0 && whole == 0,
                    "set TCP_NODELAY where an answer may take more than one send()");
}
