/* log.c - see log.h. */
#define _XOPEN_SOURCE 700
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

/* 512, POSIX's PIPE_BUF: a pipe takes a line as a whole, or not. */
enum { LINE_SIZE = 512, SHOWN_BYTES = 64, SILENCE_S = 60 };
static const char *const LEVEL_NAMES[] = { "DEBUG", "INFO", "WARNING", "ERROR" };
static const char *logger_name = "?";
enum log_level log_level = LEVEL_DEBUG;

bool configure_logging(const char *name)
{
    const char *wanted = getenv("LOG_LEVEL");
    struct stat file;
    int fd;
    logger_name = name;
    for (fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd)
            return perror("Can't open /dev/null"), false;
    /* Ready is a hint: others may write here, too. A terminal, and on Linux a pipe, can be opened
     * again. That is a description of our own, which we make non-blocking. */
    int mode = fcntl(STDERR_FILENO, F_GETFL) & O_ACCMODE;
    const char *path = ptsname(STDERR_FILENO) ? NULL : ttyname(STDERR_FILENO); /* not a master */
    if (!path && fstat(STDERR_FILENO, &file) == 0 && S_ISFIFO(file.st_mode)) path = "/dev/fd/2";
    if (path != NULL && (fd = open(path, mode | O_NOCTTY | O_NONBLOCK)) >= 0)
        dup2(fd, STDERR_FILENO), close(fd);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) /* the document logs UTF-8 wherever it runs */
        setlocale(LC_CTYPE, "en_US.UTF-8");     /* systems without C.UTF-8; else ASCII is shown */
    for (int level = LEVEL_DEBUG; level <= LEVEL_ERROR; level++) {
        log_level = (enum log_level)level;
        if (wanted == NULL || wanted[0] == '\0' || strcmp(wanted, LEVEL_NAMES[level]) == 0)
            return true;
    }
    log_error("LOG_LEVEL is '%s': use DEBUG, INFO, WARNING or ERROR",
              printable(wanted, strlen(wanted)));
    return false;
}

void log_write(enum log_level level, const char *format, ...)
{
    static unsigned long lost; /* lines in a row */
    int saved_errno = errno;
    char line[LINE_SIZE], when[32], loss[48] = "", message[LINE_SIZE - 112];
    struct pollfd log = { .fd = STDERR_FILENO, .events = POLLOUT };
    struct timespec now;
    struct tm local;
    va_list arguments;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (lost++ > 0) snprintf(loss, sizeof(loss), "(%lu lines lost) ", lost - 1);
    int size = snprintf(line, sizeof(line), "%s,%03ld - %s - %s - %s%s\n", when,
                        now.tv_nsec / 1000000, logger_name, LEVEL_NAMES[level], loss, message);
    if (poll(&log, 1, 0) == 1 && write(STDERR_FILENO, line, (size_t)size) == size) lost = 0;
    errno = saved_errno;
}

bool log_again(time_t *until)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < *until) return false;
    *until = now.tv_sec + SILENCE_S;
    return true;
}

/* Only what stands for itself: nothing invisible or unassigned, nothing that changes what is beside
 * it. Latin, Greek, Cyrillic, signs, Chinese, Japanese, Korean; no libc's idea of "printable". */
static bool is_safe(wchar_t character)
{
    static const wchar_t RANGES[][2] = {
        { ' ', '[' },       { ']', '~' },       { 0xA1, 0xAC },     { 0xAE, 0x2FF },
        { 0x391, 0x3A1 },   { 0x3A3, 0x482 },   { 0x2010, 0x2027 }, { 0x2190, 0x23FF },
        { 0x2500, 0x27BF }, { 0x3001, 0x3029 }, { 0x3041, 0x3096 }, { 0x30A0, 0x30FF },
        { 0x4E00, 0x9FA5 }, { 0xAC00, 0xD7A3 }, { 0xFF01, 0xFF5E },
    };

    for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++)
        if (character >= RANGES[i][0] && character <= RANGES[i][1]) return true;
    return false;
}

const char *printable(const char *data, size_t length)
{
    static const char CODES[] = "\n\r\t\\", LETTERS[] = "nrt\\";
    static char text[SHOWN_BYTES * sizeof("\\xff") + sizeof("... (18446744073709551615 bytes)")];
    size_t used = 0, i = 0;

    while (i < length && i < SHOWN_BYTES) {
        wchar_t character;
        mbstate_t state = { 0 };
        size_t bytes = mbrtowc(&character, data + i, length - i, &state);

        if (bytes > 0 && bytes <= length - i && is_safe(character)) {
            memcpy(text + used, data + i, bytes);
            used += bytes;
            i += bytes;
        } else {
            unsigned char byte = (unsigned char)data[i++];
            const char *code = memchr(CODES, byte, sizeof(CODES) - 1);
            used += (size_t)snprintf(text + used, sizeof("\\xff"), code ? "\\%c" : "\\x%02x",
                                     code ? LETTERS[code - CODES] : byte);
        }
    }
    text[used] = '\0';
    if (i < length) snprintf(text + used, sizeof(text) - used, "... (%zu bytes)", length);
    return text;
}
