#define _GNU_SOURCE
#include "CPosix.h"

#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;
static sigset_t watched, before;

char **wq_environment(void) { return environ; }

int wq_signal_descriptor(void) {
    struct sigaction hangup;
    sigemptyset(&watched);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTSTP);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&watched, SIGHUP);
    // Were it ignored, children would vanish without a status.
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_BLOCK, &watched, &before);
    return signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

int wq_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

// Between vfork and exec the child has this process's memory.
pid_t wq_start(const char *path, char *const argv[], char *const envp[], int in, int out, int err) {
    volatile int error = 0;
    pid_t self = getpid();
    pid_t child = vfork();
    if (child < 0) return -errno;
    if (child == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != self) _exit(127);
        signal(SIGPIPE, SIG_DFL);
        if (in >= 0) dup2(in, STDIN_FILENO);
        if (out >= 0) dup2(out, STDOUT_FILENO);
        if (err >= 0) dup2(err, STDERR_FILENO);
        sigprocmask(SIG_SETMASK, &before, NULL);
        execve(path, argv, envp);
        if (errno == ENOEXEC) {
            // A script without #! is one for sh, as for execvp(3).
            int count = 0;
            while (argv[count]) count++;
            char *words[count + 2];
            words[0] = (char *)"sh";
            words[1] = (char *)path;
            for (int i = 1; i <= count; i++) words[i + 1] = argv[i];
            execve("/bin/sh", words, envp);
        }
        error = errno;
        _exit(127);
    }
    if (error != 0) {
        waitpid(child, NULL, 0);
        return -error;
    }
    return child;
}

pid_t wq_reap(int *code, bool *by_signal) {
    int how;
    pid_t child = waitpid(-1, &how, WNOHANG);
    if (child <= 0) return 0;
    *by_signal = WIFSIGNALED(how);
    *code = *by_signal ? WTERMSIG(how) : WEXITSTATUS(how);
    return child;
}

static bool adopts_strays;

void wq_adopt_strays(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    adopts_strays = true;
}

bool wq_adopts_strays(void) { return adopts_strays; }

bool wq_pipe(int *ours, int *theirs, bool to_read) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    *ours = ends[to_read ? 0 : 1];
    *theirs = ends[to_read ? 1 : 0];
    wq_unblock(*ours);
    return true;
}

int wq_open_null(void) { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
int wq_open_to_append(const char *path) { return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666); }

int wq_open_nameless(const char *folder) {
    int file = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (file >= 0) return file;
    // Not every file system can do that.
    char path[4096];
    snprintf(path, sizeof path, "%s/wq-work.XXXXXX", folder);
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) unlink(path);
    return file;
}

bool wq_touch(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (file < 0) return false;
    bool done = futimens(file, NULL) == 0;
    close(file);
    return done;
}

void wq_unblock(int descriptor) { fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

bool wq_find_program(const char *name, char *path, size_t size) {
    const char *folders = getenv("PATH");
    if (!folders) folders = "/usr/local/bin:/usr/bin:/bin";
    if (strchr(name, '/') || *name == 0) {
        errno = ENOENT;
        return *name && (size_t)snprintf(path, size, "%s", name) < size;
    }
    int error = ENOENT;
    while (true) {
        const char *end = strchrnul(folders, ':');
        int length = (int)(end - folders);
        struct stat file;
        // An empty entry is the current folder.
        if ((size_t)snprintf(path, size, "%.*s%s%s", length, folders, length ? "/" : "./", name) < size &&
            stat(path, &file) == 0 && S_ISREG(file.st_mode)) {
            if (access(path, X_OK) == 0) return true;
            error = EACCES;
        }
        if (*end == 0) break;
        folders = end + 1;
    }
    errno = error;
    return false;
}

int wq_cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

long long wq_realtime_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int wq_outlet(int descriptor) {
    struct stat what;
    char path[32];
    if (fstat(descriptor, &what) == 0 && (S_ISFIFO(what.st_mode) || isatty(descriptor))) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (own >= 0) return own;
    }
    return descriptor;
}
