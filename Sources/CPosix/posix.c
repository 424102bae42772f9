#define _GNU_SOURCE
#include "CPosix.h"

#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int argc_;
static char **argv_;

// The C library calls constructors with main's arguments, statically linked or not.
__attribute__((constructor)) static void remember(int argc, char **argv) {
    argc_ = argc;
    argv_ = argv;
}

int wq_argc(void) { return argc_; }
char **wq_argv(void) { return argv_; }
int wq_errno(void) { return errno; }
char *wq_optarg(void) { return optarg; }
int wq_optind(void) { return optind; }

void wq_getopt_restart(void) { optind = 0; }

int wq_getopt(const char *name, int argc, char **argv, const char *letters, const struct option *longs) {
    if (argc > 0) argv[0] = (char *)name;
    return getopt_long(argc, argv, letters, longs, NULL);
}

int wq_open(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }

void wq_close_on_exec(int fd) { fcntl(fd, F_SETFD, FD_CLOEXEC); }

void wq_prepare(void) {
    signal(SIGPIPE, SIG_IGN);
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/", O_PATH);
}

static sigset_t held, before;
static bool holds_signals;

void wq_hold_signals(void) {
    holds_signals = true;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGCHLD);
    sigprocmask(SIG_BLOCK, &held, &before);
}

int wq_poll(int fd, short events, int timeout_ms, bool let_signals_in) {
    struct pollfd one = {.fd = fd, .events = events};
    struct timespec span = {timeout_ms / 1000, (timeout_ms % 1000) * 1000000L};
    // Who holds them otherwise, as wq-work does, would lose those that came now.
    bool lets_in = let_signals_in && holds_signals;
    return ppoll(&one, 1, timeout_ms < 0 ? NULL : &span, lets_in ? &before : NULL);
}

long long wq_monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int wq_columns(int fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *columns = getenv("COLUMNS");
    int number = columns ? atoi(columns) : 0;
    return number > 0 ? number : 80;
}

static pid_t terminal_group(void) { return isatty(STDIN_FILENO) ? tcgetpgrp(STDIN_FILENO) : -1; }

static bool has_terminal;

static void give_terminal(pid_t group) {
    // A background process that does this is stopped unless it ignores SIGTTOU.
    void (*handler)(int) = signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, group);
    signal(SIGTTOU, handler);
}

extern char **environ;

pid_t wq_spawn(char *const argv[]) {
    posix_spawnattr_t attributes;
    sigset_t ignored;
    pid_t child;
    has_terminal = terminal_group() == getpgrp();
    // What the command leaves behind becomes a child of this process, which sees it end.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &before);
    posix_spawnattr_setsigdefault(&attributes, &ignored);
    int error = posix_spawnp(&child, argv[0], NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) return -error;
    if (has_terminal) {
        give_terminal(child);
        // It may have asked for the terminal too early, and been stopped.
        kill(child, SIGCONT);
    }
    return child;
}

static void take_terminal(pid_t child) {
    if (has_terminal && terminal_group() == child) give_terminal(getpgrp());
}

int wq_wait_for_signal(int timeout_ms) {
    struct timespec span = {timeout_ms / 1000, (timeout_ms % 1000) * 1000000L};
    int number = timeout_ms < 0 ? sigwaitinfo(&held, NULL) : sigtimedwait(&held, NULL, &span);
    return number > 0 ? number : 0;
}

bool wq_has_ended(pid_t child, int *status) {
    int how;
    if (waitpid(child, &how, WNOHANG | WUNTRACED) != child) return false;
    if (WIFSTOPPED(how)) {
        if (has_terminal) {
            // Ctrl-Z: all of the job stops, this process, too, and goes on together.
            take_terminal(child);
            kill(0, SIGTSTP);
            // In the background now, it gives nothing away.
            if (terminal_group() == getpgrp()) give_terminal(child);
            kill(-child, SIGCONT);
        }
        return false;
    }
    take_terminal(child);
    if (has_terminal && WIFSIGNALED(how) && (WTERMSIG(how) == SIGINT || WTERMSIG(how) == SIGQUIT)) {
        // Ctrl-C reached the command alone; the script that this process is part of must hear it, too.
        signal(WTERMSIG(how), SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        kill(0, WTERMSIG(how));
    }
    *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    return true;
}

bool wq_is_gone(pid_t group) {
    while (waitpid(-group, NULL, WNOHANG) > 0) {}
    return kill(-group, 0) != 0;
}
