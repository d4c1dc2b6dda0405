/* One scene, three reports: select's sets (read, write, except), poll's bits and epoll's, all
 * asked for IN, PRI, OUT and RDHUP; and what a program does then. epoll's bits are poll's, but for
 * NVAL: what it cannot watch, epoll_ctl() refuses. Each row() is told what to expect. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/timerfd.h>

enum { ASKED = POLLIN | POLLPRI | POLLOUT | POLLRDHUP };
static int epoll_fd, rows, as_expected,
    patience_ms = 5000; /* for all rows that are not as expected */
static char bytes[4096];

static void name_bits(int bits, char *text)
{
    const char *names[] = { "IN", "PRI", "OUT", "ERR", "HUP", "NVAL", [13] = "RDHUP" };
    strcpy(text, bits == 0 ? "-" : "");
    for (int bit = 0; bit <= 13; bit++)
        if (bits & 1 << bit && names[bit] != NULL)
            strcat(strcat(text, *text == '\0' ? "" : " "), names[bit]);
}

static void row(const char *scene, int fd, const char *sets, int bits, const char *what_to_do)
{
    char seen[] = "---", of_poll[64], of_epoll[64];
    fd_set in, out, except;
    struct epoll_event event = { .events = ASKED };
    int polled;
    need(fd < FD_SETSIZE, "a descriptor that fits into a set");
    for (; (polled = poll_for(fd, ASKED, 0)) != bits && patience_ms > 0; patience_ms -= 10)
        poll(NULL, 0, 10); /* what happened may still be on its way */
    FD_ZERO(&in);
    FD_SET(fd, &in);
    out = except = in;
    int selected = select(fd + 1, &in, &out, &except, &(struct timeval){ .tv_sec = 0 }) != -1;
    for (int i = 0; i < 3; i++)
        if (FD_ISSET(fd, i == 0 ? &in : i == 1 ? &out : &except)) seen[i] = "rwx"[i];
    int taken = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
    if (!taken || epoll_wait(epoll_fd, &event, 1, 0) != 1) event.events = 0;
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    int agrees = polled == bits && strcmp(selected ? seen : "fails", sets) == 0 &&
                 taken == !(bits & POLLNVAL) && (!taken || (int)event.events == bits);
    name_bits(polled, of_poll);
    name_bits((int)event.events, of_epoll);
    say("%-27s  %-6s  %-20s  %-5s  %-4s  %s", scene, selected ? seen : "fails", of_poll,
        !taken                           ? "fails"
        : strcmp(of_poll, of_epoll) != 0 ? of_epoll
                                         : "same",
        agrees ? "ok" : "UNEXPECTED", what_to_do);
    rows++;
    as_expected += agrees;
}

/* What a server sees of its clients. */
static void tcp_server_rows(void)
{
    int server, small = 16384, end = POLLIN | POLLOUT | POLLRDHUP;
    struct sockaddr_in at;
    int listening = tcp_listen(1, &at), client = tcp_connect(&at);
    row("client waits for accept()", listening, "r--", POLLIN, "accept");
    server = must(accept(listening, NULL, NULL), "accept");
    row("fresh client", server, "-w-", POLLOUT, "send");
    need(send(client, "!", 1, MSG_OOB) == 1, "send an urgent byte");
    row("urgent byte waiting", server, "-wx", POLLPRI | POLLOUT, "recv OOB");
    need(recv(server, bytes, 1, MSG_OOB) == 1, "receive an urgent byte");
    need(send(client, "x", 1, 0) == 1, "send");
    row("byte waiting", server, "rw-", POLLIN | POLLOUT, "recv");
    must(shutdown(client, SHUT_WR), "shutdown");
    row("client half-closed", server, "rw-", end, "recv");
    close(client);
    row("client closed", server, "rw-", end, "recv");
    must(shutdown(server, SHUT_WR), "shutdown");
    row("both sides closed", server, "rw-", end | POLLHUP, "close");

    tcp_pair(&client, &server);
    must(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), "SO_RCVBUF");
    must(setsockopt(server, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), "SO_SNDBUF");
    while (poll_for(server, POLLOUT, 700) != 0) /* what is under way may make room again */
        need(send(server, bytes, sizeof(bytes), MSG_DONTWAIT) != -1 || errno == EAGAIN, "send");
    row("send buffer full", server, "---", 0, "wait");
    tcp_reset(client);
    row("client reset", server, "rw-", end | POLLERR | POLLHUP, "recv");
    tcp_pair(&client, &server);
    must(shutdown(client, SHUT_WR), "shutdown");
    await(server, POLLIN, "the end of input");
    tcp_reset(client);
    row("client half-closed, reset", server, "rw-", end | POLLERR | POLLHUP, "recv");
}

