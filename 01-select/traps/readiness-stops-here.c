/* The kernel knows what lies in the socket, not what lies in a buffer of your own. stdio reads
 * ahead: one fgets() takes all three lines, and a wait would now sleep beside two of them. */
#include "trap.h"
#include <sys/select.h>

enum { SIZE = 14 };
static const char lines[SIZE + 1] = "one\ntwo\nthree\n";

static int is_readable(int fd)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    return must(select(fd + 1, &readable, NULL, NULL, &(struct timeval){ 0 }), "select");
}

/* What does select say after the first of three lines? Then fgets() must still have the others. */
static int readable_after_one_line(int mode)
{
    char line[SIZE];
    int client, server;
    tcp_pair(&client, &server);
    FILE *in = fdopen(server, "r");
    need(in != NULL && setvbuf(in, NULL, mode, BUFSIZ) == 0, "a stdio stream");
    need(send(client, lines, SIZE, 0) == SIZE, "send");
    need(recv(server, line, SIZE, MSG_PEEK | MSG_WAITALL) == SIZE, "three lines that arrive");
    need(fgets(line, SIZE, in) != NULL, "the first line");
    int readable = is_readable(server);
    need(fgets(line, SIZE, in) != NULL && strcmp(line, "two\n") == 0, "the second line");
    need(fgets(line, SIZE, in) != NULL && strcmp(line, "three\n") == 0, "the third line");
    fclose(in);
    return readable;
}

int main(void)
{
    claim("stdio reads ahead: after one fgets() of three lines select sees nothing to read");
    int buffered = readable_after_one_line(_IOFBF), unbuffered = readable_after_one_line(_IONBF);
    measured("one line of three is read: select returns %d, and fgets() has two more", buffered);
    measured("the same with an unbuffered stream: select returns %d", unbuffered);
    return remember(buffered == 0 && unbuffered == 1,
                    "wait for a descriptor only when your own buffers are empty: stdio's, TLS's");
}
