/* What the traps share: claim, measurement, verdict, a scene that the caller's shell cannot spoil,
 * and TCP connections to try things on. To be included first: it asks libc for all it has. */
#ifndef TRAP_H
#define TRAP_H
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Flushed line by line: a child of fork() must not print its parent's lines again. */
#define say(...) (printf(__VA_ARGS__), printf("\n"), fflush(stdout))
/* The sentence that is put to the test, and with it a quiet scene: a trap's first call. */
#define claim(...) (set_scene(), say("claim:    " __VA_ARGS__))
/* What this machine did. The first one stands in the tables of the notes. */
#define measured(...) say("measured: " __VA_ARGS__)

/* The lesson. Returns the exit status: 0 if the machine agrees with the claim, 1 if not. */
static inline int remember(int agrees, const char *lesson)
{
    say("%s %s", agrees ? "remember:" : "the machine DISAGREES, so do not rely on:", lesson);
    return agrees ? 0 : 1;
}

/* If a step fails, the trap can't tell here, says why and exits with 77. It resets errno. */
static inline void need(int ok, const char *step)
{
    if (!ok) {
        say("cannot tell here: %s%s%s", step, errno ? ": " : "", errno ? strerror(errno) : "");
        _exit(77);
    }
    errno = 0;
}

/* The same for a call that returns -1 if it fails; otherwise hands on what it returned. */
static inline int must(int result, const char *call)
{
    need(result != -1, call);
    return result;
}

/* fork() for a child that does not outlive the trap; it ends with _exit(). */
static inline pid_t start_child(void)
{
    pid_t trap = getpid(), child = must(fork(), "fork");
    if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != trap)) _exit(77);
    return child;
}

/* Waits for a child, returns its wait status. What the child cannot tell, the trap cannot. */
static inline int end_of_child(pid_t child)
{
    int status = 0;
    need(waitpid(child, &status, 0) == child, "wait for a child");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) _exit(77);
    return status;
}

/* The state letter of a process or thread, see proc(5): S asleep, R running, T stopped, Z ended. */
static inline char state_of(pid_t task)
{
    char path[32], self[16] = "", state = '?';
    need(readlink("/proc/self", self, sizeof(self) - 1) > 0 && atoi(self) == getpid(),
         "find ourselves in /proc, which may be another namespace's");
    snprintf(path, sizeof(path), "/proc/%d/stat", task);
    FILE *file = fopen(path, "r");
    need(file && fscanf(file, "%*d %*s %c", &state) == 1, "read the state of a task in /proc");
    fclose(file);
    return state;
}

/* The caller makes sure that the task has no other sleep before it; the watchdog bounds this. */
static inline void await_sleep(pid_t task)
{
    for (char state; (state = state_of(task)) != 'S'; usleep(1000))
        need(state != 'Z', "a task that sleeps in a call: it has ended");
}

static inline void out_of_patience(int signal_number)
{
    (void)signal_number;
    _exit(77);
}

/* Signals and descriptors as after a login, whatever the parent passed on, and a watchdog: a child,
 * because the traps use the timers themselves. It dies with the trap. */
static inline void set_scene(void)
{
    sigset_t none;
    pid_t trap = getpid();
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1) open("/dev/null", O_RDWR);
#ifdef __NR_close_range /* since Linux 5.9, and where no filter forbids it */
    if (syscall(__NR_close_range, STDERR_FILENO + 1, ~0U, 0) == -1)
#endif
        for (int fd = STDERR_FILENO + 1; fd < 65536; fd++)
            close(fd);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    signal(SIGVTALRM, out_of_patience);
    sigemptyset(&none);
    must(sigprocmask(SIG_SETMASK, &none, NULL), "sigprocmask");
    if (start_child() == 0) {
        sleep(20);
        say("cannot tell here: a step does not end");
        kill(trap, SIGVTALRM);
        _exit(0);
    }
}

/* Waits until fd shows one of these poll() bits, ERR or HUP. Returns the bits, 0 if none came. */
static inline int poll_for(int fd, int events, int timeout_ms)
{
    struct pollfd watched = { .fd = fd, .events = (short)events };
    must(poll(&watched, 1, timeout_ms), "poll");
    return watched.revents;
}

/* Waits for what must come before the next step: a packet takes its time, on loopback too. */
static inline void await(int fd, int events, const char *what)
{
    int seen;
    do /* a reset shows its error a moment before the rest */
        seen = poll_for(fd, events, 10000);
    while (seen != 0 && events != 0 && (seen & events) == 0);
    need(seen != 0, what);
}

/* Returns a listening socket on a free loopback port; *at is where a client connects to. */
static inline int tcp_listen(int backlog, struct sockaddr_in *at)
{
    socklen_t size = sizeof(*at);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    *at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    must(bind(fd, (struct sockaddr *)at, size), "bind");
    must(listen(fd, backlog), "listen");
    must(getsockname(fd, (struct sockaddr *)at, &size), "getsockname");
    return fd;
}

/* Returns a blocking client. */
static inline int tcp_connect(const struct sockaddr_in *at)
{
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (const struct sockaddr *)at, sizeof(*at)), "connect over loopback");
    return fd;
}

/* Makes an established connection, both ends blocking. */
static inline void tcp_pair(int *client, int *server)
{
    struct sockaddr_in at;
    int listening = tcp_listen(1, &at);
    *client = tcp_connect(&at);
    *server = must(accept(listening, NULL, NULL), "accept");
    close(listening);
}

/* Closes with no time to linger: the peer gets a reset, not an end of input. */
static inline void tcp_reset(int fd)
{
    struct linger drop_it = { .l_onoff = 1, .l_linger = 0 };
    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &drop_it, sizeof(drop_it)), "SO_LINGER");
    close(fd);
}
#endif
