// What is left of a command: the processes of its session, or those that descend from its guard.
#pragma once
#include <stdbool.h>
#include <sys/types.h>

// Whether the number is that of a process, zombies included, or of a group or session that has a member. It costs one system
// call, and no look at /proc.
bool wq_is_used(pid_t number);

// Whether no process of the session is left, not even a zombie. Its first process must have been waited for.
bool wq_is_over(pid_t session);

// Sends the signal to all process groups of the session; TERM also wakes what stopped itself. Returns how many of its
// processes were found alive, zombies apart.
int wq_signal_session(pid_t session, int signal);

// Which processes got a signal already.
struct wq_told;
struct wq_told *wq_make_told(void);

// Begins a session of its own for this process, whose descendants stay in the one before.
void wq_leave_session(void);

// Sends the signal to all processes that descend from this one, a subreaper, and are of its session, or of the one that it
// left; but not to those that `told` names (it may be NULL). Returns how many were found alive, and -1 if there seem to be
// none though there are children: they fork and end faster than they can be looked at.
int wq_signal_descendants(int signal, struct wq_told *told);

// Kills all that descends from this process and is of its session, for some seconds at most. Children that end meanwhile
// are handed to `ended`, which may be NULL.
void wq_kill_descendants(void (*ended)(pid_t child, int status));

// Whether a process was started between these times, in ns of CLOCK_BOOTTIME; true as well if /proc does not tell.
bool wq_was_started(pid_t process, long long from, long long to);
