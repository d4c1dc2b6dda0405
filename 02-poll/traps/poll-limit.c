/* "poll has no limit", many texts say. It has one: the array may not be longer than the number of
 * descriptors that the process may have, even where most of its slots are unused. */
#include "../../scripts/traps/trap.h"
#include <poll.h>
#include <sys/resource.h>

enum { LIMIT = 100 };

int main(void)
{
    struct pollfd unused[LIMIT + 1];
    struct rlimit files;
    claim("poll() takes an array as long as the limit of descriptors, and no longer: EINVAL");
    for (int i = 0; i <= LIMIT; i++)
        unused[i] = (struct pollfd){ .fd = -1 };
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = LIMIT;
    need(setrlimit(RLIMIT_NOFILE, &files) == 0, "set the limit of descriptors");

    int within = poll(unused, LIMIT, 0);
    int above = poll(unused, LIMIT + 1, 0);
    int error = errno;
    measured("ulimit -n %d: %d slots return %d, %d slots %d (%s)", LIMIT, LIMIT, within, LIMIT + 1,
             above, above == -1 ? strerror(error) : "no error");
    return remember(within == 0 && above == -1 && error == EINVAL,
                    "raise the limit at the start (setrlimit), and keep the array below it");
}
