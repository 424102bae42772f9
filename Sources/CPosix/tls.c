#define _GNU_SOURCE
#include "CPosix.h"

#include <limits.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/wait.h>

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

bool wq_find_beside(const char *name, char *path, size_t size) {
    return find_beside(name, path, size) || wq_find_program(name, path, size);
}

pid_t wq_start_tls(const char *path, const char *url, int *socket, int *status) {
    char *argv[] = {"wq-tls", "--status-fd", "2", "--url", (char *)url, NULL};
    int pair[2], theirs;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return -errno;
    if (!wq_pipe(status, &theirs, true)) {
        int error = errno;
        close(pair[0]), close(pair[1]);
        return -error;
    }
    pid_t child = wq_start(path, argv, wq_environment(), pair[1], pair[1], theirs);
    close(pair[1]), close(theirs);
    *socket = pair[0];
    if (child < 0) close(*socket), close(*status);
    return child;
}

void wq_outlive_signals(void) {
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

void wq_bury(pid_t process) {
    // There it might be another one's by now.
    if (!wq_adopts_strays()) waitpid(process, NULL, 0);
}
