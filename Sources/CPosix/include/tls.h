// What the programs need to have wq-tls speak for them.
#pragma once
#include <sys/types.h>

// Starts the wq-tls that lies beside this program, or in PATH, for the server at that URL. *socket becomes the other
// end of its standard input and output, *status a pipe from its descriptor 3. Signals from the terminal do not
// reach it: it ends when the socket is closed. Returns its pid, or minus errno (ENOENT: there is none).
pid_t wq_start_tls(const char *url, int *socket, int *status);

// Waits for its end, unless all children are waited for elsewhere (wq_adopt_strays).
void wq_bury(pid_t process);
