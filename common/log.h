/* log.h - the document's logger. One line, one write to stderr:
 * 2026-11-23 16:44:12,851 - epoll - DEBUG - Register connection fd 5 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <time.h>

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR };
extern enum log_level log_level; /* the lowest that is written; set by configure_logging() */

/* Takes the name that every line carries, and the level from the environment variable LOG_LEVEL:
 * DEBUG (also if unset or empty), INFO, WARNING or ERROR. Returns true, or false after a line on
 * stderr: a wrong level, or no /dev/null. Call it first: it opens descriptors 0 to 2 if they are
 * closed, else a client's socket could become our stderr; sets LC_CTYPE to UTF-8; and ignores
 * SIGXFSZ and SIGTTOU, with which a full file or a terminal may answer a write(2). */
bool configure_logging(const char *name);

/* Log a message, formatted as by printf(3) and cut at some 400 bytes; errno survives. A level that
 * is off costs the comparison: the arguments are not evaluated. The log waits for no reader of a
 * pipe, or of a terminal that we may open: a line that is not taken at once is lost or cut, and the
 * next one tells how many were. Clients cause warnings: each place warns once a minute at most. */
#define log_debug(...) LOG(LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) LOG(LEVEL_INFO, __VA_ARGS__)
#define log_warning_rarely(...)                                                               \
    do {                                                                                      \
        static time_t until;                                                                  \
        if (LEVEL_WARNING >= log_level && log_again(&until)) LOG(LEVEL_WARNING, __VA_ARGS__); \
    } while (0)
#define log_error(...) LOG(LEVEL_ERROR, __VA_ARGS__)
#define LOG(level, ...) ((level) < log_level ? (void)0 : log_write((level), __VA_ARGS__))
__attribute__((format(printf, 2, 3))) void log_write(enum log_level level, const char *format, ...);
bool log_again(time_t *until); /* has that second of CLOCK_MONOTONIC come? If so, moves it */

/* Returns `length` received bytes as text that is safe in a log line: letters and signs in UTF-8
 * stay as they are; all else, a backslash too, becomes an escape such as \n or \xff. Long data is
 * cut and its length appended. The string is static: valid until the next call. */
const char *printable(const char *data, size_t length);
#endif
