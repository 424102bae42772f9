/* args: reads what `redis-cli monitor` prints and writes the one command that
 * a client sent, as NUL-terminated arguments. What scripts call inside the
 * server does not count, nor that a client says its name, which the peers spare
 * themselves. More than one command else, or none, is an error: then the peers
 * would not do what the program does.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Undoes the server's quoting in place; returns the first byte after the quoted text. */
static char *unquote(char *text, char **end) {
    char *to = text;

    for (; *text && *text != '"'; text++) {
        static const char names[] = "nrtab", meant[] = "\n\r\t\a\b";
        const char *name;

        if (*text != '\\') {
            *to++ = *text;
        } else if (*++text == 'x') {
            char digits[3] = {text[1], text[2], 0};

            *to++ = (char)strtol(digits, NULL, 16);
            text += 2;
        } else if (*text && (name = strchr(names, *text))) {
            *to++ = meant[name - names];
        } else if (*text) {
            *to++ = *text;
        } else {
            break;
        }
    }
    if (*text != '"')
        errx(76, "a quote does not end");
    *end = to;
    return text + 1;
}

int main(void) {
    char *line = NULL, *text, *start, *end;
    size_t room = 0;
    int commands = 0;

    /* 1700000000.123456 [0 unix:/tmp/redis.sock] "PING" */
    while (getline(&line, &room, stdin) > 0) {
        if (!(text = strstr(line, "] \"")))
            continue;
        if (strncmp(text - 3, "lua", 3) == 0)
            continue;
        if (strncmp(text + 2, "\"CLIENT\" \"SETNAME\"", 18) == 0)
            continue;
        if (++commands > 1)
            errx(76, "more than one command: %.40s...", text + 2);
        text += 2;
        while (*text == '"') {
            start = ++text;
            text = unquote(text, &end);
            fwrite(start, 1, (size_t)(end - start), stdout);
            putchar('\0');
            if (*text == ' ')
                text++;
        }
    }
    if (commands == 0)
        errx(76, "no command");
    return 0;
}
