#define _GNU_SOURCE
#include "CPosix.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { most_processes = 4194304 };  // PID_MAX_LIMIT of the kernel

// What /proc/PID/stat tells of a process.
struct process {
    pid_t parent, session;
    char state;
    int threads;
    unsigned long long start;  // in ticks of CLOCK_BOOTTIME
};

static bool look_at(pid_t pid, struct process *found) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return false;
    text[length] = 0;
    // The second field, the name in parentheses, may hold anything.
    char *at = strrchr(text, ')');
    if (!at || !at[1]) return false;
    found->state = at[2];
    at += 3;
    for (int field = 4; field <= 22; field++) {
        unsigned long long number = strtoull(at, &at, 10);
        if (field == 4) found->parent = (pid_t)number;
        if (field == 6) found->session = (pid_t)number;
        if (field == 20) found->threads = (int)number;
        if (field == 22) found->start = number;
    }
    return true;
}

// Whether /proc is that of this pid namespace, and shows all of it.
static bool sees_all(void) {
    char text[16];
    ssize_t length = readlink("/proc/self", text, sizeof text - 1);
    if (length <= 0) return false;
    text[length] = 0;
    return atoi(text) == getpid() && access("/proc/1/stat", F_OK) == 0;
}

// A zombie whose main thread ended before others is alive.
static bool is_zombie(const struct process *one) { return (one->state == 'Z' || one->state == 'X') && one->threads <= 1; }

static bool is_alive(pid_t pid, bool sees_all) {
    struct process one;
    if (sees_all) return look_at(pid, &one) && !is_zombie(&one);
    // A pidfd can be read once its process has ended.
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) return errno != ESRCH;
    struct pollfd end = {.fd = fd, .events = POLLIN};
    bool alive = poll(&end, 1, 0) == 0;
    close(fd);
    return alive;
}

static int highest_pid(void) {
    char text[16] = "";
    int file = open("/proc/sys/kernel/pid_max", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
        close(file);
    }
    int highest = atoi(text);
    return highest > 0 ? highest : most_processes;
}

// The number that the kernel gave out last. It counts up, and begins anew at the end.
static pid_t last_pid(void) {
    pid_t pid = vfork();
    if (pid == 0) _exit(0);
    if (pid > 0) waitpid(pid, NULL, 0);
    return pid;
}

// Visits all processes. Where /proc does not show them, all numbers are tried that were
// given out since `first`.
static void each_process(bool sees_all, pid_t first, void (*visit)(pid_t, void *), void *with) {
    if (sees_all) {
        DIR *folder = opendir("/proc");
        struct dirent *entry;
        while (folder && (entry = readdir(folder)))
            if (*entry->d_name >= '1' && *entry->d_name <= '9') visit(atoi(entry->d_name), with);
        if (folder) closedir(folder);
        return;
    }
    int highest = highest_pid();
    pid_t last = last_pid();
    if (last <= 0) last = first == 1 ? highest : first - 1;
    for (pid_t pid = first; pid != last; pid = pid >= highest ? 1 : pid + 1) visit(pid, with);
}

bool wq_is_used(pid_t number) {
    static int probe = -1;
    if (probe < 0) probe = eventfd(0, EFD_CLOEXEC);
    // The owner of a descriptor must exist.
    return fcntl(probe, F_SETOWN, number) == 0 || errno != ESRCH;
}

bool wq_is_over(pid_t session) {
    // If there is a process of this number, the number was free, and is somebody else's by now.
    return !wq_is_used(session) || getpgid(session) >= 0;
}

struct sweep {
    pid_t session;
    bool sees_all;
    int alive;
    pid_t *groups;
    int count, room;
};

static void note_group(struct sweep *sweep, pid_t group) {
    for (int i = 0; i < sweep->count; i++)
        if (sweep->groups[i] == group) return;
    if (sweep->count == sweep->room) {
        pid_t *more = realloc(sweep->groups, (sweep->room * 2 + 16) * sizeof *more);
        if (!more) return;
        sweep->groups = more;
        sweep->room = sweep->room * 2 + 16;
    }
    sweep->groups[sweep->count++] = group;
}

static void sweep_one(pid_t pid, void *with) {
    struct sweep *sweep = with;
    if (getsid(pid) != sweep->session) return;
    sweep->alive += is_alive(pid, sweep->sees_all);
    pid_t group = getpgid(pid);
    if (group > 1 && getsid(pid) == sweep->session) note_group(sweep, group);
}

