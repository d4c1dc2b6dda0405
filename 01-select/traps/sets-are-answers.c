/* The sets go in as the question and come out as the answer. If you hand the answer in again,
 * you ask about less and less. If you read it after an error, you read the question. */
#include "trap.h"
#include <sys/select.h>

enum { CALLS = 1000 };

static fd_set set_of(int fd, int other)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    FD_SET(other, &set);
    return set;
}

static int ask(int highest, fd_set *readable)
{
    return select(highest + 1, readable, NULL, NULL, &(struct timeval){ 0 });
}

int main(void)
{
    int client, server, heard_kept = 0, heard_rebuilt = 0;
    claim("select writes its answer into your sets: not rebuilt, the loop goes deaf");
    tcp_pair(&client, &server);
    fd_set kept = set_of(server, server), rebuilt;
    need(ask(server, &kept) == 0, "a wait with nothing to read");
    must((int)send(client, "x", 1, 0), "send");
    await(server, POLLIN, "a byte that arrives");
    for (int i = 0; i < CALLS; i++) {
        rebuilt = set_of(server, server);
        heard_rebuilt += ask(server, &rebuilt);
        heard_kept += ask(server, &kept);
    }
    measured("a byte waits: heard by %d of %d calls, with the sets rebuilt by %d", heard_kept,
             CALLS, heard_rebuilt);

    int closed = must(dup(server), "dup"), idle = client;
    close(closed);
    fd_set failed = set_of(idle, closed);
    int result = ask(closed, &failed), lies = FD_ISSET(idle, &failed) != 0;
    int nothing = recv(idle, &(char){ 0 }, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
    measured(
        "with a closed descriptor select returns %d, and FD_ISSET of a silent client is still %d",
        result, lies);
    return remember(heard_kept == 0 && heard_rebuilt == CALLS && result == -1 && lies && nothing,
                    "rebuild the sets before every call, and look at them only if it returns > 0");
}
