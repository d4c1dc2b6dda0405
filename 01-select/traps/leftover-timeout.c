/* Linux writes the time that is left into the timeval, and glibc hands that on: a timeout filled in
 * once, before the loop, is 0 from the second call on. (musl's select() works on a copy.) */
#include "../../scripts/traps/trap.h"
#include <sys/select.h>
#include <time.h>

enum { TICK_MS = 100, PATIENCE_MS = 300, MOST_TICKS = 1000 };

#ifdef __GLIBC__
enum { HANDED_ON = 1 };
#define CLAIM "with glibc the timeval holds the time left: set once, a 100 ms tick becomes a spin"
#else
enum { HANDED_ON = 0 };
#define CLAIM "this libc leaves the timeval alone: set once, a 100 ms tick stays a tick"
#endif

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How many ticks pass within PATIENCE_MS? */
static int count_ticks(int fill_in_each_time)
{
    const struct timeval tick = { .tv_usec = TICK_MS * 1000 };
    struct timeval timeout = tick;
    int ticks = 0;
    for (long start = now_ms(); ticks < MOST_TICKS && now_ms() - start < PATIENCE_MS; ticks++) {
        if (fill_in_each_time)
            timeout = tick;
        need(select(0, NULL, NULL, NULL, &timeout) == 0, "select");
    }
    return ticks;
}

int main(void)
{
    struct timespec timeout = { .tv_nsec = 1000000 };
    claim(CLAIM);
    int once = count_ticks(0), each_time = count_ticks(1);
    int pselect_keeps =
        pselect(0, NULL, NULL, NULL, &timeout, NULL) == 0 && timeout.tv_nsec == 1000000;
    measured("%d ms hold %d%s ticks of %d ms if set once, %d if set each time", PATIENCE_MS, once,
             once == MOST_TICKS ? " and more" : "", TICK_MS, each_time);
    measured("pselect %s its timespec", pselect_keeps ? "left" : "changed");
    return remember((once > 10 * each_time) == HANDED_ON && each_time > 0 && pselect_keeps,
                    "fill the timeval in before every select()");
}
