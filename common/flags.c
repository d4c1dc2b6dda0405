/* flags.c - see flags.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* POLLRDHUP, which is not in POSIX */
#endif
#include "flags.h"

#include <poll.h>
#include <stdio.h>

/* The document's six in its order, then what else can be reported. */
static const struct {
    unsigned bit;
    const char *name;
} EVENT_LOOKUP[] = {
    { POLLIN, "POLLIN" },         { POLLPRI, "POLLPRI" },       { POLLOUT, "POLLOUT" },
    { POLLERR, "POLLERR" },       { POLLHUP, "POLLHUP" },       { POLLNVAL, "POLLNVAL" },
    { POLLRDNORM, "POLLRDNORM" }, { POLLRDBAND, "POLLRDBAND" }, { POLLWRNORM, "POLLWRNORM" },
    { POLLWRBAND, "POLLWRBAND" },
#ifdef POLLRDHUP
    { POLLRDHUP, "POLLRDHUP" },
#endif
};

const char *get_flag_names(unsigned flags)
{
    static char names[256]; /* all of them take 150 */
    size_t used = 0;
    const char *separator = "[";

    for (size_t i = 0; i < sizeof(EVENT_LOOKUP) / sizeof(EVENT_LOOKUP[0]); i++) {
        if (flags & EVENT_LOOKUP[i].bit) {
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", separator,
                                     EVENT_LOOKUP[i].name);
            separator = ", ";
            flags &= ~EVENT_LOOKUP[i].bit; /* some systems give one bit two names */
        }
    }
    if (flags != 0)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s0x%x", separator, flags);
    snprintf(names + used, sizeof(names) - used, "%s", used == 0 ? "[]" : "]");
    return names;
}
