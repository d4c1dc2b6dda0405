/* An fd_set has a fixed size, and FD_SET does not look where it writes: descriptor 1024 lands in
 * whatever lies behind the set, here in a neighbour of our own choice. */
#define FD_SETSIZE 4096 /* the well-known advice for a bigger set */
#include "../../scripts/traps/trap.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>

enum { BITS = 8 * sizeof(fd_set) };

/* volatile: else the compiler may take it that FD_SET cannot have changed the neighbour. */
static volatile struct {
    fd_set set;
    unsigned long neighbour;
} memory;

/* A duplicate of fd whose number is the first one without a bit, or -1. */
static int descriptor_behind_the_set(int fd, rlim_t limit)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = limit;
    need(setrlimit(RLIMIT_NOFILE, &files) == 0, "a limit of more than 1024 descriptors");
    return fcntl(fd, F_DUPFD, BITS);
}

/* In a child, because with _FORTIFY_SOURCE it ends the process. */
static int status_after_set(int fd)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        FD_SET(fd, &memory.set);
        _exit((int)memory.neighbour);
    }
    need(child != -1 && waitpid(child, &status, 0) == child, "fork and wait");
    return status;
}

int main(void)
{
    claim("FD_SET on descriptor 1024 writes behind the set, whatever FD_SETSIZE you define");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int hidden = descriptor_behind_the_set(fd, BITS) == -1;
    int far = descriptor_behind_the_set(fd, BITS + 1);
    need(far != -1, "a descriptor behind the set");
    int status = status_after_set(far), neighbour = WEXITSTATUS(status);
    int aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    measured("a set has %d bits; FD_SET(%d) leaves its neighbour, a 0 before, at %d%s", BITS, far,
             neighbour, aborted ? " (aborted)" : "");
    measured("with ulimit -n 1024 there is %s descriptor 1024", hidden ? "no" : "a");
    return remember(BITS == 1024 && hidden && (aborted || neighbour == 1),
                    "refuse a client whose descriptor is not below FD_SETSIZE, or use poll");
}
