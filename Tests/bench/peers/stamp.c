/* stamp: appends the time, in ns since 1970, to a file, and sleeps.
 *
 *     stamp FILE SECONDS [ARG...]
 *
 * A command for items whose start is measured: it starts as fast as a program can. Standard input is read to its end, since
 * amqp-consume ends if nobody takes the item.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char line[32];
    int length = snprintf(line, sizeof line, "%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec);
    if (argc < 3)
        return 64;
    int file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (file < 0 || write(file, line, length) != length)
        return 74;
    while (read(STDIN_FILENO, line, sizeof line) > 0)
        ;
    for (unsigned left = atoi(argv[2]); left;)
        left = sleep(left);
    return 0;
}
