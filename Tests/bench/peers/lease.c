/* The C program that wq-lease is measured against: it connects, sends the very
 * command that wq-lease sends, and prints the strings of the answer. Like
 * wq-lease it carries the command inside: lease-args.h is made from what
 * wq-lease was seen to send.
 *
 *     lease SOCKET
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

static const char command[] = {
#include "lease-args.h"
};

enum { most = 64 };

static void print(const redisReply *reply) {
    size_t i;

    if (reply->type == REDIS_REPLY_STRING)
        printf("%.*s\t", (int)reply->len, reply->str);
    else if (reply->type == REDIS_REPLY_ARRAY)
        for (i = 0; i < reply->elements; i++)
            print(reply->element[i]);
}

int main(int argc, char **argv) {
    const char *words[most], *at;
    redisContext *redis;
    redisReply *reply;
    int count = 0;

    if (argc != 2)
        return 64;
    for (at = command; at < command + sizeof command; at += strlen(at) + 1) {
        if (count == most)
            return 70;
        words[count++] = at;
    }
    redis = redisConnectUnix(argv[1]);
    if (!redis || redis->err)
        return 69;
    reply = redisCommandArgv(redis, count, words, NULL);
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        return 76;
    print(reply);
    putchar('\n');
    return fflush(stdout) ? 74 : 0;
}
