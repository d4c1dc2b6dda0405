/* watch.c - a recorder of calls: a library that scripts/watch.sh and scripts/compare.sh preload
 * into a server (LD_PRELOAD). It stands between the program and libc, and writes one line for each
 * call that an event loop consists of: what was asked -> what was answered. After a tab, a wait's
 * line counts; bytes are those that Linux copies to the kernel and back for the descriptors:
 *
 *   select {3 4} w{5} -> {4}     asked 3, ready 1, copied 16 in, 16 out
 *   poll 3:IN 4:OUT -> 4:OUT     asked 2, ready 1, copied 40 in, 10 out
 *   epoll_wait -> 5:IN           asked 0, ready 1, copied 0 in, 12 out
 *   recv 5 -> 7 bytes
 *
 * WATCH_LOG names the file; without it the lines go to stderr. Not recorded: readv(), sendmsg() and
 * their like, and what concerns files or the standard descriptors. The program must not notice:
 * errno is kept, and the record's descriptor has the highest number that there is. */
#undef _FORTIFY_SOURCE /* it would define some of the names that we define */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHOWN = 6, FIRST = 2, REGISTERED = 65536, HIGH = 32768, LONG_BITS = 8 * sizeof(long) };

struct call { /* on the stack, so that threads need no lock */
    char text[512];
    size_t size, gap;
    int items, asked;
    bool hidden;
};
/* The names are those of poll's bits; on Linux epoll's have the same values. */
static const struct {
    const char *name;
    unsigned value;
} BITS[] = { { "IN", POLLIN },   { "PRI", POLLPRI },   { "OUT", POLLOUT },     { "ERR", POLLERR },
             { "HUP", POLLHUP }, { "NVAL", POLLNVAL }, { "RDHUP", POLLRDHUP }, { "ET", EPOLLET } },
  ERRORS[] = { { "EAGAIN", EAGAIN }, { "EBADF", EBADF },   { "ECONNRESET", ECONNRESET },
               { "EEXIST", EEXIST }, { "EINTR", EINTR },   { "EINVAL", EINVAL },
               { "EMFILE", EMFILE }, { "ENOENT", ENOENT }, { "ENOMEM", ENOMEM },
               { "EPERM", EPERM },   { "EPIPE", EPIPE },   { "ENOTCONN", ENOTCONN } };
static int record = -1;
static uint64_t registered[REGISTERED]; /* by descriptor: its epoll_data, which need not hold it */

__attribute__((format(printf, 2, 3))) static void put(struct call *call, const char *format, ...)
{
    size_t room = sizeof(call->text) - call->size;
    va_list arguments;

    va_start(arguments, format);
    size_t size = (size_t)vsnprintf(call->text + call->size, room, format, arguments);
    va_end(arguments);
    call->size += size < room ? size : room - 1;
}

/* Of more than SHOWN items the FIRST stay, then "..." and the last: each next one replaces it. */
static void next_item(struct call *call)
{
    if (call->items++ == FIRST) call->gap = call->size;
    if (call->items > SHOWN) {
        call->size = call->gap;
        put(call, " ...");
    }
}

/* Returns how many descriptors are in the sets. */
static int put_sets(struct call *call, int nfds, fd_set *in, fd_set *out, fd_set *except)
{
    const struct {
        const char *name;
        fd_set *set;
    } sets[] = { { " {", in }, { " w{", out }, { " e{", except } };
    int count = 0;

    for (int i = 0; i < 3; i++) {
        call->items = 0;
        for (int fd = 0; sets[i].set != NULL && fd < nfds; fd++)
            if (FD_ISSET(fd, sets[i].set)) {
                next_item(call);
                put(call, "%s%d", call->items == 1 ? sets[i].name : " ", fd);
            }
        put(call, call->items > 0 ? "}" : "");
        count += call->items;
    }
    return count;
}

static void put_events(struct call *call, int fd, unsigned events)
{
    const char *before = ":";

    next_item(call);
    put(call, " %d", fd);
    for (size_t i = 0; i < sizeof(BITS) / sizeof(BITS[0]); i++)
        if (events & BITS[i].value) {
            put(call, "%s%s", before, BITS[i].name);
            before = "+";
        }
}

