// Processes, signals, the terminal: one way for each thing.
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#include "guard.h"

// Ignores SIGPIPE, so that writing to a closed pipe or connection ends with EPIPE, a message instead of a silent death;
// and fills standard descriptors that are closed with something that cannot be read or written, so that no file or
// connection takes their place.
void wq_prepare(void);

// Keeps this process' memory, which has a password in it, out of core dumps and from other processes of its user.
// Commands that it starts do not inherit that, as they would a limit of the size of a dump.
void wq_hide_memory(void);

// Ignores SIGINT, SIGTERM, SIGHUP and SIGQUIT. For wq-tls: a signal to a whole session or service is meant for the
// program, which may still have something to say to Redis; wq-tls ends when the program closes their socket.
void wq_outlive_signals(void);

// Holds back SIGCHLD and all signals that end a process from outside, so that none falls between a lease and its
// printing.
void wq_hold_signals(void);

// Waits for `events` of one descriptor, as poll(2) does; a negative timeout has no end. The signals that are held reach
// the process during the wait if `let_signals_in`, for a program that merely waits.
int wq_poll(int fd, short events, int timeout_ms, bool let_signals_in);

// A signalfd(2) from which the signals that are held are read; from then on wq_poll does not let them in. -1 and errno
// on failure. If `stops_too`, SIGTSTP is held, too, and SIGTTOU stops nothing. The caller has called wq_hold_signals.
int wq_signal_descriptor(bool stops_too);

// The next signal's number, or 0 if there is none but such as are ignored. *from_kernel, unless NULL, says whether it came
// from the kernel, as it does when a terminal sends it to all of a process group.
int wq_next_signal(int descriptor, bool *from_kernel);

// Ends this process by the signal, unless that ends nothing.
void wq_die_by(int number);

// Stops this process until CONT, as TSTP asks. One from the kernel, for Ctrl-Z, stops nothing in a process group that no shell
// would have go on (orphaned, see setpgid(2)).
void wq_stop(bool is_from_kernel);

// The signal's name without SIG, `KILL` for 9; NULL for a number that has no name.
const char *wq_signal_name(int number);

// Where a command is: in a process group of its own, a session of its own, or the process group of this process.
enum wq_place { wq_in_own_group, wq_in_own_session, wq_in_this_group };

// Starts a command with the signals as this process found them; the kernel kills it, not what it started, if this process
// dies. `path` is what to execute; the descriptors become its standard input, output and error, and -1 leaves that one as it
// is. A session of its own is noted in `session`, which may be NULL otherwise. Returns its pid, or minus errno.
pid_t wq_start(
    const char *path, char *const argv[], char *const envp[], const int standard[3], enum wq_place place,
    struct wq_session *session);

// Has the kernel make processes whose parent ended, below this one, children of this one; wq_reap waits for them.
void wq_adopt_strays(void);

// Takes a wait status apart: *code is the exit status if the process exited, and else the signal's number.
void wq_read_status(int status, int *code, bool *was_signalled);

// The next child that ended, or 0; strays that this process inherited are among them.
pid_t wq_reap(int *code, bool *was_signalled);

// Waits for a child's end, unless wq_reap waits for all children.
void wq_bury(pid_t process);
