// What the programs need to have wq-tls speak for them.
#pragma once
#include <sys/types.h>

// Starts the wq-tls that lies beside this program, or in PATH, for the server at that URL. *socket becomes the other
// end of its standard input and output, *status one of a pipe from its standard error. Returns its pid, or minus errno
// (ENOENT: there is none).
pid_t wq_start_tls(const char *url, int *socket, int *status);

// For wq-tls: whoever ends a whole session or service means the program, which may still have something to say to Redis.
// The end of its socket is the helper's.
void wq_outlive_signals(void);

// Waits for its end, unless all children are waited for elsewhere (wq_adopt_strays).
void wq_bury(pid_t process);
