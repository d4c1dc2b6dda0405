/* For traps that need a second process or thread asleep in a call before they go on. */
#ifndef ASLEEP_H
#define ASLEEP_H
#include "trap.h"

/* The state letter of a process or thread, see proc(5): S asleep, R running, T stopped, Z ended. */
static inline char state_of(pid_t task)
{
    char path[32], state = '?';
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
#endif
