/* Two good ideas that don't fit together: Nagle's algorithm holds a small second piece until the
 * first is acknowledged, and the client's delayed ACK waits for data that it can travel with: on
 * Linux by default some 40 ms. */
#include "trap.h"
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <time.h>

#define NOT_SENT 0x894b                             /* SIOCOUTQNSD, which not every libc has */
enum { ROUNDS = 10, MESSAGE = 1500, PIECE = 1024 }; /* PIECE: a server's recv() buffer */

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Does TCP keep a piece back until the first ACK for this message has come? */
static int waits_for_ack(int fd)
{
    int not_sent, not_acknowledged, kept = 0;
    do {
        must(ioctl(fd, NOT_SENT, &not_sent), "the bytes that are not sent yet");
        must(ioctl(fd, TIOCOUTQ, &not_acknowledged), "the bytes that are not acknowledged yet");
        kept = kept || not_sent > 0;
    } while (not_sent > 0 && not_acknowledged == MESSAGE && usleep(100) == 0);
    return kept && not_acknowledged < MESSAGE;
}

/* One message there, and back in pieces. */
static int echo_waits(int client, int server, int piece)
{
    char message[MESSAGE] = "hello";
    int off = 0; /* the client delays its ACKs, whatever the kernel guesses of the dialogue */
    must(setsockopt(client, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off)), "TCP_QUICKACK");
    need(send(client, message, MESSAGE, 0) == MESSAGE, "send");
    for (int left = MESSAGE; left > 0; left -= piece) {
        size_t size = (size_t)(left < piece ? left : piece);
        need(recv(server, message, size, MSG_WAITALL) == (ssize_t)size, "recv");
        need(send(server, message, size, 0) == (ssize_t)size, "send");
    }
    int waits = waits_for_ack(server);
    need(recv(client, message, MESSAGE, MSG_WAITALL) == MESSAGE, "the whole echo");
    return waits;
}

/* How many of ROUNDS waited for an ACK? The time is told, not judged. */
static int count_waits(int no_delay, int piece, double *ms)
{
    int client, server, waits = 0, segment;
    socklen_t size = sizeof(segment);
    tcp_pair(&client, &server);
    must(getsockopt(server, IPPROTO_TCP, TCP_MAXSEG, &segment, &size), "TCP_MAXSEG");
    need(piece > PIECE || piece < segment, "a first piece that fits in one segment");
    must(setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay)), "TCP_NODELAY");
    echo_waits(client, server, piece); /* a new connection's first ACK is not delayed */
    double start = now_ms();
    for (int i = 0; i < ROUNDS; i++)
        waits += echo_waits(client, server, piece);
    *ms = (now_ms() - start) / ROUNDS;
    return waits;
}

int main(void)
{
    double ms, no_delay_ms, whole_ms;
    claim("without TCP_NODELAY an echo's small second piece waits until its first is acknowledged");
    int waits = count_waits(0, PIECE, &ms);
    int no_delay = count_waits(1, PIECE, &no_delay_ms);
    int whole = count_waits(0, MESSAGE, &whole_ms);
    measured("%d of %d echoes waited (%.0f ms each), with TCP_NODELAY %d (%.2f ms)", waits, ROUNDS,
             ms, no_delay, no_delay_ms);
    measured("echoed in one piece, without TCP_NODELAY: %d (%.2f ms)", whole, whole_ms);
    return remember(waits > ROUNDS / 2 && no_delay < ROUNDS / 2 && whole < ROUNDS / 2,
                    "set TCP_NODELAY where an answer may take more than one send()");
}
