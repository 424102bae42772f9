// hiredis, and bounds for the answers that it takes from a server. Only Connection.swift imports this.
#pragma once
#include <hiredis/hiredis.h>
#include <stdbool.h>

// How deep lists may lie in each other in an answer: deeper than in that of any operation.
enum { wq_deepest = 4 };

// Has the connection refuse, from here on, an answer that is larger or nested deeper than any that is asked for, as if
// there were no memory for it: REDIS_ERR_OOM. Without this, hiredis makes room for as many elements as a server announces,
// nests without limit in 1.x, and frees nested lists by recursion.
void wq_bound_answers(redisContext *context);

// Whether more has come of an unfinished answer than any may have: a line without an end, or a string that is too large.
// hiredis would go on collecting it.
bool wq_is_too_much(const redisContext *context);

// redisConnectWithTimeout, whose look-up of the host takes no longer than about the timeout, too, if no name server answers,
// however many names, servers and tries the system's settings give it; but the least that each try has is a second. Without
// this it takes 20 s and more. An address is not looked up, and costs nothing.
redisContext *wq_connect(const char *host, int port, struct timeval timeout);
