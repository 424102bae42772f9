/* replay: what a command costs the server when a given number of items is in flight.
 *
 *     replay SOCKET CYCLES CALLS -- NAME DB HELD take FILE... finish FILE... [-- NAME ...]...
 *
 * Each lane is one queue in database DB. The file HELD names what is in flight
 * there: a line each, up to the first tab. In each cycle every lane takes CALLS
 * items and finishes the CALLS items that it has held for longest. Each FILE
 * holds one command as NUL-terminated arguments, sent CALLS times down one
 * pipeline; in the arguments, <held> stands for what is taken or finished, <key>
 * for the same filled up with zeros to the length of a SHA-224 in hexadecimal.
 * The reply to the first command of `take` says what was taken: it is the reply
 * itself or, of a wq lease, the ID in it.
 *
 * Prints for each lane: NAME, then median, minimum and 90th percentile of take,
 * then of finish, in microseconds of server time an item, separated by tabs. They
 * come from the usec that INFO commandstats shows before and after each batch.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_words = 64, most_commands = 4, key_length = 56 };

struct command {
    int count;
    char *words[most_words];
    size_t lengths[most_words];
};

struct phase {
    int count;
    struct command commands[most_commands];
    double *times;
};

/* Oldest first, from `first` up to `end`. */
struct held {
    char **names;
    size_t first, end;
};

struct lane {
    const char *name;
    redisContext *redis;
    struct held held;
    struct phase take, finish;
};

static void *grow(void *memory, size_t count, size_t size) {
    memory = reallocarray(memory, count, size);
    if (!memory)
        err(74, "memory");
    return memory;
}

static char *copy(const char *text) {
    char *same = strdup(text);

    if (!same)
        err(74, "memory");
    return same;
}

static FILE *open_file(const char *path) {
    FILE *file = fopen(path, "r");

    if (!file)
        err(66, "%s", path);
    return file;
}

static void read_command(struct command *command, const char *path) {
    FILE *file = open_file(path);
    size_t room;

    for (;;) {
        char *word = NULL;

        room = 0;
        if (getdelim(&word, &room, '\0', file) <= 0)
            break;
        if (command->count == most_words)
            errx(65, "%s: too many arguments", path);
        command->words[command->count++] = word;
    }
    fclose(file);
    if (command->count == 0)
        errx(65, "%s: no command", path);
}

/* Leaves room for what will be taken. */
static void read_held(struct held *held, const char *path, size_t taken) {
    FILE *file = open_file(path);
    size_t room = 0, size = 0;
    char *line = NULL;

    while (getline(&line, &room, file) > 0) {
        if (held->end == size)
            held->names = grow(held->names, size = size ? size * 2 : 1024, sizeof *held->names);
        line[strcspn(line, "\t\n")] = 0;
        held->names[held->end++] = copy(line);
    }
    free(line);
    fclose(file);
    held->names = grow(held->names, held->end + taken, sizeof *held->names);
}

static redisReply *reply_to(redisContext *redis) {
    redisReply *reply;

    if (redisGetReply(redis, (void **)&reply) != REDIS_OK)
        errx(69, "Redis: %s", redis->errstr);
    if (reply->type == REDIS_REPLY_ERROR)
        errx(76, "Redis: %s", reply->str);
    return reply;
}

/* Calls and microseconds so far of all commands of a phase. */
static void spent(const struct lane *lane, const struct phase *phase, long long *calls, double *usec) {
    redisReply *reply = redisCommand(lane->redis, "INFO commandstats");
    char name[80], *at;
    long long n, us;
    int i;

    if (!reply || reply->type == REDIS_REPLY_ERROR)
        errx(76, "INFO commandstats");
    *calls = 0;
    *usec = 0;
    for (i = 0; i < phase->count; i++) {
        snprintf(name, sizeof name, "cmdstat_%s:", phase->commands[i].words[0]);
        for (at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        if ((at = strstr(reply->str, name)) &&
            sscanf(at + strlen(name), "calls=%lld,usec=%lld", &n, &us) == 2) {
            *calls += n;
            *usec += (double)us;
        }
    }
    freeReplyObject(reply);
}

static void append(redisContext *redis, const struct command *command, const char *held) {
    const char *words[most_words];
    size_t lengths[most_words];
    char made[most_words][256], key[key_length + 1];
    int i, length;

    length = (int)strlen(held);
    snprintf(key, sizeof key, "%.*d%s", length < key_length ? key_length - length : 0, 0, held);
    for (i = 0; i < command->count; i++) {
        const char *word = command->words[i], *mark, *value = held;

        words[i] = word;
        if ((mark = strstr(word, "<held>")) || ((mark = strstr(word, "<key>")) && (value = key))) {
            snprintf(made[i], sizeof made[i], "%.*s%s%s", (int)(mark - word), word, value,
                     strchr(mark, '>') + 1);
            words[i] = made[i];
        }
        lengths[i] = strlen(words[i]);
    }
    redisAppendCommandArgv(redis, command->count, words, lengths);
}

static char *taken(const redisReply *reply) {
    /* lease.lua: 'leased', more in ready, ID, attempt, item */
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 5)
        reply = reply->element[2];
    if (reply->type != REDIS_REPLY_STRING)
        errx(76, "nothing was taken");
    return copy(reply->str);
}

