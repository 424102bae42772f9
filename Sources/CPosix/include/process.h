// Processes, signals, the terminal: one way for each thing.
#pragma once
#include <stdbool.h>
#include <sys/types.h>

// Writing to a closed pipe or connection becomes EPIPE, a message instead of a silent death; and standard
// descriptors that are closed are filled with something that cannot be read or written, so that no file or
// connection takes their place.
void wq_prepare(void);

// Keeps this process' memory, which has a password in it, out of core dumps and from other processes of its user. Commands
// that it starts do not inherit that, as they would a limit of the size of a dump.
void wq_hide_memory(void);

// Ignores SIGINT, SIGTERM and SIGHUP. For wq-tls: a signal to a whole session or service is meant for the program, which may
// still have something to say to Redis; wq-tls ends when the program closes their socket.
void wq_outlive_signals(void);

// Holds back SIGINT, SIGTERM, SIGCHLD and, unless it is ignored (nohup), SIGHUP, so that none falls between a lease and
// its printing...
void wq_hold_signals(void);
// ...but for while a program merely waits. As poll(2) on one descriptor for `events`.
int wq_poll(int fd, short events, int timeout_ms, bool let_signals_in);

// A descriptor that tells of the signals that are held, and from then on nothing else lets them in; -1 and errno on
// failure. SIGTSTP is held, too, if `stops_too`. wq_hold_signals must have been called.
int wq_signal_descriptor(bool stops_too);

// The next signal's number, or 0 if there is none.
int wq_next_signal(int descriptor);

// Sends the signal to this process and its group, with the signals as this process found them: it ends, unless they were
// held or the signal ends nothing.
void wq_die_with_group(int number);

// `KILL`; NULL for a number that has no name.
const char *wq_signal_name(int number);

// The process group that has the terminal at standard input; -1 if there is no terminal.
pid_t wq_terminal_group(void);
void wq_give_terminal(pid_t group);

// Starts a command in a process group of its own, with the signals as this process found them; the kernel kills it, not
// what it started, if this process dies. `path` is what to execute; the descriptors become its standard input, output and
// error, and -1 leaves that one as it is. The command gets the terminal if `give_terminal`. Returns its pid, or minus
// errno.
pid_t wq_start(const char *path, char *const argv[], char *const envp[], const int standard[3], bool give_terminal);

// All processes that end below this one become its children, and are waited for by wq_reap.
void wq_adopt_strays(void);

enum wq_change { wq_exited, wq_signalled, wq_stopped };

// The next child that ended or was stopped, or 0; strays that this process inherited are among them. *code is the exit
// status if it exited, and else the signal's number.
pid_t wq_reap(int *code, enum wq_change *change);

// Waits for a child's end, unless all children are waited for by wq_reap.
void wq_bury(pid_t process);
