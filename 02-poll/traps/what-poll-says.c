/* One happening, three reports, each asked for everything: select's sets (read, write, except),
 * poll's bits and epoll's bits. Each row() is told what to expect; epoll never says NVAL. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

enum { ROWS = 12, ALL = POLLIN | POLLPRI | POLLOUT | POLLRDHUP }; /* epoll's bits are the same */
static int as_expected;

static void print_bits(int bits)
{
    const char *names[] = { "IN", "PRI", "OUT", "ERR", "HUP", "NVAL", [13] = "RDHUP" };
    int width = 0;
    for (int bit = 0; bit <= 13; bit++)
        if (bits & 1 << bit)
            width += printf("%s ", names[bit]);
    printf("%-*s", 22 - width, bits == 0 ? "-" : "");
}

static void row(const char *happening, int fd, const char *sets, int bits)
{
    char seen[6];
    fd_set in, out, except;
    struct pollfd entry = { .fd = fd, .events = ALL };
    struct epoll_event event = { .events = ALL };
    for (int tries = 0; poll(&entry, 1, 0) != -1 && entry.revents != bits && tries < 20; tries++)
        poll(NULL, 0, tries); /* what happened may still be on its way */
    FD_ZERO(&in);
    FD_SET(fd, &in);
    out = except = in;
    int ready = select(fd + 1, &in, &out, &except, &(struct timeval){ 0 });
    sprintf(seen, ready == -1 ? "fails" : "%c%c%c", FD_ISSET(fd, &in) ? 'r' : '-',
            FD_ISSET(fd, &out) ? 'w' : '-', FD_ISSET(fd, &except) ? 'x' : '-');
    int epoll_fd = epoll_create1(0);
    need(epoll_fd != -1, "epoll_create1");
    int taken = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
    if (!taken || epoll_wait(epoll_fd, &event, 1, 0) != 1)
        event.events = 0;
    close(epoll_fd);
    printf("%-26s  %-6s  ", happening, seen);
    print_bits(entry.revents);
    if (taken)
        print_bits((int)event.events);
    else
        printf("%-22s", "fails");
    int as_poll = entry.revents == bits, as_epoll = (int)event.events == (bits & ~POLLNVAL);
    int agrees = as_poll && as_epoll && strcmp(seen, sets) == 0 && taken == !(bits & POLLNVAL);
    say("%s", agrees ? "ok" : "UNEXPECTED");
    as_expected += agrees;
}

static void tcp_rows(void)
{
    char bytes[4096] = { 0 };
    struct sockaddr_in at;
    int server, client = socket(AF_INET, SOCK_STREAM, 0), listening = tcp_listen(1, &at);
    need(connect(client, (struct sockaddr *)&at, sizeof(at)) == 0, "connect over loopback");
    row("client waits for accept()", listening, "r--", POLLIN);
    need((server = accept(listening, NULL, NULL)) != -1, "accept");
    row("fresh client", server, "-w-", POLLOUT);
    send(client, "!", 1, MSG_OOB);
    row("urgent byte waiting", server, "-wx", POLLPRI | POLLOUT);
    recv(server, bytes, 1, MSG_OOB);
    send(client, "x", 1, 0);
    row("byte waiting", server, "rw-", POLLIN | POLLOUT);
    shutdown(client, SHUT_WR);
    row("client half-closed", server, "rw-", POLLIN | POLLOUT | POLLRDHUP);
    close(client);
    row("client closed", server, "rw-", POLLIN | POLLOUT | POLLRDHUP);
    shutdown(server, SHUT_WR);
    row("both sides closed", server, "rw-", POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    tcp_pair(&client, &server);
    while (poll(&(struct pollfd){ .fd = server, .events = POLLOUT }, 1, 100) == 1)
        send(server, bytes, sizeof(bytes), MSG_DONTWAIT);
    row("send buffer full", server, "---", 0);
    close(client); /* with bytes unread: this resets the connection */
    row("client reset", server, "rw-", POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
}

int main(void)
{
    int eof[2], broken[2];
    claim("a TCP close is IN + RDHUP, a pipe's EOF is HUP, a reset IN + OUT + ERR + HUP + RDHUP");
    say("%-26s  %-6s  %-21s %-21s %s", "happening", "select", "poll", "epoll", "here");
    tcp_rows();
    need(pipe(eof) == 0 && pipe(broken) == 0, "pipe");
    close(eof[1]);
    row("pipe, writer closed (EOF)", eof[0], "r--", POLLHUP);
    close(broken[0]);
    row("pipe, reader closed", broken[1], "rw-", POLLOUT | POLLERR);
    close(broken[1]);
    row("descriptor closed", broken[1], "fails", POLLNVAL);
    measured("%d of %d happenings look as expected", as_expected, ROWS);
    return remember(as_expected == ROWS, "on IN, ERR or HUP call read(): it tells what happened");
}
