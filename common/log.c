/* log.c - see log.h. */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

enum { LINE_SIZE = 1024, SHOWN_BYTES = 64 };

static const char *const LEVEL_NAMES[] = { "DEBUG", "INFO", "WARNING", "ERROR" };
static const char *logger_name = "?";

enum log_level log_level = LEVEL_DEBUG;

bool configure_logging(const char *name)
{
    const char *wanted = getenv("LOG_LEVEL");
    int fd;

    logger_name = name;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);

    /* Not the user's locale: the document logs UTF-8 wherever it runs. */
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        setlocale(LC_CTYPE, "en_US.UTF-8"); /* systems without C.UTF-8; else only ASCII is shown */

    if (wanted == NULL)
        return true;
    for (int level = LEVEL_DEBUG; level <= LEVEL_ERROR; level++) {
        if (strcmp(wanted, LEVEL_NAMES[level]) == 0) {
            log_level = (enum log_level)level;
            return true;
        }
    }
    log_error("LOG_LEVEL is '%s': use DEBUG, INFO, WARNING or ERROR",
              printable(wanted, strlen(wanted)));
    return false;
}

void log_write(enum log_level level, const char *format, ...)
{
    int saved_errno = errno;
    char line[LINE_SIZE];
    struct timespec now;
    struct tm local;
    va_list arguments;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    size_t used = strftime(line, sizeof(line), "%Y-%m-%d %H:%M:%S", &local);
    used += (size_t)snprintf(line + used, sizeof(line) - used, ",%03ld - %s - %s - ",
                             now.tv_nsec / 1000000, logger_name, LEVEL_NAMES[level]);

    va_start(arguments, format);
    used += (size_t)vsnprintf(line + used, sizeof(line) - used, format, arguments);
    va_end(arguments);

    if (used > sizeof(line) - 1)
        used = sizeof(line) - 1;
    line[used++] = '\n';
    if (write(STDERR_FILENO, line, used) == -1) {
        /* There is no other place to complain. */
    }
    errno = saved_errno;
}

/* Writes one byte as an escape to `text` and returns how many characters that took. */
static size_t escape(char *text, unsigned char byte)
{
    static const char CODES[] = "\n\r\t\\", LETTERS[] = "nrt\\";
    const char *code = byte == '\0' ? NULL : strchr(CODES, byte);

    if (code != NULL)
        return (size_t)sprintf(text, "\\%c", LETTERS[code - CODES]);
    return (size_t)sprintf(text, "\\x%02x", byte);
}

const char *printable(const char *data, size_t length)
{
    static char text[SHOWN_BYTES * sizeof("\\xff") + sizeof("... (18446744073709551615 bytes)")];
    size_t shown = length < SHOWN_BYTES ? length : SHOWN_BYTES, used = 0, i = 0;

    while (i < shown) {
        wchar_t character;
        mbstate_t state = { 0 };
        /* Look at all of the data: only the display is cut, not a character at its edge. */
        size_t bytes = mbrtowc(&character, data + i, length - i, &state);

        if (bytes > 0 && bytes <= length - i && wcwidth(character) > 0 && character != L'\\') {
            memcpy(text + used, data + i, bytes);
            used += bytes;
            i += bytes;
        } else {
            used += escape(text + used, (unsigned char)data[i++]);
        }
    }
    text[used] = '\0';
    if (shown < length)
        sprintf(text + used, "... (%zu bytes)", length);
    return text;
}
