/* flags.c - see flags.h. */
#define _GNU_SOURCE /* POLLRDHUP, which is not in POSIX */
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
    char *end = names;
    const char *separator = "[";

    for (size_t i = 0; i < sizeof(EVENT_LOOKUP) / sizeof(EVENT_LOOKUP[0]); i++) {
        if (flags & EVENT_LOOKUP[i].bit) {
            end += sprintf(end, "%s%s", separator, EVENT_LOOKUP[i].name);
            separator = ", ";
            flags &= ~EVENT_LOOKUP[i].bit; /* some systems give one bit two names */
        }
    }
    if (flags != 0)
        end += sprintf(end, "%s0x%x", separator, flags);
    sprintf(end, "%s", end == names ? "[]" : "]");
    return names;
}
