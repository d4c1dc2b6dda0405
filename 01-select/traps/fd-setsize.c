/* An fd_set has a fixed size, and FD_SET does not look where it writes: descriptor 1024 lands in
 * whatever lies behind the set, here in a neighbour of our own choice. (Built with optimisation and
 * _FORTIFY_SOURCE, glibc ends the program instead. Here that is off, to see what happens.) With
 * ulimit -n 1024, a usual value, there is no such descriptor: so it goes unnoticed for long. */
#undef _FORTIFY_SOURCE
#define FD_SETSIZE 4096 /* the well-known advice for a bigger set */
#include "trap.h"
#include <sys/resource.h>
#include <sys/select.h>

enum { BITS = 8 * sizeof(fd_set), UNTOUCHED = 10, CHANGED = 11 };

/* volatile: else the compiler may take it that FD_SET cannot have changed the neighbour. */
static volatile struct {
    fd_set set;
    unsigned long neighbour;
} memory;

/* A duplicate of descriptor 0 whose number is the first one without a bit, or -1. */
static int descriptor_behind_the_set(rlim_t limit)
{
    struct rlimit files;
    must(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
    files.rlim_cur = limit;
    must(setrlimit(RLIMIT_NOFILE, &files), "a limit of more than 1024 descriptors");
    return fcntl(0, F_DUPFD, BITS);
}

/* In a child, because a sanitizer may end the process. */
static int neighbour_after_set(int fd)
{
    pid_t child = start_child();
    if (child == 0) {
        FD_SET(fd, &memory.set);
        _exit(memory.neighbour != 0 ? CHANGED : UNTOUCHED);
    }
    return WEXITSTATUS(end_of_child(child));
}

int main(void)
{
    claim("on Linux FD_SET(1024) writes behind the set, whatever FD_SETSIZE you define");
    int hidden = descriptor_behind_the_set(BITS) == -1;
    int far = must(descriptor_behind_the_set(BITS + 1), "a descriptor behind the set");
    int neighbour = neighbour_after_set(far);
    need(neighbour == CHANGED || neighbour == UNTOUCHED, "built with a check that ends FD_SET");
    measured("a set has %d bits; FD_SET(%d) %s its neighbour in memory", BITS, far,
             neighbour == CHANGED ? "changes" : "does not change");
    measured("with ulimit -n 1024 there is %s descriptor 1024", hidden ? "no" : "a");
    return remember(BITS == 1024 && hidden && neighbour == CHANGED,
                    "refuse a client whose descriptor is not below FD_SETSIZE, or use poll");
}