static void end_line(struct call *call)
{
    int saved_errno = errno;

    call->text[call->size++] = '\n'; /* put() has left room for a 0 */
    while (!call->hidden && record != -1 &&
           syscall(SYS_write, record, call->text, call->size) == -1 && errno == EINTR)
        ;
    errno = saved_errno;
}

static void put_error(struct call *call)
{
    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++)
        if (errno == (int)ERRORS[i].value) {
            put(call, " -> %s", ERRORS[i].name);
            return;
        }
    put(call, " -> errno %d", errno);
}

/* A send of fewer than `size` bytes says so. For all else `size` is 0. */
static void end_call(struct call *call, ssize_t result, const char *unit, size_t size)
{
    if (result == -1)
        put_error(call);
    else if ((size_t)result < size)
        put(call, " -> %zd of %zu%s", result, size, unit);
    else if (unit != NULL)
        put(call, " -> %zd%s", result, unit);
    end_line(call);
}

static void ask_about(struct call *call, int fd)
{
    struct stat status;
    int saved_errno = errno;

    put(call, " %d", fd);
    call->hidden =
        (fd >= 0 && fd <= STDERR_FILENO) ||
        (fstat(fd, &status) == 0 &&
         (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISCHR(status.st_mode)));
    errno = saved_errno;
}

/* What a wait was answered; true if it named descriptors. */
static bool put_answer(struct call *call, int ready, long timeout_ms)
{
    call->items = 0;
    if (ready == -1)
        put_error(call);
    else
        put(call, ready > 0 ? " ->" : " -> nothing in %ld ms", timeout_ms);
    return ready > 0;
}

static void end_wait(struct call *call, int ready, size_t in, size_t out)
{
    put(call, "\tasked %d, ready %d, copied %zu in, %zu out", call->asked, ready > 0 ? ready : 0,
        in, out);
    end_line(call);
}

static void end_select(struct call *call, int nfds, fd_set *in, fd_set *out, fd_set *except,
                       int ready, long timeout_ms)
{
    size_t longs =
        nfds > 0 ? (size_t)(nfds - 1) / LONG_BITS + 1 : 0; /* what Linux copies of a set */
    size_t sets = (in != NULL ? 1u : 0) + (out != NULL ? 1u : 0) + (except != NULL ? 1u : 0);

    if (put_answer(call, ready, timeout_ms)) put_sets(call, nfds, in, out, except);
    end_wait(call, ready, sets * longs * sizeof(long),
             ready == -1 ? 0 : sets * longs * sizeof(long));
}

/* The servers' logger asks whether stderr has room before it writes, so that a full pipe can't stop
 * the server. That is not the loop's wait, and would be most of the record. */
static void ask_poll(struct call *call, const struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
    call->hidden = nfds == 1 && fds[0].fd == STDERR_FILENO && timeout_ms == 0;
    for (nfds_t i = 0; i < nfds; i++)
        if (fds[i].fd >= 0) /* else poll() skips the slot */
            put_events(call, fds[i].fd, (unsigned short)fds[i].events);
    call->asked = call->items;
}

static void end_poll(struct call *call, const struct pollfd *fds, nfds_t nfds, int timeout_ms,
                     int ready)
{
    if (put_answer(call, ready, timeout_ms))
        for (nfds_t i = 0; i < nfds; i++)
            if (fds[i].revents != 0) put_events(call, fds[i].fd, (unsigned short)fds[i].revents);
    bool written = ready != -1 || errno == EINTR; /* revents are, also by an interrupted poll() */
    end_wait(call, ready, nfds * sizeof(*fds), written ? nfds * sizeof(fds->revents) : 0);
}

static void end_epoll(struct call *call, const struct epoll_event *events, int timeout_ms,
                      int ready)
{
    put_answer(call, ready, timeout_ms);
    for (int i = 0; i < ready; i++) {
        uint64_t data = events[i].data.u64;
        int fd = events[i].data.fd; /* most programs keep it there */
        if (fd < 0 || fd >= REGISTERED || registered[fd] != data)
            for (fd = 0; fd < REGISTERED - 1 && registered[fd] != data;)
                fd++;
        put_events(call, fd, events[i].events);
    }
    end_wait(call, ready, 0, ready > 0 ? (size_t)ready * sizeof(*events) : 0);
}

