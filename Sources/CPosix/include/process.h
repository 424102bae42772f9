// Processes, signals, the terminal: one way for each thing.
#pragma once
#include <stdbool.h>
#include <sys/types.h>

// Ignores SIGPIPE, so that writing to a closed pipe or connection ends with EPIPE, a message instead of a silent death;
// and fills standard descriptors that are closed with something that cannot be read or written, so that no file or
// connection takes their place.
void wq_prepare(void);

// Keeps this process' memory, which has a password in it, out of core dumps and from other processes of its user.
// Commands that it starts do not inherit that, as they would a limit of the size of a dump.
void wq_hide_memory(void);

// Ignores SIGINT, SIGTERM and SIGHUP. For wq-tls: a signal to a whole session or service is meant for the program,
// which may still have something to say to Redis; wq-tls ends when the program closes their socket.
void wq_outlive_signals(void);

// Holds back SIGINT, SIGTERM, SIGCHLD and, unless it is ignored (nohup), SIGHUP, so that none falls between a lease and
// its printing.
void wq_hold_signals(void);

// Waits for `events` of one descriptor, as poll(2) does; a negative timeout has no end. The signals that are held reach
// the process during the wait if `let_signals_in`, for a program that merely waits.
int wq_poll(int fd, short events, int timeout_ms, bool let_signals_in);

// A signalfd(2) from which the signals that are held are read; from then on wq_poll does not let them in. -1 and errno
// on failure. SIGTSTP is held, too, if `stops_too`. The caller has called wq_hold_signals.
int wq_signal_descriptor(bool stops_too);

// The next signal's number, or 0 if there is none.
int wq_next_signal(int descriptor);

// Sends the signal to the group of this process, which handles it as it did when it was started: the process ends,
// unless it was started with the signal held.
void wq_die_with_group(int number);

// The signal's name without SIG, `KILL` for 9; NULL for a number that has no name.
const char *wq_signal_name(int number);

// The process group that has the terminal at standard input; -1 if there is no terminal.
pid_t wq_terminal_group(void);
void wq_give_terminal(pid_t group);

// Starts a command in a process group of its own, with the signal mask that this process was started with. If this
// process dies, the kernel kills the command, but not what the command started. `path` is the file to execute; the
// descriptors become its standard input, output and error, and -1 leaves that one as it is. The command gets the
// terminal if `give_terminal`. Returns its pid, or minus errno.
pid_t wq_start(const char *path, char *const argv[], char *const envp[], const int standard[3], bool give_terminal);

// Has the kernel make processes whose parent ended, below this one, children of this one; wq_reap waits for them.
void wq_adopt_strays(void);

enum wq_change { wq_exited, wq_signalled, wq_stopped };

// The next child that ended or was stopped, or 0; those that this process inherited are among them. *code is the exit
// status if the child exited, and else the signal's number.
pid_t wq_reap(int *code, enum wq_change *change);

// Waits for a child's end, unless wq_reap waits for all children.
void wq_bury(pid_t process);
