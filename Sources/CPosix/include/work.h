// What the worker loop needs of C: signals and children in numbers, without waiting for any of them.
#pragma once
#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

// Holds back TERM, INT, CHLD, TSTP and, unless it is ignored (nohup), HUP. Returns a descriptor that tells of
// them, or -1.
int wq_signal_descriptor(void);

// The next signal's number, or 0 if there is none.
int wq_next_signal(int descriptor);

// Starts a command in a process group of its own, with the signals as this process found them; the kernel kills it
// if this process dies. The descriptors become its standard input, output and error; -1 leaves that one as it is.
// `path` is what to execute. Returns its pid, or minus errno.
pid_t wq_start(const char *path, char *const argv[], char *const envp[], int in, int out, int err);

// The next child that ended, or 0; strays that this process inherited are among them. *code is the exit status,
// or the number of the signal that ended it, and then *by_signal is true.
pid_t wq_reap(int *code, bool *by_signal);

// All processes that end below this one become its children, and are waited for by wq_reap; whether that is so.
void wq_adopt_strays(void);
bool wq_adopts_strays(void);

// A pipe whose ends no command inherits. The end at this process (the reading one if `to_read`) does not block.
bool wq_pipe(int *ours, int *theirs, bool to_read);

// open(2) in three ways: /dev/null for reading; a file to append to, made if needed; a new file without a name in
// that folder. -1 and errno on failure.
int wq_open_null(void);
int wq_open_to_append(const char *path);
int wq_open_nameless(const char *folder);

// Makes the file if needed, and its times now.
bool wq_touch(const char *path);

// Makes reads and writes answer at once.
void wq_unblock(int descriptor);

// As a file that PATH leads to, in `path`; false if there is none, and then errno says why.
bool wq_find_program(const char *name, char *path, size_t size);

// How many cores this process may use.
int wq_cores(void);

// ms since 1970.
long long wq_realtime_ms(void);

// The environment, as for execve(2).
char **wq_environment(void);

// Where to write what is meant for standard output or error so that a slow reader holds nothing up: a pipe or
// terminal is opened once more, for that alone; anything else is the descriptor itself.
int wq_outlet(int descriptor);