/* One batch of a lane. Answers microseconds an item. */
static double run(struct lane *lane, struct phase *phase, long long calls) {
    struct held *held = &lane->held;
    size_t first = phase == &lane->take ? held->end : held->first;
    long long calls_before, calls_after, n;
    double before, after;
    int i;

    spent(lane, phase, &calls_before, &before);
    for (i = 0; i < phase->count; i++) {
        int take = phase == &lane->take && i == 0;

        for (n = 0; n < calls; n++)
            append(lane->redis, &phase->commands[i], take ? "" : held->names[first + (size_t)n]);
        for (n = 0; n < calls; n++) {
            redisReply *reply = reply_to(lane->redis);

            if (take)
                held->names[held->end++] = taken(reply);
            freeReplyObject(reply);
        }
    }
    spent(lane, phase, &calls_after, &after);
    if (calls_after - calls_before != calls * phase->count)
        errx(70, "%s: somebody else is using this server", lane->name);
    if (phase == &lane->finish)
        held->first += (size_t)calls;
    return (after - before) / (double)calls;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void print(double *times, size_t count) {
    qsort(times, count, sizeof *times, by_value);
    printf("\t%.2f\t%.2f\t%.2f", (times[(count - 1) / 2] + times[count / 2]) / 2, times[0],
           times[(count * 9 + 9) / 10 - 1]);
}

int main(int argc, char **argv) {
    struct lane *lanes = NULL;
    size_t count = 0, cycles, cycle, i;
    long long calls;
    int at = 4;

    if (argc < 10)
        errx(64, "usage: replay SOCKET CYCLES CALLS -- NAME DB HELD take FILE... finish FILE... [-- ...]");
    cycles = strtoul(argv[2], NULL, 10);
    calls = atoll(argv[3]);
    while (at + 4 < argc && strcmp(argv[at], "--") == 0) {
        struct phase *phase = NULL;
        struct lane *lane;
        redisReply *reply;

        lanes = grow(lanes, count + 1, sizeof *lanes);
        lane = &lanes[count++];
        *lane = (struct lane){.name = argv[at + 1]};
        lane->take.times = grow(NULL, cycles, sizeof(double));
        lane->finish.times = grow(NULL, cycles, sizeof(double));
        lane->redis = redisConnectUnix(argv[1]);
        if (!lane->redis || lane->redis->err)
            errx(69, "%s: %s", argv[1], lane->redis ? lane->redis->errstr : "memory");
        redisAppendCommand(lane->redis, "SELECT %s", argv[at + 2]);
        reply = reply_to(lane->redis);
        freeReplyObject(reply);
        read_held(&lane->held, argv[at + 3], cycles * (size_t)calls);
        for (at += 4; at < argc && strcmp(argv[at], "--") != 0; at++) {
            if (strcmp(argv[at], "take") == 0)
                phase = &lane->take;
            else if (strcmp(argv[at], "finish") == 0)
                phase = &lane->finish;
            else if (phase && phase->count < most_commands)
                read_command(&phase->commands[phase->count++], argv[at]);
            else
                errx(64, "%s: take and finish need one to %d commands", lane->name, most_commands);
        }
    }

    for (cycle = 0; cycle < cycles; cycle++)
        for (i = 0; i < count; i++) {
            lanes[i].take.times[cycle] = run(&lanes[i], &lanes[i].take, calls);
            lanes[i].finish.times[cycle] = run(&lanes[i], &lanes[i].finish, calls);
        }

    for (i = 0; i < count; i++) {
        printf("%s", lanes[i].name);
        print(lanes[i].take.times, cycles);
        print(lanes[i].finish.times, cycles);
        putchar('\n');
    }
    return 0;
}
