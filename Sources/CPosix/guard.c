#define _GNU_SOURCE
#include "CPosix.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// The end of the pipe to the guard that this program holds. The guard reads end of file when the program is gone.
static int orders = -1;

static void *share(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

// Forks a guard that has an end of the pipe as its standard input.
static pid_t fork_guard(int *pipe_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    // This program has neither threads nor handlers for fork(2).
    pid_t guard = _Fork();
    int error = errno;
    if (guard == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        close(ends[1]);
        *pipe_end = ends[0];
        return 0;
    }
    close(ends[0]);
    if (guard < 0) {
        close(ends[1]);
        return -error;
    }
    orders = ends[1];
    return guard;
}

// Lets go of all that the program has open, so that nobody waits for the guard, and takes another name in lists of processes,
// so that no search for the program's finds it.
static void stand_aside(int first_descriptor) {
    if (syscall(SYS_close_range, first_descriptor, ~0U, 0) != 0)
        for (int fd = first_descriptor; fd < 1024; fd++) close(fd);
    if (chdir("/") != 0) _exit(1);
    wq_rename("wq-guard");
}

struct wq_session *wq_share_sessions(int count) { return share((size_t)count * sizeof(struct wq_session)); }

// Kills what is left of the sessions, for a minute at most.
static void kill_sessions(struct wq_session *sessions, int count) {
    enum { rounds = 1000, quiet_rounds = 50, longest_pause = 50 };
    for (int i = 0; i < count; i++)
        if (sessions[i].id && !wq_was_started(sessions[i].id, sessions[i].from, sessions[i].to)) sessions[i].id = 0;
    for (int round = 0, quiet = 0; round < rounds && quiet < quiet_rounds; round++) {
        int left = 0, alive = 0;
        for (int i = 0; i < count; i++) {
            pid_t id = sessions[i].id;
            if (id && !wq_is_used(id)) sessions[i].id = id = 0;
            if (!id) continue;
            left++;
            alive += wq_signal_session(id, SIGKILL);
        }
        if (!left) return;
        // None may have been seen since they fork and end too fast; or all are zombies for which nobody waits.
        quiet = alive ? 0 : quiet + 1;
        wq_poll(-1, 0, round < longest_pause ? round : longest_pause, false);
    }
}

pid_t wq_start_guard(struct wq_session *sessions, int count) {
    int pipe_end;
    if (orders >= 0) close(orders);
    orders = -1;
    pid_t guard = fork_guard(&pipe_end);
    if (guard != 0) return guard;
    // Neither Ctrl-C nor a signal to the program's group or session reaches it.
    setsid();
    dup2(pipe_end, STDIN_FILENO);
    stand_aside(1);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {}
    kill_sessions(sessions, count);
    _exit(0);
}

void wq_end_guard(pid_t guard) {
    if (orders >= 0) close(orders);
    orders = -1;
    if (guard > 0) waitpid(guard, NULL, 0);
}

// What a guard tells the program of the one command between them.
struct guarded {
    pid_t pid;
    volatile int error, status;
    volatile bool has_ended;
};
static struct guarded *guarded;

static void note_end(pid_t child, int status) {
    if (child != guarded->pid) return;
    guarded->status = status;
    guarded->has_ended = true;
}

// An order is a signal's number, or this and TERM if the command is to stop.
enum { stop = 128 };

// How the guard stops what it guards. Times are in ms.
struct stopping {
    struct wq_told *told;
    long long kill_at;  // 0 if the program says when
};

static void follow(unsigned char order, struct stopping *stopping) {
    if (order == SIGKILL) return wq_kill_descendants(note_end);
    if (order == stop + SIGTERM && !stopping->told) stopping->told = wq_make_told();
    wq_signal_descendants(order % stop, order >= stop ? stopping->told : NULL);
    // What was started before its parent stopped.
    if (order == SIGSTOP) wq_signal_descendants(SIGSTOP, NULL);
}

// Waits for children. Ends this process if nothing is left of an ended command.
static void tend(struct stopping *stopping, int grace_ms) {
    pid_t child;
    int status;
    while ((child = waitpid(-1, &status, WNOHANG)) > 0) note_end(child, status);
    if (guarded->has_ended) {
        if (child < 0) _exit(0);
        if (!stopping->told) {
            stopping->told = wq_make_told();
            stopping->kill_at = wq_monotonic_ms() + grace_ms;
        }
        if (stopping->kill_at && wq_monotonic_ms() >= stopping->kill_at) wq_kill_descendants(note_end);
    }
    if (stopping->told && wq_signal_descendants(SIGTERM, stopping->told) == 0 && guarded->has_ended) _exit(0);
}

// Stands between the program and the command.
static void guard_command(int signals, int grace_ms) {
    enum { look_interval = 200 };
    struct stopping stopping = {0};
    struct pollfd both[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    while (true) {
        tend(&stopping, grace_ms);
        // What leaves the session raises no signal.
        poll(both, 2, guarded->has_ended ? look_interval : -1);
        while (both[1].revents && wq_next_signal(signals, NULL)) {}
        if (!both[0].revents) continue;
        unsigned char order;
        if (read(STDIN_FILENO, &order, 1) == 1) {
            follow(order, &stopping);
        } else {
            wq_kill_descendants(note_end);
            _exit(1);
        }
    }
}

pid_t wq_start_guarded(const char *path, char *const argv[], char *const envp[], int grace_ms) {
    int pipe_end;
    guarded = share(sizeof *guarded);
    if (!guarded) return -errno;
    pid_t guard = fork_guard(&pipe_end);
    if (guard != 0) return guard;
    wq_adopt_strays();
    pid_t command = wq_start(path, argv, envp, (int[3]){-1, -1, -1}, wq_in_this_group, NULL);
    if (command < 0) {
        guarded->error = -command;
        _exit(0);
    }
    guarded->pid = command;
    // Ctrl-Z does not stop it, and a signal to the program's group does not reach it. A group of its own would not do: in
    // the command's session it would tie the command's group to the session, and at the command's end the kernel would
    // hang up all of that group if something in it is stopped (see setpgid(2), orphaned process groups).
    wq_leave_session();
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    dup2(pipe_end, STDIN_FILENO);
    dup2(signals, STDOUT_FILENO);
    stand_aside(2);
    guard_command(STDOUT_FILENO, grace_ms);
    _exit(0);
}

static void send_order(unsigned char order) {
    // A guard that was killed takes none; its end is noticed.
    if (write(orders, &order, 1) < 0) return;
}
void wq_order_signal(int signal) { send_order((unsigned char)signal); }

// Whether the command was stopped together with this program, and has not gone on.
static volatile sig_atomic_t is_held;

void wq_order_stop(void) {
    // It wakes the command.
    is_held = false;
    send_order(stop + SIGTERM);
}

// A key of the terminal stops the command, too; what somebody sends, this program alone.
static void stop_together(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    int error = errno;
    bool is_shared = info->si_code > 0;
    if (!is_shared) wq_order_signal(SIGSTOP);
    wq_stop(is_shared);
    if (!is_shared) {
        is_held = true;
        // It is held back, and ends the program's wait.
        raise(SIGCHLD);
    }
    errno = error;
}

bool wq_is_held(void) { return is_held; }
void wq_resume(void) {
    is_held = false;
    wq_order_signal(SIGCONT);
}

void wq_stop_together(void) {
    struct sigaction action;
    if (sigaction(SIGTSTP, NULL, &action) != 0 || action.sa_handler == SIG_IGN) return;
    action = (struct sigaction){.sa_sigaction = stop_together, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGTSTP, &action, NULL);
}

int wq_guarded_end(int *code, bool *was_signalled) {
    wq_read_status(guarded->status, code, was_signalled);
    return guarded->error;
}