static void ask_epoll_ctl(struct call *call, int operation, int fd, const struct epoll_event *event)
{
    bool given = operation != EPOLL_CTL_DEL && event != NULL;

    put(call, operation == EPOLL_CTL_DEL ? " DEL" : operation == EPOLL_CTL_ADD ? " ADD" : " MOD");
    put_events(call, fd, given ? event->events : 0);
    if (given && fd >= 0 && fd < REGISTERED) registered[fd] = event->data.u64;
}

/* A function of the name: asks, calls the next of the name, which is libc's, and tells. */
#define RECORD(type, name, shown, parameters, arguments, ask, tell)  \
    type name parameters;                                            \
    type name parameters                                             \
    {                                                                \
        static __typeof__(&(name)) real;                             \
        struct call call = { .size = 0 };                            \
        if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); \
        put(&call, shown);                                           \
        ask;                                                         \
        type result = real arguments;                                \
        tell;                                                        \
        return result;                                               \
    }
/* Calls that concern one descriptor: their first parameter. */
#define CALL(name, shown, size, unit, type, parameters, arguments)         \
    RECORD(type, name, shown, parameters, arguments, ask_about(&call, fd), \
           end_call(&call, result, unit, size))

RECORD(int, select, "select",
       (int nfds, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout),
       (nfds, in, out, except, timeout),
       long ms = timeout == NULL ? -1 : timeout->tv_sec * 1000 + timeout->tv_usec / 1000;
       call.asked = put_sets(&call, nfds, in, out, except),
       end_select(&call, nfds, in, out, except, result, ms))
RECORD(int, poll, "poll", (struct pollfd * fds, nfds_t nfds, int timeout), (fds, nfds, timeout),
       ask_poll(&call, fds, nfds, timeout), end_poll(&call, fds, nfds, timeout, result))
RECORD(int, __poll_chk, "poll", (struct pollfd * fds, nfds_t nfds, int timeout, size_t room),
       (fds, nfds, timeout, room), ask_poll(&call, fds, nfds, timeout),
       end_poll(&call, fds, nfds, timeout, result))
RECORD(int, epoll_wait, "epoll_wait",
       (int epoll, struct epoll_event *events, int size, int timeout),
       (epoll, events, size, timeout), , end_epoll(&call, events, timeout, result))
RECORD(int, epoll_ctl, "epoll_ctl", (int epoll, int operation, int fd, struct epoll_event *event),
       (epoll, operation, fd, event), ask_epoll_ctl(&call, operation, fd, event),
       end_call(&call, result, NULL, 0))
/* Without <sys/socket.h>, whose accept() has parameters that can't be written twice. */
CALL(accept, "accept", 0, "", int, (int fd, void *from, void *from_size), (fd, from, from_size))
CALL(accept4, "accept4", 0, "", int, (int fd, void *from, void *from_size, int flags),
     (fd, from, from_size, flags))
CALL(close, "close", 0, NULL, int, (int fd), (fd))
CALL(read, "read", 0, " bytes", ssize_t, (int fd, void *data, size_t size), (fd, data, size))
CALL(__read_chk, "read", 0, " bytes", ssize_t, (int fd, void *data, size_t size, size_t room),
     (fd, data, size, room))
CALL(recv, "recv", 0, " bytes", ssize_t, (int fd, void *data, size_t size, int flags),
     (fd, data, size, flags))
CALL(__recv_chk, "recv", 0, " bytes", ssize_t,
     (int fd, void *data, size_t size, size_t room, int flags), (fd, data, size, room, flags))
CALL(write, "write", size, " bytes", ssize_t, (int fd, const void *data, size_t size),
     (fd, data, size))
CALL(send, "send", size, " bytes", ssize_t, (int fd, const void *data, size_t size, int flags),
     (fd, data, size, flags))

/* The record's descriptor is the highest that may be had, which the program hardly comes to. The
 * first line tells that we are there: no library is loaded into a statically linked program. */
__attribute__((constructor)) static void open_record(void)
{
    const char *path = getenv("WATCH_LOG");
    int fd = path == NULL ? STDERR_FILENO : open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    struct call call = { .size = 0 };
    long limit = sysconf(_SC_OPEN_MAX);

    record = fcntl(fd, F_DUPFD_CLOEXEC, limit < HIGH ? (int)limit - 1 : HIGH);
    if (path != NULL) syscall(SYS_close, fd);
    put(&call, "# %s", program_invocation_short_name);
    end_line(&call);
}
