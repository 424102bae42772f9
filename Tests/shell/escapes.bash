# Loaded after more by the tests of what becomes of processes: commands that hide what they start from whoever stops them.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use it

HIDES=(
    'timeout 100 sleep 75.1; :'
    'timeout 100 sh -c "sleep 75.1; sleep 75.1"; :'
    'mksh -mc "sleep 75.1 & sleep 75.1"; :'
    'bash -c "set -m; sleep 75.1 | sleep 75.1 & sleep 75.1"; :'
    'python3 -c "import subprocess; subprocess.run([\"sleep\", \"75.1\"], process_group=0)"'
    'trap "" TERM; timeout 100 sleep 75.1; sleep 75.1'
    'trap "" TERM; while :; do timeout 100 sleep 75.1 & sleep 0.01; done'
    'bash -c "set -m; trap \"\" TERM; while :; do (sleep 75.1; :) & sleep 0.01; done"'
    'python3 -c "import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: [os.fork() or (os.setpgid(0, 0), os.execlp(\"sleep\", \"sleep\", \"75.1\")) for _ in range(20)])
while True: time.sleep(1)"'
    '(sleep 75.1 &) ; kill -STOP $$; sleep 75.1'
)

# How long they sleep tells the processes of this test from those of others that run meanwhile.
export NAP=$$
HIDES=("${HIDES[@]//75.1/$NAP.1}")

AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# needs_nobody PROGRAM: an ordinary user can run it, with this test's Redis.
needs_nobody() {
    [ "$(id -u)" = 0 ] || skip 'only root can be another user'
    chmod 711 "$BOX"
    chmod 666 "$SOCKET"
    "${AS_NOBODY[@]}" "$WQ_BIN/$1" --version >"$BOX/out" || skip 'the programs are not for everyone'
}

# needs_namespaces [OPTION...]: unshare can make them so.
needs_namespaces() {
    unshare -rpf "$@" true 2>/dev/null || skip 'no namespaces here'
}
