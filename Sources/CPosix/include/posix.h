// Arguments, descriptors, files, clocks.
#pragma once
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

// The arguments as the kernel gave them: Embedded Swift has no CommandLine, and String would repair bytes.
int wq_argc(void);
char **wq_argv(void);

// The environment, as for execve(2).
char **wq_environment(void);

// Gives this process another name and command line, as others see them.
void wq_rename(const char *name);

// errno and the results of getopt_long(3): a macro and globals, which Swift 6 refuses to read.
int wq_errno(void);
char *wq_optarg(void);
int wq_optind(void);
int wq_optopt(void);

// Has the next wq_getopt begin with the first argument.
void wq_getopt_restart(void);
// getopt_long(3) that prints no messages. `name` takes the place of the program's path in argv.
int wq_getopt(const char *name, int argc, char **argv, const char *letters, const struct option *longs);

// Keeps the descriptor, a connection, from the commands that are run.
void wq_close_on_exec(int fd);

// Makes reads and writes return at once, with EAGAIN if they would have to wait.
void wq_unblock(int descriptor);

// Makes a pipe whose ends no command inherits. `ours`, the reading end if `to_read` and else the writing one, does not
// block. False and errno on failure.
bool wq_pipe(int *ours, int *theirs, bool to_read);

// How many bytes of a pipe were written and not read, as either end tells.
int wq_unread(int pipe);

// Makes two sockets that are connected with each other and that no command inherits. False and errno on failure.
bool wq_socket_pair(int *ours, int *theirs);

// open(2), which is variadic, so that Swift cannot call it: for reading; to append to a file, which is made if needed, without
// ever waiting (ENXIO for a FIFO that nobody reads); a new file without a name in that folder. -1 and errno on failure.
int wq_open(const char *path);
int wq_open_to_append(const char *path);
int wq_open_nameless(const char *folder);

// Whether the descriptor is a file on a disk; whether the path is that of a FIFO.
bool wq_is_regular(int descriptor);
bool wq_is_fifo(const char *path);

// flock(2), whose name Swift takes for that of a struct: takes the file's lock, or gives it up. False if somebody else has it.
bool wq_lock(int file);
void wq_unlock(int file);

// Makes the file if needed, and sets its times to now. False and errno on failure.
bool wq_touch(const char *path);

// The descriptor on which to write what is meant for standard output or error, so that a slow reader holds nothing up:
// a pipe or terminal is opened once more, without blocking; for anything else it is the one that was given. *portion is for
// wq_write_portion: how much to write at a time to what could block, in bytes; 0 if it cannot.
int wq_outlet(int descriptor, int *portion);

// write(2) that does not wait, though the descriptor may block for others: EAGAIN in place of that. It may write less.
long wq_write_portion(int descriptor, const void *bytes, size_t count, int portion);

// The terminal, opened once more for writing alone, so that what gets it cannot read what a user types; -1 if the descriptor
// is none.
int wq_write_only_terminal(int descriptor);

// Makes a terminal whose other end is `ours`, for a command's output on its way to the terminal `like`: a program sees what
// it would see there, and its bytes come through as they are. `theirs` can only be written to. No command inherits them;
// `ours` does not block. False and errno on failure.
bool wq_terminal(int *ours, int *theirs, int like);

// Whether both descriptors are the same terminal.
bool wq_share_terminal(int one, int other);

// Whether this process may write to the terminal without disturbing another one: it is not in the background there.
bool wq_is_in_foreground(int terminal);

// Whether the descriptor is a pipe or a socket, whose reader can go away.
bool wq_is_pipe(int descriptor);

// Why nobody can write to the descriptor now: EPIPE without a reader, ENOSPC on a full disk, EIO at a terminal that is gone;
// 0 if nothing is known against it.
int wq_why_unwritable(int descriptor);

// Writes the file of the program of that name, looked up in PATH, to `path`. False and errno (ENOENT, EACCES) if there
// is none. A name with a slash is a path already.
bool wq_find_program(const char *name, char *path, size_t size);

// Writes the file of the program of that name, beside this program's own file or else in PATH, to `path`. False if
// there is none.
bool wq_find_beside(const char *name, char *path, size_t size);

// How many cores this process may use.
int wq_cores(void);

// How many columns the terminal has: as it says itself, else $COLUMNS, else 80.
int wq_columns(int fd);

// The time in ms: of the monotonic clock; since 1970.
long long wq_monotonic_ms(void);
long long wq_realtime_ms(void);
