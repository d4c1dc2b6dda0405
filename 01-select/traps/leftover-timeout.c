/* Linux writes the time that is left into the timeout, and a libc may hand that on: a timeval that
 * is filled in once, before the loop, is 0 from the second call on. glibc hands it on (2.33 did
 * not), musl works on a copy; pselect() must leave its timespec alone. */
#include "trap.h"
#include <sys/personality.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

enum { TICK_US = 50000, CALLS = 10 };

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(void)
{
    long kernels[] = { 0, TICK_US * 1000L }, early[] = { 1000, 0 }; /* its timespecs */
    int ends[2];
    fd_set readable;
    struct timeval timeout = { .tv_usec = TICK_US };
    struct timespec kept = { .tv_nsec = TICK_US * 1000L };
    claim("Linux writes the time left into select's timeout: a libc that hands it on makes a spin");
    need(!(personality(0xffffffff) & STICKY_TIMEOUTS), "a process without STICKY_TIMEOUTS");

    must(pipe(ends), "pipe");
    need(ends[0] < FD_SETSIZE && write(ends[1], "x", 1) == 1, "a descriptor that is ready");
    FD_ZERO(&readable);
    FD_SET(ends[0], &readable);
    must((int)syscall(SYS_pselect6, ends[0] + 1, &readable, NULL, NULL, early, NULL), "pselect6");
    need(syscall(SYS_pselect6, 0, NULL, NULL, NULL, kernels, NULL) == 0, "the system call");
    need(select(0, NULL, NULL, NULL, &timeout) == 0, "select");
    need(pselect(0, NULL, NULL, NULL, &kept, NULL) == 0, "pselect");
    long left = (long)timeout.tv_usec;

    double start = now_ms();
    for (int i = 0; i < CALLS; i++)
        need(select(0, NULL, NULL, NULL, &timeout) == 0, "select");
    measured("after a wait of %d us the kernel's timeout is %ld us, select's %ld us (%s)", TICK_US,
             kernels[1] / 1000, left, left == 0 ? "handed on" : "a copy was used");
    measured("a wait of 1,000 s that ends at once leaves %ld s", early[0]);
    measured("the next %d calls with the same timeval took %.1f ms", CALLS, now_ms() - start);
    return remember(early[0] > 0 && early[0] < 1000 && kernels[1] == 0 &&
                        (left == 0 || left == TICK_US) && kept.tv_nsec == TICK_US * 1000L,
                    "fill the timeval in before every select()");
}
