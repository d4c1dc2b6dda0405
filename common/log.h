/* log.h - the document's logger. One line, one write to stderr:
 * 2026-11-23 16:44:12,851 - epoll - DEBUG - Register connection fd 5 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR };

/* The lowest level that is written; set by configure_logging(). */
extern enum log_level log_level;

/* Takes the name that every line carries and reads the level from the environment variable
 * LOG_LEVEL: DEBUG (also where it is not set), INFO, WARNING or ERROR. Returns true, or false after
 * a line on stderr that names the wrong value. Call it first: it also sets LC_CTYPE to UTF-8 and
 * makes sure that descriptors 0 to 2 are open, else a client's socket could become our stderr. */
bool configure_logging(const char *name);

/* Log a message, formatted as by printf(3). A level that is off costs the comparison: the arguments
 * are not evaluated. A line is cut at 1,024 bytes, and errno survives. Lines that stderr does not
 * take are lost; a stderr that is a full pipe or a stopped terminal blocks the caller: write(2). */
#define log_debug(...) LOG(LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) LOG(LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) LOG(LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) LOG(LEVEL_ERROR, __VA_ARGS__)
#define LOG(level, ...) ((level) < log_level ? (void)0 : log_write((level), __VA_ARGS__))

__attribute__((format(printf, 2, 3))) void log_write(enum log_level level, const char *format, ...);

/* Returns `length` received bytes as text that is safe in a log line. What has a width on the
 * screen (wcwidth(3)) stays as it is; everything else, a backslash too, becomes an escape such as
 * \n or \xff. Long data is cut and its length appended. The string is static: valid until the next
 * call. */
const char *printable(const char *data, size_t length);

#endif
