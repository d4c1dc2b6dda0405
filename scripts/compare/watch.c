/* watch.c - a recorder of calls, preloaded (LD_PRELOAD) into a server by scripts/watch.sh and
 * scripts/compare.sh. It stands between the program and libc, and writes a line to the file
 * $WATCH_LOG for each call of an event loop: what was asked -> what was answered. After a tab it
 * counts what went into a wait and what came out; bytes are those that Linux copies:
 *   select {3 4} w{5} -> {4}     asked 3, ready 1, copied 16 in, 16 out
 *   poll 3:IN 4:OUT -> 4:OUT     asked 2, ready 1, copied 40 in, 10 out
 *   epoll_wait -> 5:IN           asked 0, ready 1, copied 0 in, 12 out
 *   recv 5 -> 7 bytes
 * Of files, pipes and the standard descriptors only waits are recorded; of readv(), sendmsg() and
 * their like nothing. The program must not notice: errno is kept, the record's descriptor high. */
#undef _FORTIFY_SOURCE /* it would define some of the names that we define */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 6, FIRST = 2, REGISTERED = 65536, HIGH = 32768 };
/* By the number of the bit. On Linux poll's and epoll's bits are the same. */
static const char *const bits[32] = { "IN",  "PRI",  "OUT",          "ERR",
                                      "HUP", "NVAL", [13] = "RDHUP", [31] = "ET" };
__attribute__((weak)) const char *strerrorname_np(int error); /* glibc, 2.32 on; NOLINT: weak */
static int record = -1;
static epoll_data_t registered[REGISTERED]; /* by descriptor: its data need not hold the number */

struct line { /* on the stack, so that threads need no lock */
    char text[1024];
    size_t size, gap;
    int items;
};
#define put(line, ...)                                             \
    ((line)->size += (size_t)snprintf((line)->text + (line)->size, \
                                      sizeof((line)->text) - (line)->size, __VA_ARGS__))

/* Of more than SHOWN items the FIRST stay, then "..." and the last: each next one replaces it. */
static void put_item(struct line *line, const char *before, int fd, unsigned events)
{
    if (line->items++ == FIRST) line->gap = line->size;
    if (line->items > SHOWN) {
        line->size = line->gap;
        put(line, " ...");
    }
    put(line, "%s%d", before, fd);
    before = ":";
    for (int bit = 0; bit < 32; bit++)
        if ((events >> bit & 1) && bits[bit] != NULL) {
            put(line, "%s%s", before, bits[bit]);
            before = "+";
        }
}

/* Returns how many descriptors are in the sets. */
static int put_sets(struct line *line, int nfds, fd_set *sets[3])
{
    static const char *const names[] = { " {", " w{", " e{" };
    int count = 0;
    for (int i = 0; i < 3; i++) {
        line->items = 0;
        for (int fd = 0; sets[i] != NULL && fd < nfds; fd++)
            if (FD_ISSET(fd, sets[i])) put_item(line, line->items == 0 ? names[i] : " ", fd, 0);
        if (line->items > 0) put(line, "}");
        count += line->items;
    }
    return count;
}

/* The error, or `result` with its unit, if it has one, and of what `size` if it is less. */
static void put_result(struct line *line, ssize_t result, size_t size, const char *unit)
{
    const char *name = strerrorname_np ? strerrorname_np(errno) : NULL;
    if (result == -1)
        put(line, " -> %s", name != NULL ? name : strerror(errno));
    else if (result < (ssize_t)size)
        put(line, " -> %zd of %zu%s", result, size, unit);
    else if (unit != NULL)
        put(line, " -> %zd%s", result, unit);
}

static void write_line(struct line *line)
{
    int saved_errno = errno;
    while (dprintf(record, "%s\n", line->text) < 0 && errno == EINTR) /* our write() is not asked */
        ;
    errno = saved_errno;
}

static void end_wait(struct line *line, int asked, int ready, long ms, size_t in, size_t out)
{
    if (ready == -1) put_result(line, -1, 0, NULL);
    if (ready == 0) put(line, " -> nothing in %ld ms", ms);
    put(line, "\tasked %d, ready %d", asked, ready > 0 ? ready : 0);
    put(line, ", copied %zu in, %zu out", in, out);
    write_line(line);
}

/* Each function that follows asks the next one of its name, which is libc's. */
#define BEGIN(name, shown)                                           \
    static __typeof__(&(name)) next;                                 \
    struct line line = { .text = shown, .size = sizeof(shown) - 1 }; \
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, #name)

int select(int nfds, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
    BEGIN(select, "select");
    fd_set *sets[] = { in, out, except };
    int count = (in != NULL) + (out != NULL) + (except != NULL);
    size_t bytes = (size_t)(count * ((nfds + NFDBITS - 1) / NFDBITS)) * sizeof(long);
    long ms = timeout == NULL ? -1 : timeout->tv_sec * 1000 + timeout->tv_usec / 1000;
    int asked = put_sets(&line, nfds, sets), ready = next(nfds, in, out, except, timeout);
    if (ready > 0) {
        put(&line, " ->");
        put_sets(&line, nfds, sets);
    }
    end_wait(&line, asked, ready, ms, bytes, ready == -1 ? 0 : bytes);
    return ready;
}

