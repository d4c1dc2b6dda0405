/* "epoll shares memory with the kernel", many texts say. Then there would be something to map, and
 * epoll_wait() would not have to write into your array. It fails where you may not write. */
#include "../../01-select/traps/trap.h"
#include <sys/epoll.h>
#include <sys/mman.h>

int main(void)
{
    int client, server;
    struct epoll_event event = { .events = EPOLLIN };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    claim("epoll shares no memory with the process: epoll_wait() copies the events into its array");
    tcp_pair(&client, &server);
    int epoll_fd = must(epoll_create1(0), "epoll_create1");
    need(send(client, "x", 1, 0) == 1, "send"); /* never read, so always ready */
    await(server, POLLIN, "wait for the client's byte");
    must(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server, &event), "epoll_ctl");

    void *shared = mmap(NULL, page, PROT_READ, MAP_SHARED, epoll_fd, 0);
    int mmap_error = shared == MAP_FAILED ? errno : 0;

    struct epoll_event *array = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(array != MAP_FAILED, "a page that can only be read");
    int wait_error = epoll_wait(epoll_fd, array, 1, 0) == -1 ? errno : 0;
    must(mprotect(array, page, PROT_READ | PROT_WRITE), "make the page writable");
    int writable = epoll_wait(epoll_fd, array, 1, 0);

    measured("mmap of the epoll descriptor: %s; epoll_wait into a read-only page: %s",
             mmap_error == ENODEV ? "ENODEV" : "not ENODEV",
             wait_error == EFAULT ? "EFAULT" : "not EFAULT");
    measured("into the same page, made writable: %d event", writable);
    return remember(mmap_error == ENODEV && wait_error == EFAULT && writable == 1,
                    "what epoll saves is not the copy of the answer, but that of the question");
}
