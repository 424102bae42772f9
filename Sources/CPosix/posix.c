#define _GNU_SOURCE
#include "CPosix.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <termios.h>

static int argc_;
static char **argv_;
// The memory of the arguments' text, one after the other.
static char *words_, *words_end_;

// The C library calls constructors with main's arguments, statically linked or not.
__attribute__((constructor)) static void remember(int argc, char **argv) {
    argc_ = argc;
    argv_ = argv;
    if (argc == 0) return;
    words_ = argv[0];
    words_end_ = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
}

int wq_argc(void) { return argc_; }
char **wq_argv(void) { return argv_; }
char **wq_environment(void) { return environ; }

void wq_rename(const char *name) {
    prctl(PR_SET_NAME, name);
    size_t room = (size_t)(words_end_ - words_);
    if (room == 0) return;
    memset(words_, 0, room);
    snprintf(words_, room, "%s", name);
}

int wq_errno(void) { return errno; }
char *wq_optarg(void) { return optarg; }
int wq_optind(void) { return optind; }
int wq_optopt(void) { return optopt; }

void wq_getopt_restart(void) { optind = 0; }

int wq_getopt(const char *name, int argc, char **argv, const char *letters, const struct option *longs) {
    // getopt_long(3) would print bytes of the command line as they are.
    opterr = 0;
    if (argc > 0) argv[0] = (char *)name;
    return getopt_long(argc, argv, letters, longs, NULL);
}

void wq_close_on_exec(int fd) { fcntl(fd, F_SETFD, FD_CLOEXEC); }

void wq_unblock(int descriptor) { fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

bool wq_pipe(int *ours, int *theirs, bool to_read) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    *ours = ends[to_read ? 0 : 1];
    *theirs = ends[to_read ? 1 : 0];
    wq_unblock(*ours);
    return true;
}

int wq_unread(int pipe) {
    int count = 0;
    ioctl(pipe, FIONREAD, &count);
    return count;
}

bool wq_socket_pair(int *ours, int *theirs) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
    *ours = ends[0];
    *theirs = ends[1];
    return true;
}

int wq_open(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }
int wq_open_to_append(const char *path) {
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
}

bool wq_is_regular(int descriptor) {
    struct stat what;
    return fstat(descriptor, &what) == 0 && S_ISREG(what.st_mode);
}

bool wq_is_fifo(const char *path) {
    struct stat what;
    return stat(path, &what) == 0 && S_ISFIFO(what.st_mode);
}

int wq_open_nameless(const char *folder) {
    int file = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (file >= 0) return file;
    // Not every file system has O_TMPFILE.
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/wq-work.XXXXXX", folder);
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) unlink(path);
    return file;
}

bool wq_lock(int file) { return flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

void wq_unlock(int file) { flock(file, LOCK_UN); }

bool wq_touch(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (file < 0) return false;
    bool done = futimens(file, NULL) == 0;
    close(file);
    return done;
}

int wq_outlet(int descriptor, int *portion) {
    // A terminal that can be written to has room for 256 bytes, and a newline may become two.
    enum { terminal_portion = 128 };
    struct stat what;
    char path[32];
    bool is_terminal = isatty(descriptor);
    *portion = 0;
    if (fstat(descriptor, &what) != 0) return descriptor;
    if (S_ISFIFO(what.st_mode) || is_terminal) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (own >= 0) return own;
    }
    if (is_terminal)
        *portion = terminal_portion;
    else if (S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode))
        *portion = PIPE_BUF;
    return descriptor;
}

long wq_write_portion(int descriptor, const void *bytes, size_t count, int portion) {
    if (portion == 0) return write(descriptor, bytes, count);
    ssize_t sent = send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK) return sent;
    struct pollfd one = {.fd = descriptor, .events = POLLOUT};
    if (poll(&one, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(descriptor, bytes, count < (size_t)portion ? count : (size_t)portion);
}

int wq_write_only_terminal(int descriptor) {
    char path[32];
    if (!isatty(descriptor)) return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
}

bool wq_terminal(int *ours, int *theirs, int like) {
    struct termios mode;
    struct winsize size;
    *ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*ours < 0) return false;
    *theirs = unlockpt(*ours) == 0 ? ioctl(*ours, TIOCGPTPEER, O_WRONLY | O_NOCTTY | O_CLOEXEC) : -1;
    if (*theirs < 0) {
        int error = errno;
        close(*ours);
        errno = error;
        return false;
    }
    wq_unblock(*ours);
    if (tcgetattr(like, &mode) == 0) {
        mode.c_oflag &= ~(tcflag_t)OPOST;
        tcsetattr(*theirs, TCSANOW, &mode);
    }
    if (ioctl(like, TIOCGWINSZ, &size) == 0) ioctl(*theirs, TIOCSWINSZ, &size);
    return true;
}

bool wq_share_terminal(int one, int other) {
    // /dev/tty has a number of its own, but not as a terminal.
    unsigned a, b;
    return ioctl(one, TIOCGDEV, &a) == 0 && ioctl(other, TIOCGDEV, &b) == 0 && a == b;
}

bool wq_is_in_foreground(int terminal) {
    pid_t group = tcgetpgrp(terminal);
    return group < 0 || group == getpgrp();
}

bool wq_is_pipe(int descriptor) {
    struct stat what;
    return fstat(descriptor, &what) == 0 && (S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode));
}

int wq_why_unwritable(int descriptor) {
    struct stat what;
    struct statvfs disk;
    if (fstat(descriptor, &what) != 0) return errno;
    if (S_ISREG(what.st_mode)) {
        if (fstatvfs(descriptor, &disk) != 0) return 0;
        return (geteuid() == 0 ? disk.f_bfree : disk.f_bavail) == 0 && disk.f_blocks > 0 ? ENOSPC : 0;
    }
    if (S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode)) {
        struct pollfd one = {.fd = descriptor};
        return poll(&one, 1, 0) > 0 && one.revents & (POLLERR | POLLHUP) ? EPIPE : 0;
    }
    // A device that is full, or a terminal that is gone, does not take even nothing.
    return write(descriptor, "", 0) < 0 && (errno == ENOSPC || errno == EIO) ? errno : 0;
}

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

// AT_EXECFN names the program's own file where /proc is not mounted.
static bool find_beside(const char *name, char *path, size_t size) {
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length > 0)
        path[length] = 0;
    else
        snprintf(path, size, "%s", (const char *)getauxval(AT_EXECFN));
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash + 2 - path) + strlen(name) > size) return false;
    strcpy(slash + 1, name);
    return access(path, X_OK) == 0;
}

bool wq_find_beside(const char *name, char *path, size_t size) {
    return find_beside(name, path, size) || wq_find_program(name, path, size);
}

int wq_cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

enum { default_columns = 80 };

int wq_columns(int fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *columns = getenv("COLUMNS");
    int number = columns ? atoi(columns) : 0;
    return number > 0 ? number : default_columns;
}

static long long milliseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long wq_monotonic_ms(void) { return milliseconds(CLOCK_MONOTONIC); }
long long wq_realtime_ms(void) { return milliseconds(CLOCK_REALTIME); }
