/* flags.h - the names of the bits in poll's `revents` and epoll's `events`. */
#ifndef FLAGS_H
#define FLAGS_H

/* Returns the names of all bits in `flags`, as "[POLLIN, POLLHUP]"; bits that this system has no
 * name for come last, in hex. The names are poll's: on Linux epoll's bits from IN to HUP have the
 * same values, RDHUP and the rest on most machines. Static: valid until the next call. */
const char *get_flag_names(unsigned flags);

#endif
