// Guards: small processes that end what a program started when the program itself is killed, even with KILL.
#pragma once
#include <stdbool.h>
#include <sys/types.h>

// A session that a guard watches. The program writes it, and the guard reads it only when the program has gone: a command
// costs neither a system call nor a wake-up.
struct wq_session {
    // 0 if there is none.
    volatile pid_t id;
    // Between which times its first process was started, in ns of CLOCK_BOOTTIME, by which a number that is used again is
    // told from the session.
    volatile long long from, to;
};

// A table of so many sessions that can be shared with a guard; NULL and errno on failure.
struct wq_session *wq_share_sessions(int count);

// Starts a guard of these sessions. Returns its pid, or minus errno.
pid_t wq_start_guard(struct wq_session *sessions, int count);

// Ends the guard, with nothing done to the sessions, and waits for it.
void wq_end_guard(pid_t guard);

// Starts a command as a child of a guard of its own, so that the command stays in this process' group and session, and has
// the terminal as this process has it. What the command leaves behind is stopped by TERM and, so many ms later, KILL. The
// guard ends when nothing of the command is left but what made a session of its own. Returns the guard's pid, or minus
// errno.
pid_t wq_start_guarded(const char *path, char *const argv[], char *const envp[], int grace_ms);

// Has the guard send a signal to all that descends from the command. After TERM to stop the command, TERM is also sent to
// what appears later; KILL is sent until nothing is left.
void wq_order_signal(int signal);
void wq_order_stop(void);

// Has TSTP, from now on, stop the command as well as this process. After CONT to this process the command is held until
// wq_resume, or wq_order_stop.
void wq_stop_together(void);
bool wq_is_held(void);
void wq_resume(void);

// How a guarded command ended, after the guard has ended by itself: the errno if it could not be started, or else 0 and what
// wq_reap says of a child.
int wq_guarded_end(int *code, bool *was_signalled);
