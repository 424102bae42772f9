#define _GNU_SOURCE
#include "CPosix.h"

#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/wait.h>

extern char **environ;

// The program's own file, also where /proc is not mounted.
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

pid_t wq_start_tls(const char *url, int *socket, int *status) {
    const char *name = "wq-tls";
    char path[PATH_MAX];
    char *argv[] = {(char *)name, "--status-fd", "3", "--url", (char *)url, NULL};
    int pair[2], report[2];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t held;
    pid_t child;

    if (!find_beside(name, path, sizeof path) && !wq_find_program(name, path, sizeof path)) return -errno;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return -errno;
    if (pipe2(report, O_CLOEXEC) != 0) {
        int error = errno;
        close(pair[0]), close(pair[1]);
        return -error;
    }
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pair[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, pair[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, report[1], 3);
    // Whoever ends a whole session or service means the program, which may still have to say something to Redis.
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &held);
    int error = posix_spawn(&child, path, &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(pair[1]), close(report[1]);
    if (error != 0) {
        close(pair[0]), close(report[0]);
        return -error;
    }
    *socket = pair[0];
    *status = report[0];
    return child;
}

void wq_bury(pid_t process) {
    // There it might be another one's by now.
    if (!wq_adopts_strays()) waitpid(process, NULL, 0);
}
