/* "epoll shares memory with the kernel", many texts say. Then there were a mapping to ask for, and
 * epoll_wait() would not have to write into your array. It does: not where you may not write. */
#include "../../scripts/traps/trap.h"
#include <sys/epoll.h>
#include <sys/mman.h>

int main(void)
{
    int client, server, epoll_fd = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    claim("epoll shares no memory with the process: epoll_wait() copies each event into its array");
    need(epoll_fd != -1, "epoll_create1");
    tcp_pair(&client, &server);
    need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event) == 0, "epoll_ctl");
    need(send(client, "x", 1, 0) == 1, "send"); /* never read, so always ready */
    need(epoll_wait(epoll_fd, &event, 1, 10000) == 1, "an event");

    void *shared = mmap(NULL, page, PROT_READ, MAP_SHARED, epoll_fd, 0);
    int mmap_error = shared == MAP_FAILED ? errno : 0;

    struct epoll_event *array = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(array != MAP_FAILED, "a page that can be read only");
    int wait_error = epoll_wait(epoll_fd, array, 1, 0) == -1 ? errno : 0;
    need(mprotect(array, page, PROT_READ | PROT_WRITE) == 0, "make it writable");
    int writable = epoll_wait(epoll_fd, array, 1, 0);

    measured("mmap of the epoll descriptor: %s; epoll_wait into a read-only page: %s",
             mmap_error == 0 ? "no error" : strerror(mmap_error),
             wait_error == 0 ? "no error" : strerror(wait_error));
    measured("into the same page, writable: %d event", writable);
    return remember(mmap_error == ENODEV && wait_error == EFAULT && writable == 1,
                    "what epoll saves is not the copy of the answer, but that of the question");
}