int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
    BEGIN(poll, "poll");
    for (nfds_t i = 0; i < nfds; i++)
        if (fds[i].fd >= 0) /* else poll() skips the slot */
            put_item(&line, " ", fds[i].fd, (unsigned short)fds[i].events);
    int asked = line.items, ready = next(fds, nfds, timeout);
    if (ready > 0) put(&line, " ->");
    line.items = 0;
    for (nfds_t i = 0; ready > 0 && i < nfds; i++)
        if (fds[i].revents != 0) put_item(&line, " ", fds[i].fd, (unsigned short)fds[i].revents);
    size_t out = ready != -1 || errno == EINTR ? nfds * sizeof(short) : 0; /* EINTR: copied, too */
    if (nfds != 1 || fds[0].fd != STDERR_FILENO) /* that is the logger, who asks for room */
        end_wait(&line, asked, ready, timeout, nfds * sizeof(*fds), out);
    return ready;
}

int epoll_wait(int epoll, struct epoll_event *events, int size, int timeout)
{
    BEGIN(epoll_wait, "epoll_wait");
    int ready = next(epoll, events, size, timeout);
    if (ready > 0) put(&line, " ->");
    for (int i = 0, fd = 0; i < ready; i++, fd = 0) {
        while (fd < REGISTERED - 1 && registered[fd].u64 != events[i].data.u64)
            fd++;
        put_item(&line, " ", fd, events[i].events);
    }
    end_wait(&line, 0, ready, timeout, 0, ready > 0 ? (size_t)ready * sizeof(*events) : 0);
    return ready;
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    static const char *const names[] = { " ", " ADD ", " DEL ", " MOD " };
    BEGIN(epoll_ctl, "epoll_ctl");
    bool given = operation != EPOLL_CTL_DEL && event != NULL;
    if (given && fd >= 0 && fd < REGISTERED) registered[fd] = event->data;
    put_item(&line, names[operation & 3], fd, given ? event->events : 0);
    int result = next(epoll, operation, fd, event);
    put_result(&line, result, 0, NULL);
    write_line(&line);
    return result;
}

static bool is_file(int fd) /* or a pipe or a standard descriptor */
{
    struct stat file;
    return fstat(fd, &file) == 0 && (fd <= STDERR_FILENO || S_ISREG(file.st_mode) ||
                                     S_ISCHR(file.st_mode) || S_ISFIFO(file.st_mode));
}

/* Calls that concern one descriptor; `size` is what a send was given, else 0. */
#define CALL(type, name, shown, size, unit, parameters, arguments) \
    type name parameters                                           \
    {                                                              \
        BEGIN(name, shown);                                        \
        bool hidden = is_file(fd);                                 \
        type result = next arguments;                              \
        put(&line, " %d", fd);                                     \
        put_result(&line, result, size, unit);                     \
        if (!hidden) write_line(&line);                            \
        return result;                                             \
    }
/* Without <sys/socket.h>, whose accept() has parameters that can't be written twice. */
CALL(int, accept, "accept", 0, "", (int fd, void *p, void *n), (fd, p, n))
CALL(int, accept4, "accept4", 0, "", (int fd, void *p, void *n, int f), (fd, p, n, f))
CALL(int, close, "close", 0, NULL, (int fd), (fd))
CALL(ssize_t, read, "read", 0, " bytes", (int fd, void *p, size_t n), (fd, p, n))
CALL(ssize_t, recv, "recv", 0, " bytes", (int fd, void *p, size_t n, int f), (fd, p, n, f))
CALL(ssize_t, write, "write", n, " bytes", (int fd, const void *p, size_t n), (fd, p, n))
CALL(ssize_t, send, "send", n, " bytes", (int fd, const void *p, size_t n, int f), (fd, p, n, f))
/* What _FORTIFY_SOURCE makes of some: `all` is the room at p, and the check is left out. */
CALL(ssize_t, __read_chk, "read", 0, " bytes", (int fd, void *p, size_t n, size_t all),
     (fd, p, n, all))
CALL(ssize_t, __recv_chk, "recv", 0, " bytes", (int fd, void *p, size_t n, size_t all, int f),
     (fd, p, n, all, f))
int __poll_chk(struct pollfd *fds, nfds_t nfds, int timeout, size_t room)
{
    (void)room;
    return poll(fds, nfds, timeout);
}

/* The record's descriptor is the highest that may be had, which the program hardly comes to. The
 * first line tells that we are there: no library is loaded into a statically linked program. */
__attribute__((constructor)) static void open_record(void)
{
    const char *path = getenv("WATCH_LOG");
    long limit = sysconf(_SC_OPEN_MAX);
    int fd = open(path == NULL ? "/dev/null" : path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    record = fcntl(fd, F_DUPFD_CLOEXEC, limit < HIGH ? (int)limit - 1 : HIGH);
    dprintf(record, "# %s\n", program_invocation_short_name);
    close(fd);
}
