// hiredis as it is, and bounds for what it takes from a server. Only Connection.swift imports this.
#pragma once
#include <hiredis/hiredis.h>
#include <stdbool.h>

// From here on an answer of that connection that is nested deeper or has more in it than any that is asked for is
// refused, as if there were no memory for it: REDIS_ERR_OOM. hiredis makes room for as many elements as a server
// announces, in 1.x nests without limit, and frees what is nested by recursion.
void wq_bound_answers(redisContext *context);

// Whether what has come of an unfinished answer is more than one may be: a line without an end, or a string larger
// than any. hiredis would go on collecting it.
bool wq_is_too_much(const redisContext *context);