static int new_socket(int type)
{
    return must(socket(AF_INET, type | SOCK_NONBLOCK, 0), "socket");
}

/* What a client sees of its connect(), which does not wait. */
static void client_rows(void)
{
    int error, over = POLLIN | POLLOUT | POLLHUP | POLLRDHUP;
    struct sockaddr_in at, nobody = { .sin_family = AF_INET };
    socklen_t size = sizeof(at), error_size = sizeof(error);
    int listening = tcp_listen(0, &at);
    nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fresh = new_socket(SOCK_STREAM), under_way = new_socket(SOCK_STREAM);
    int refused = new_socket(SOCK_STREAM), udp = new_socket(SOCK_DGRAM);
    row("socket never connected", fresh, "rw-", POLLOUT | POLLHUP, "connect");
    tcp_connect(&at);
    await(listening, POLLIN, "a client that fills the queue");
    need(connect(under_way, (struct sockaddr *)&at, size) == -1 && errno == EINPROGRESS, "connect");
    must(bind(fresh, (struct sockaddr *)&nobody, size), "bind"); /* and nobody listens */
    must(getsockname(fresh, (struct sockaddr *)&nobody, &size), "getsockname");
    need(connect(refused, (struct sockaddr *)&nobody, size) == -1 && errno == EINPROGRESS,
         "connect");
    row("connect() refused", refused, "rw-", over | POLLERR, "SO_ERROR");
    must(getsockopt(refused, SOL_SOCKET, SO_ERROR, &error, &error_size), "SO_ERROR");
    row("refused, SO_ERROR was read", refused, "rw-", over, "close");
    row("connect() under way", under_way, "---", 0, "wait"); /* began before the refused one */
    must(connect(udp, (struct sockaddr *)&nobody, size), "connect");
    need(send(udp, "x", 1, 0) == 1, "send");
    await(udp, 0, "the answer that nobody has this UDP port");
    row("UDP, port unreachable", udp, "rw-", POLLOUT | POLLERR, "SO_ERROR");
}

/* Two descriptors, the second one for writing. */
static void rows_of_pairs(void)
{
    int fd[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), "socketpair");
    close(fd[1]);
    row("Unix stream, peer closed", fd[0], "rw-", POLLIN | POLLOUT | POLLHUP | POLLRDHUP, "recv");
    must(pipe(fd), "pipe");
    need(write(fd[1], "x", 1) == 1, "write");
    close(fd[1]);
    row("pipe, byte, writer closed", fd[0], "r--", POLLIN | POLLHUP, "read");
    need(read(fd[0], bytes, 1) == 1, "read");
    row("pipe, writer closed (EOF)", fd[0], "r--", POLLHUP, "read");
    must(pipe(fd), "pipe");
    close(fd[0]);
    row("pipe, reader closed", fd[1], "rw-", POLLOUT | POLLERR, "close");
    must(pipe2(fd, O_NONBLOCK), "pipe2");
    while (write(fd[1], bytes, sizeof(bytes)) > 0)
        ;
    close(fd[0]);
    row("full pipe, reader closed", fd[1], "rw-", POLLERR, "close");
}

/* How long is the process's descriptor table? Higher numbers are no error for select. */
static int table_size(void)
{
    char line[256];
    int size = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && size == 0 && fgets(line, sizeof(line), status) != NULL)
        sscanf(line, "FDSize: %d", &size);
    need(size > 0 && size < FD_SETSIZE, "a descriptor table of less than 1024");
    return size;
}

int main(void)
{
    struct itimerspec soon = { .it_value.tv_nsec = 1 };
    claim("a TCP close is IN + OUT + RDHUP, a pipe's EOF is HUP, a reset IN + OUT + ERR + HUP + "
          "RDHUP");
    epoll_fd = must(epoll_create1(0), "epoll_create1");
    int timer = must(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
    say("%-27s  %-6s  %-20s  %-5s  %-4s  %s", "scene", "select", "poll", "epoll", "here", "do");
    tcp_server_rows();
    client_rows();
    rows_of_pairs();
    must(timerfd_settime(timer, 0, &soon, NULL), "timerfd_settime");
    row("timerfd expired", timer, "r--", POLLIN, "read");
    close(timer);
    row("descriptor closed", timer, "fails", POLLNVAL, "unwatch");
    row("number beyond the table", table_size(), "rwx", POLLNVAL, "unwatch");
    measured("%d of %d scenes look as expected", as_expected, rows);
    return remember(as_expected == rows, "do the call you waited for: it tells what happened");
}
