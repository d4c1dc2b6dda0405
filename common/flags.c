/* flags.c - see flags.h. */
#undef _GNU_SOURCE
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
#ifdef POLLRDHUP
    { POLLRDHUP, "POLLRDHUP" },
#endif
    { POLLWRBAND, "POLLWRBAND" },
};

const char *get_flag_names(unsigned flags)
{
    enum { ROOM = 24 }; /* more than any name and its separator take */
    static char names[ROOM * (sizeof(EVENT_LOOKUP) / sizeof(EVENT_LOOKUP[0]) + 2)];
    char *end = names;

    for (size_t i = 0; i < sizeof(EVENT_LOOKUP) / sizeof(EVENT_LOOKUP[0]); i++) {
        if (flags & EVENT_LOOKUP[i].bit)
            end += snprintf(end, ROOM, "%s%s", end == names ? "[" : ", ", EVENT_LOOKUP[i].name);
        flags &= ~EVENT_LOOKUP[i].bit; /* some systems give one bit two names */
    }
    if (flags != 0) end += snprintf(end, ROOM, end == names ? "[0x%x" : ", 0x%x", flags);
    snprintf(end, ROOM, "%s", end == names ? "[]" : "]");
    return names;
}
