#define _GNU_SOURCE
#include "CPosix.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

// The status of a child that could not execute its program. Nobody sees it, since wq_start reports errno.
enum { not_run = 127 };

// The signals that are held back, and the mask that this process was started with.
static sigset_t held, before;
// Whether wq_poll may let the held signals in.
static bool lets_signals_in;

void wq_prepare(void) {
    signal(SIGPIPE, SIG_IGN);
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/", O_PATH);
}

void wq_hide_memory(void) { prctl(PR_SET_DUMPABLE, 0); }

void wq_outlive_signals(void) {
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
}

void wq_hold_signals(void) {
    sigfillset(&held);
    // What is not for the program, but for its terminal or its debugger, or does nothing by default.
    int others[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH, SIGURG, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) sigdelset(&held, others[i]);
    sigprocmask(SIG_BLOCK, &held, &before);
    lets_signals_in = true;
}

int wq_signal_descriptor(bool stops_too) {
    sigset_t blocked = held;
    if (stops_too) {
        sigaddset(&held, SIGTSTP);
        // With `stty tostop` a write from the background would stop this process, unless the signal is blocked.
        blocked = held;
        sigaddset(&blocked, SIGTTOU);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    // If SIGCHLD were ignored, children would vanish without a status.
    signal(SIGCHLD, SIG_DFL);
    // A signal that a wait lets in would be missed by the reader of the descriptor.
    lets_signals_in = false;
    return signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
}

int wq_next_signal(int descriptor, bool *from_kernel) {
    struct signalfd_siginfo info;
    struct sigaction action;
    while (read(descriptor, &info, sizeof info) == sizeof info) {
        // The kernel keeps a signal that is blocked for the descriptor that reads it, even if it is ignored (nohup). A shell
        // without job control ignores INT and QUIT for all that it starts in the background; they are meant all the same.
        int number = (int)info.ssi_signo;
        bool is_heeded = number == SIGCHLD || number == SIGINT || number == SIGQUIT || number == SIGTERM;
        if (!is_heeded && sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        if (from_kernel) *from_kernel = info.ssi_code > 0;
        return number;
    }
    return 0;
}

void wq_die_by(int number) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

void wq_stop(bool is_from_kernel) {
    if (!is_from_kernel) {
        raise(SIGSTOP);
        return;
    }
    struct sigaction by_default = {.sa_handler = SIG_DFL}, action;
    sigset_t one, mask;
    sigemptyset(&one);
    sigaddset(&one, SIGTSTP);
    sigaction(SIGTSTP, &by_default, &action);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &one, &mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGTSTP, &action, NULL);
}

const char *wq_signal_name(int number) { return sigabbrev_np(number); }

int wq_poll(int fd, short events, int timeout_ms, bool let_signals_in) {
    struct pollfd one = {.fd = fd, .events = events};
    struct timespec span = {timeout_ms / 1000, (timeout_ms % 1000) * 1000000L};
    return ppoll(&one, 1, timeout_ms < 0 ? NULL : &span, let_signals_in && lets_signals_in ? &before : NULL);
}

// A script without #! is one for sh, as for execvp(3). What sh could not read, or is no text, is for nobody: sh would end
// with a status that looks like the script's own.
static void execute_as_script(const char *path, char *const argv[], char *const envp[]) {
    char text[80];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, text, sizeof text);
    close(file);
    errno = ENOEXEC;
    if (length < 0 || memchr(text, 0, (size_t)length)) return;
    int count = 0;
    while (argv[count]) count++;
    char *words[count + 2];
    words[0] = (char *)"sh";
    words[1] = (char *)path;
    for (int i = 1; i <= count; i++) words[i + 1] = argv[i];
    execve("/bin/sh", words, envp);
}

static long long boot_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// With autogroups, a session has a share of the processor of its own, in which the niceness of its processes counts for
// nothing to others. Its file belongs to root while this process' memory is hidden.
static void make_session_nice(int niceness) {
    char text[8];
    int length = snprintf(text, sizeof text, "%d", niceness), was_dumpable = prctl(PR_GET_DUMPABLE);
    if (was_dumpable == 0) prctl(PR_SET_DUMPABLE, 1);
    int file = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (file >= 0 && write(file, text, (size_t)length) >= 0) close(file);
    if (was_dumpable == 0) prctl(PR_SET_DUMPABLE, 0);
}

static void take_place(enum wq_place place, struct wq_session *session) {
    if (place == wq_in_own_group) setpgid(0, 0);
    if (place != wq_in_own_session) return;
    pid_t id = setsid();
    int niceness = getpriority(PRIO_PROCESS, 0);
    if (niceness != 0) make_session_nice(niceness);
    // The guard knows of the session before anything can be started in it.
    session->to = boot_time();
    session->id = id;
}

// Between vfork and exec the child has this process's memory.
pid_t wq_start(
    const char *path, char *const argv[], char *const envp[], const int standard[3], enum wq_place place,
    struct wq_session *session) {
    volatile int error = 0;
    pid_t self = getpid();
    if (session) session->from = boot_time();
    pid_t child = vfork();
    if (child < 0) return -errno;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // A parent that died before the prctl makes the kernel send nothing.
        if (getppid() != self) _exit(not_run);
        take_place(place, session);
        signal(SIGPIPE, SIG_DFL);
        for (int fd = 0; fd <= 2; fd++)
            if (standard[fd] >= 0) dup2(standard[fd], fd);
        sigprocmask(SIG_SETMASK, &before, NULL);
        execve(path, argv, envp);
        if (errno == ENOEXEC) execute_as_script(path, argv, envp);
        error = errno;
        _exit(not_run);
    }
    if (error == 0) return child;
    waitpid(child, NULL, 0);
    if (session) session->id = 0;
    return -error;
}

// Whether wq_reap takes all children.
static bool adopts_strays;

void wq_adopt_strays(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    adopts_strays = true;
}

void wq_read_status(int status, int *code, bool *was_signalled) {
    *was_signalled = WIFSIGNALED(status);
    *code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

pid_t wq_reap(int *code, bool *was_signalled) {
    int status;
    pid_t child = waitpid(-1, &status, WNOHANG);
    if (child <= 0) return 0;
    wq_read_status(status, code, was_signalled);
    return child;
}

void wq_bury(pid_t process) {
    // wq_reap, which takes all children, may have taken this one, and its ID may be another's by now.
    if (!adopts_strays) waitpid(process, NULL, 0);
}
