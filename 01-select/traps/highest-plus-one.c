/* The first argument of select is not how many descriptors you watch, and not the highest of them:
 * it is the highest plus one. One too few, and the highest is left out, usually the newest client.
 */
#include "trap.h"
#include <sys/select.h>

/* Both clients are in the set; only the newest has sent something. */
static int ready(int first_argument, int old, int newest)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(old, &readable);
    FD_SET(newest, &readable);
    return select(first_argument, &readable, NULL, NULL, &(struct timeval){ 0 });
}

int main(void)
{
    int client, server, newest_client, newest_server;
    claim("the first argument is the highest descriptor plus one: with one less it is not seen");
    tcp_pair(&client, &server);
    tcp_pair(&newest_client, &newest_server);
    need(newest_server > server, "a newest client with the highest descriptor");
    must((int)send(newest_client, "x", 1, 0), "send");
    await(newest_server, POLLIN, "a byte that arrives");

    int right = ready(newest_server + 1, server, newest_server);
    int one_too_few = ready(newest_server, server, newest_server);
    measured("descriptor %d has a byte: select(%d) returns %d, select(%d) returns %d",
             newest_server, newest_server + 1, right, newest_server, one_too_few);
    return remember(right == 1 && one_too_few == 0,
                    "highest + 1, kept up to date at every accept: the mistake is not reported");
}
