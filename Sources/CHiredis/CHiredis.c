#include "CHiredis.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

enum {
    // The most bytes of an answer. A string has at most 512 MB (proto-max-bulk-len), and little comes with such an item.
    LARGEST = 1 << 30,
    // As how many bytes an element counts, beside its own: so there are at most 131,072 elements.
    ELEMENT = 8192,
    // The most bytes of a line: an error, a status, a number, a length.
    LONGEST_LINE = 65536,
};

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

// The functions of hiredis that make the parts of an answer, whichever this version has, with two of ours among them; and
// the two of hiredis whose place those take.
static redisReplyObjectFunctions bounded;
static void *(*create_array)(const redisReadTask *, element_count);
static void *(*create_string)(const redisReadTask *, char *, size_t);

// Adds to the bytes of the answer, which its outermost list keeps in a field that hiredis does not use for lists. False if
// there are too many.
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
    if (depth > wq_deepest || (size_t)elements > LARGEST / ELEMENT) return NULL;
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
    // An unfinished string begins with a line that tells its length; anything else has no line end so far.
    return length > LARGEST || !memchr(reader->buf + reader->pos, '\n', LONGEST_LINE);
}

// Has the look-ups of this host that follow, in this thread, take about so long.
static void bound_lookups(const char *host, long seconds) {
    unsigned char address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1) return;
    if (_res.options & RES_INIT) res_nclose(&_res);
    if (res_ninit(&_res)) return;
    int names = 1;
    for (char **domain = _res.dnsrch; domain < _res.dnsrch + MAXDNSRCH && *domain; domain++) names++;
    // hiredis asks for IPv4 addresses, and then for those of IPv6.
    int questions = 2 * names * _res.retry * (_res.nscount > 0 ? _res.nscount : 1);
    long each = seconds / questions;
    if (each < 1) each = 1;
    if (each < _res.retrans) _res.retrans = each;
}

redisContext *wq_connect(const char *host, int port, struct timeval timeout) {
    bound_lookups(host, timeout.tv_sec);
    return redisConnectWithTimeout(host, port, timeout);
}
