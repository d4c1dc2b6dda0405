/* The kernel shakes hands with clients before accept() sees them, and queues them. If the queue is
 * full it says nothing, not even no: connect() hangs, and its SYN is sent again a second later. */
#include "../../scripts/traps/trap.h"
#include <netinet/tcp.h>
#include <time.h>

enum { BACKLOG = 3, CLIENTS = 6, MOMENTS = 700 }; /* of 10 ms */

/* Starts a connect() and does not wait for its end. */
static int start_client(const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    need(connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 || errno == EINPROGRESS,
         "connect");
    return fd;
}

/* How many clients are connected a moment later, and how many sent another SYN into the silence? */
static int count_connected(const int *client, int *repeating)
{
    int connected = *repeating = 0;
    nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    for (int i = 0; i < CLIENTS; i++) {
        struct tcp_info now;
        socklen_t size = sizeof(now);
        need(getsockopt(client[i], IPPROTO_TCP, TCP_INFO, &now, &size) == 0, "TCP_INFO");
        connected += now.tcpi_state == TCP_ESTABLISHED;
        *repeating += now.tcpi_state == TCP_SYN_SENT && now.tcpi_total_retrans > 0;
    }
    return connected;
}

int main(void)
{
    int client[CLIENTS], held = 0, repeating = 0, connected = 0, nobody;
    struct sockaddr_in at;
    claim("listen(fd, n) holds n + 1 clients; more are not refused: they hang and try again");
    int listening = tcp_listen(BACKLOG, &at);
    for (int i = 0; i < CLIENTS; i++)
        client[i] = start_client(&at);
    for (int i = 0; held + repeating < CLIENTS && i < MOMENTS; i++)
        held = count_connected(client, &repeating);
    for (int i = 0; i < held; i++)
        need(accept(listening, NULL, NULL) != -1, "accept");
    for (int i = 0; connected < CLIENTS && i < MOMENTS; i++)
        connected = count_connected(client, &nobody);
    measured("listen(fd, %d), %d clients: %d connected, %d sent a second SYN", BACKLOG, CLIENTS,
             held, repeating);
    measured("after accept() of these %d: %d connected", held, connected);
    return remember(held == BACKLOG + 1 && repeating == CLIENTS - held && connected == CLIENTS,
                    "a full queue costs a client a second: ask for a backlog of SOMAXCONN");
}
