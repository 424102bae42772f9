// What the programs need to have wq-tls speak for them.
#pragma once
#include <stdbool.h>
#include <sys/types.h>

// The program of that name beside this one, or in PATH, in `path`; false if there is none.
bool wq_find_beside(const char *name, char *path, size_t size);

// Starts that wq-tls for the server at that URL. *socket becomes the other end of its standard input and output, *status
// one of a pipe from its standard error. Returns its pid, or minus errno.
pid_t wq_start_tls(const char *path, const char *url, int *socket, int *status);

// For wq-tls: whoever ends a whole session or service means the program, which may still have something to say to Redis.
// The end of its socket is the helper's.
void wq_outlive_signals(void);

// Waits for its end, unless all children are waited for elsewhere (wq_adopt_strays).
void wq_bury(pid_t process);
