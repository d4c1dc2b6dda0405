/* The kernel shakes hands with clients before accept() sees them, and queues them. A SYN that finds
 * the queue full gets no answer, not even no: connect() hangs, and a second later it is sent again.
 * (SYNs that come together, before the queue is full, are all answered: then more clients believe
 * that they are connected than accept() will find.) */
#include "trap.h"
#include <netinet/tcp.h>
#include <stddef.h>

enum { BACKLOG = 3, HELD = BACKLOG + 1, CLIENTS = 6, MOMENTS = 800 }; /* of 10 ms */

/* Of a listening socket: tcpi_unacked is its queue's length, tcpi_sacked its backlog. */
static struct tcp_info info_of(int fd)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);
    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
    need(size > offsetof(struct tcp_info, tcpi_total_retrans), "a TCP_INFO that is long enough");
    return info;
}

/* Starts a connect() and does not wait for its end. */
static int start_client(const struct sockaddr_in *at)
{
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    need(connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 || errno == EINPROGRESS,
         "connect");
    return fd;
}

static int sent_again(int fd)
{
    struct tcp_info info = info_of(fd);
    return info.tcpi_state == TCP_SYN_SENT && info.tcpi_total_retrans > 0;
}

int main(void)
{
    int client[CLIENTS], repeating = 0, connected = 0;
    struct sockaddr_in at;
    claim("listen(fd, n) queues n + 1 clients; a connect that finds the queue full gets no answer");
    int listening = tcp_listen(BACKLOG, &at);
    need(info_of(listening).tcpi_sacked == BACKLOG, "this backlog"); /* net.core.somaxconn */
    for (unsigned i = 0; i < HELD; i++) {
        client[i] = start_client(&at);
        for (int moment = 0; info_of(listening).tcpi_unacked <= i && moment < MOMENTS; moment++)
            usleep(10000);
        need(info_of(listening).tcpi_unacked == i + 1 || sent_again(client[i]), "one more client");
    }
    for (int i = HELD; i < CLIENTS; i++) {
        client[i] = start_client(&at);
        for (int moment = 0; !sent_again(client[i]) && moment < MOMENTS / 4; moment++)
            usleep(10000);
        repeating += sent_again(client[i]);
    }
    unsigned queued = info_of(listening).tcpi_unacked;
    measured("listen(fd, %d), %d clients: %u in the queue, %d sent a second SYN", BACKLOG, CLIENTS,
             queued, repeating);
    for (unsigned i = 0; i < queued; i++)
        must(accept(listening, NULL, NULL), "accept");
    for (int i = HELD; i < CLIENTS; i++)
        connected += poll_for(client[i], POLLOUT, 4000) == POLLOUT;
    measured("after accept() of these %u: %d of the others connected", queued, connected);
    return remember(
        queued == HELD && repeating == CLIENTS - HELD,
        "a full queue costs a client a second or more: ask for a large backlog, accept faster");
}
