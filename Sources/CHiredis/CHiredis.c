#include "CHiredis.h"
#include <string.h>

enum {
    // Bytes of an answer. A string has at most 512 MB (proto-max-bulk-len), and what comes with such an item is little.
    LARGEST = 1 << 30,
    // What an element counts for beside its bytes: there are up to 131,072 of them.
    ELEMENT = 8192,
    // Lists in each other.
    DEEPEST = 4,
    // Bytes of a line: an error, a status, a number, a length.
    LONGEST_LINE = 65536,
};

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

// The connection's own, whichever there are in this version, but for these two.
static redisReplyObjectFunctions bounded;
static void *(*create_array)(const redisReadTask *, element_count);
static void *(*create_string)(const redisReadTask *, char *, size_t);

// Adds to what the answer counts for, which the outermost list keeps in a field that lists have no use for. False if it
// is too much.
static bool take(const redisReadTask *task, size_t bytes) {
    while (task->parent) task = task->parent;
    redisReply *outermost = task->obj;
    if (bytes > (size_t)(LARGEST - outermost->integer)) return false;
    outermost->integer += bytes;
    return true;
}

static void *bounded_array(const redisReadTask *task, element_count elements) {
    int depth = 1;
    for (const redisReadTask *outer = task->parent; outer; outer = outer->parent) depth++;
    if (depth > DEEPEST || (size_t)elements > LARGEST / ELEMENT) return NULL;
    size_t bytes = (size_t)elements * ELEMENT;
    if (task->parent && !take(task, bytes)) return NULL;
    redisReply *array = create_array(task, elements);
    if (array && !task->parent) array->integer = bytes;
    return array;
}

static void *bounded_string(const redisReadTask *task, char *bytes, size_t length) {
    if (task->parent && !take(task, length)) return NULL;
    return create_string(task, bytes, length);
}

void wq_bound_answers(redisContext *context) {
    if (!create_array) {
        bounded = *context->reader->fn;
        create_array = bounded.createArray;
        create_string = bounded.createString;
        bounded.createArray = bounded_array;
        bounded.createString = bounded_string;
    }
    context->reader->fn = &bounded;
}

bool wq_is_too_much(const redisContext *context) {
    const redisReader *reader = context->reader;
    size_t length = reader->len - reader->pos;
    if (length <= LONGEST_LINE) return false;
    // A string begins with the line that tells its length.
    return length > LARGEST || !memchr(reader->buf + reader->pos, '\n', LONGEST_LINE);
}
