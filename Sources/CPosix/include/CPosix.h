// The few things of C that Swift cannot say, and the headers that Embedded Swift has no module for.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "tls.h"
#include "work.h"

// The arguments as the kernel gave them: Embedded Swift has no CommandLine, and String would repair bytes.
int wq_argc(void);
char **wq_argv(void);

// errno is a macro, and getopt's results are globals, which Swift 6 refuses to read.
int wq_errno(void);
char *wq_optarg(void);
int wq_optind(void);

// getopt_long(3), from the first argument on after a restart. Its messages begin with `name`, which takes the
// place of the program's path.
void wq_getopt_restart(void);
int wq_getopt(const char *name, int argc, char **argv, const char *letters, const struct option *longs);

// open(2) is variadic, which Swift cannot call. For reading.
int wq_open(const char *path);

// So that commands that are run do not have the connection, too.
void wq_close_on_exec(int fd);

// Writing to a closed pipe or connection becomes EPIPE, a message instead of a silent death; and standard
// descriptors that are closed are filled with something that cannot be read or written, so that no file or
// connection takes their place.
void wq_prepare(void);

// Holds back SIGINT, SIGTERM, SIGHUP and SIGCHLD, so that none falls between a lease and its printing...
void wq_hold_signals(void);
// ...but for while a program merely waits. As poll(2) on one descriptor for `events`.
int wq_poll(int fd, short events, int timeout_ms, bool let_signals_in);

// Starts a command in a process group of its own, which gets the terminal if this process had it, and with the
// signals as this process found them. Returns its pid, or minus errno.
pid_t wq_spawn(char *const argv[]);

// Waits up to that many ms (-1: for ever) for a signal: SIGCHLD, SIGINT, SIGTERM or SIGHUP. They must have been
// held by wq_hold_signals. Returns its number, or 0 when the time is up.
int wq_wait_for_signal(int timeout_ms);

// Whether the child ended; then *status is what a shell would call it: 128 more than a signal's number. If it
// was stopped or interrupted from the terminal, so is this process with all of its group.
bool wq_has_ended(pid_t child, int *status);

// Whether no process of the group is left.
bool wq_is_gone(pid_t group);

// Columns of the terminal: as it says, else $COLUMNS, else 80.
int wq_columns(int fd);

// ms of the monotonic clock.
long long wq_monotonic_ms(void);
