/* "poll has no limit", many texts say. On Linux it has one: the array may not be longer than the
 * number of descriptors that the process may have, even where its slots are unused. */
#include "../../01-select/traps/trap.h"
#include <sys/resource.h>

enum { LIMIT = 100 };

int main(void)
{
    struct pollfd unused[LIMIT + 1];
    struct rlimit files;
    claim("on Linux poll() takes as many slots as the limit of descriptors, one more is EINVAL");
    for (int i = 0; i <= LIMIT; i++)
        unused[i] = (struct pollfd){ .fd = -1 };
    must(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
    files.rlim_cur = files.rlim_max < LIMIT ? files.rlim_max : LIMIT;
    must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");

    unsigned long limit = (unsigned long)files.rlim_cur;
    int within = poll(unused, limit, 0);
    int above = poll(unused, limit + 1, 0);
    int error = errno;
    measured("ulimit -n %lu: %lu slots return %d, %lu slots %d (%s)", limit, limit, within,
             limit + 1, above, above == -1 ? strerror(error) : "no error");
    return remember(within == 0 && above == -1 && error == EINVAL,
                    "raise the limit at the start (setrlimit), and keep the array below it");
}
