/* race: runs several commands in turn and says how long each takes.
 *
 *     race ROUNDS -- NAME [<FILE] COMMAND [ARG...] [-- NAME ...]...
 *
 * A round runs every command once, every other round in reverse order, so
 * that whatever else the machine does meets all of them alike. The clock runs
 * from before the spawn until after the wait, with neither a shell nor an
 * interpreter in between. Standard input is FILE or /dev/null, standard output
 * /dev/null. An argument @FILE stands for the NUL-terminated arguments in FILE.
 *
 * Prints one line each: NAME, rounds, median, minimum and 90th percentile in
 * microseconds, and the largest peak memory of the process or of one that it
 * waited for, in KiB, all separated by tabs. A command that fails ends the race.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

struct runner {
    const char *name;
    const char *input;
    char **argv;
    double *times;
    long memory;
};

static void *grow(void *memory, size_t count, size_t size) {
    memory = reallocarray(memory, count, size);
    if (!memory)
        err(74, "memory");
    return memory;
}

/* Appends an argument, or those in the file that it names. */
static void append(char ***argv, size_t *count, char *argument) {
    char *part = NULL;
    size_t room = 0;
    FILE *file;

    if (argument[0] != '@') {
        *argv = grow(*argv, *count + 2, sizeof **argv);
        (*argv)[(*count)++] = argument;
        (*argv)[*count] = NULL;
        return;
    }
    if (!(file = fopen(argument + 1, "r")))
        err(66, "%s", argument + 1);
    while (getdelim(&part, &room, '\0', file) > 0) {
        *argv = grow(*argv, *count + 2, sizeof **argv);
        (*argv)[(*count)++] = part;
        (*argv)[*count] = NULL;
        part = NULL;
        room = 0;
    }
    fclose(file);
}

static double now(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double run(struct runner *runner) {
    posix_spawn_file_actions_t files;
    struct rusage usage;
    double start, end;
    int failure, status;
    pid_t child;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, runner->input, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    start = now();
    failure = posix_spawnp(&child, runner->argv[0], &files, NULL, runner->argv, environ);
    if (failure == 0)
        wait4(child, &status, 0, &usage);
    end = now();
    posix_spawn_file_actions_destroy(&files);
    if (failure != 0)
        errx(71, "%s: %s", runner->argv[0], strerror(failure));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        errx(70, "%s: ended with wait status %#x", runner->name, (unsigned)status);
    if (usage.ru_maxrss > runner->memory)
        runner->memory = usage.ru_maxrss;
    return end - start;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

int main(int argc, char **argv) {
    struct runner *runners = NULL;
    size_t count = 0, rounds = 0, round, turn, words;
    int at = 2;

    if (argc > 2)
        rounds = strtoul(argv[1], NULL, 10);
    while (rounds > 0 && at + 2 < argc && strcmp(argv[at], "--") == 0) {
        struct runner *one;

        runners = grow(runners, count + 1, sizeof *runners);
        one = &runners[count++];
        *one = (struct runner){.name = argv[at + 1], .input = "/dev/null"};
        one->times = grow(NULL, rounds, sizeof *one->times);
        at += 2;
        if (argv[at][0] == '<')
            one->input = argv[at++] + 1;
        for (words = 0; at < argc && strcmp(argv[at], "--") != 0; at++)
            append(&one->argv, &words, argv[at]);
        if (words == 0)
            errx(64, "%s: no command", one->name);
    }
    if (count == 0 || at != argc)
        errx(64, "usage: race ROUNDS -- NAME [<FILE] COMMAND [ARG...] [-- NAME ...]...");

    for (round = 0; round < rounds; round++)
        for (turn = 0; turn < count; turn++) {
            struct runner *one = &runners[round % 2 ? count - 1 - turn : turn];

            one->times[round] = run(one);
        }

    for (turn = 0; turn < count; turn++) {
        double *times = runners[turn].times;

        qsort(times, rounds, sizeof *times, by_value);
        printf("%s\t%zu\t%.1f\t%.1f\t%.1f\t%ld\n", runners[turn].name, rounds,
               (times[(rounds - 1) / 2] + times[rounds / 2]) / 2, times[0],
               times[(rounds * 9 + 9) / 10 - 1], runners[turn].memory);
    }
    return 0;
}
