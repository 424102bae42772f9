#define _GNU_SOURCE
#include "CPosix.h"

#include <sys/prctl.h>
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
}

void wq_hold_signals(void) {
    struct sigaction hangup;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGCHLD);
    // The kernel keeps a signal that is both blocked and ignored for the descriptor that reads it.
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&held, SIGHUP);
    sigprocmask(SIG_BLOCK, &held, &before);
    lets_signals_in = true;
}

int wq_signal_descriptor(bool stops_too) {
    if (stops_too) sigaddset(&held, SIGTSTP);
    sigprocmask(SIG_BLOCK, &held, NULL);
    // If SIGCHLD were ignored, children would vanish without a status.
    signal(SIGCHLD, SIG_DFL);
    // A signal that a wait lets in would be missed by the reader of the descriptor.
    lets_signals_in = false;
    return signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
}

int wq_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void wq_die_with_group(int number) {
    signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    kill(0, number);
}

const char *wq_signal_name(int number) { return sigabbrev_np(number); }

int wq_poll(int fd, short events, int timeout_ms, bool let_signals_in) {
    struct pollfd one = {.fd = fd, .events = events};
    struct timespec span = {timeout_ms / 1000, (timeout_ms % 1000) * 1000000L};
    return ppoll(&one, 1, timeout_ms < 0 ? NULL : &span, let_signals_in && lets_signals_in ? &before : NULL);
}

pid_t wq_terminal_group(void) { return isatty(STDIN_FILENO) ? tcgetpgrp(STDIN_FILENO) : -1; }

void wq_give_terminal(pid_t group) {
    // A background process that does this is stopped unless it ignores SIGTTOU.
    void (*handler)(int) = signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, group);
    signal(SIGTTOU, handler);
}

// A script without #! is one for sh, as for execvp(3).
static void execute_as_script(const char *path, char *const argv[], char *const envp[]) {
    int count = 0;
    while (argv[count]) count++;
    char *words[count + 2];
    words[0] = (char *)"sh";
    words[1] = (char *)path;
    for (int i = 1; i <= count; i++) words[i + 1] = argv[i];
    execve("/bin/sh", words, envp);
}

// Between vfork and exec the child has this process's memory.
pid_t wq_start(const char *path, char *const argv[], char *const envp[], const int standard[3], bool give_terminal) {
    volatile int error = 0;
    pid_t self = getpid();
    pid_t child = vfork();
    if (child < 0) return -errno;
    if (child == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // A parent that died before the prctl makes the kernel send nothing.
        if (getppid() != self) _exit(not_run);
        if (give_terminal) wq_give_terminal(getpid());
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
    if (give_terminal) wq_give_terminal(getpgrp());
    return -error;
}

// Whether wq_reap takes all children.
static bool adopts_strays;

void wq_adopt_strays(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    adopts_strays = true;
}

pid_t wq_reap(int *code, enum wq_change *change) {
    int how;
    pid_t child = waitpid(-1, &how, WNOHANG | WUNTRACED);
    if (child <= 0) return 0;
    *change = WIFSTOPPED(how) ? wq_stopped : WIFSIGNALED(how) ? wq_signalled : wq_exited;
    *code = WIFSTOPPED(how) ? WSTOPSIG(how) : WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how);
    return child;
}

void wq_bury(pid_t process) {
    // wq_reap, which takes all children, may have taken this one, and its ID may be another's by now.
    if (!adopts_strays) waitpid(process, NULL, 0);
}