int wq_signal_session(pid_t session, int signal) {
    struct sweep sweep = {.session = session, .sees_all = sees_all()};
    // Nothing that forks in a group escapes a signal to the whole group.
    kill(-session, signal);
    each_process(sweep.sees_all, session, sweep_one, &sweep);
    for (int i = 0; i < sweep.count; i++)
        if (sweep.groups[i] != session) kill(-sweep.groups[i], signal);
    if (signal == SIGTERM) {
        kill(-session, SIGCONT);
        for (int i = 0; i < sweep.count; i++) kill(-sweep.groups[i], SIGCONT);
    }
    free(sweep.groups);
    return sweep.alive;
}

// A bit for each number that a process can have.
struct wq_told {
    unsigned char bits[most_processes / 8 + 1];
};

struct wq_told *wq_make_told(void) { return calloc(1, sizeof(struct wq_told)); }

static bool has(const struct wq_told *set, pid_t pid) { return set && set->bits[pid / 8] >> pid % 8 & 1; }
static void add(struct wq_told *set, pid_t pid) {
    if (set) set->bits[pid / 8] |= (unsigned char)(1 << pid % 8);
}

struct family {
    pid_t self, session;
    int signal, alive;
    bool has_daemons;
    struct wq_told *told;
    struct { pid_t pid; struct process is; } *all;
    int count, room;
};

static void tell(struct family *family, pid_t pid) {
    family->alive++;
    if (has(family->told, pid)) return;
    add(family->told, pid);
    kill(pid, family->signal);
    if (family->signal == SIGTERM) kill(pid, SIGCONT);
}

static void note_process(pid_t pid, void *with) {
    struct family *family = with;
    if (family->count == family->room) {
        void *more = realloc(family->all, (family->room * 2 + 256) * sizeof *family->all);
        if (!more) return;
        family->all = more;
        family->room = family->room * 2 + 256;
    }
    family->all[family->count].pid = pid;
    if (look_at(pid, &family->all[family->count].is)) family->count++;
}

// Of a child only. What descends from it becomes a child when its parents have ended.
static void tell_child(pid_t pid, void *with) {
    struct family *family = with;
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid) return;
    if (getsid(pid) == family->session)
        tell(family, pid);
    else
        family->has_daemons = true;
}

static void tell_descendants(struct family *family) {
    struct wq_told *below = wq_make_told();
    add(below, family->self);
    for (bool more = below != NULL; more;) {
        more = false;
        for (int i = 0; i < family->count; i++) {
            pid_t pid = family->all[i].pid;
            if (has(below, pid) || !has(below, family->all[i].is.parent)) continue;
            add(below, pid);
            more = true;
            if (is_zombie(&family->all[i].is)) continue;
            if (family->all[i].is.session == family->session)
                tell(family, pid);
            else
                family->has_daemons = true;
        }
    }
    free(below);
}

// The session in which this process was before it began one of its own; below 0 if it did not.
static pid_t left_session = -1;

static pid_t own_session(void) {
    struct process self;
    // 0 if the session's leader is outside of this pid namespace.
    return sees_all() && look_at(getpid(), &self) ? self.session : getsid(0);
}

void wq_leave_session(void) {
    left_session = own_session();
    setsid();
}

int wq_signal_descendants(int signal, struct wq_told *told) {
    pid_t session = left_session < 0 ? own_session() : left_session;
    struct family family = {.self = getpid(), .session = session, .signal = signal, .told = told};
    if (sees_all()) {
        each_process(true, 0, note_process, &family);
        tell_descendants(&family);
        free(family.all);
    } else {
        each_process(false, family.self + 1, tell_child, &family);
    }
    return family.alive == 0 && !family.has_daemons ? -1 : family.alive;
}

void wq_kill_descendants(void (*ended)(pid_t, int)) {
    enum { rounds = 500 };
    for (int round = 0; round < rounds; round++) {
        pid_t child;
        int status;
        while ((child = waitpid(-1, &status, WNOHANG)) > 0)
            if (ended) ended(child, status);
        if (child < 0 || wq_signal_descendants(SIGKILL, NULL) == 0) return;
        wq_poll(-1, 0, round < 20 ? 1 : 10, false);
    }
}

bool wq_was_started(pid_t process, long long from, long long to) {
    struct process one;
    if (!sees_all() || !look_at(process, &one)) return true;
    long long tick = 1000000000 / sysconf(_SC_CLK_TCK);
    long long start = (long long)one.start * tick;
    return start + tick >= from && start <= to + tick;
}
