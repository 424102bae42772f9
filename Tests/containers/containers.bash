# Loaded beside helper.bash by tests in which podman plays pods from the manifests. The tests of a file share the images, the
# Redis in its pod, and the namespaces that "apart" makes: in a test, "podman" is podman there, and "inside" runs what follows.
# shellcheck shell=bash

CONTAINERS=$REPO/Tests/containers
TUTORIAL=$REPO/examples/kubernetes

# unfit: what this machine lacks to run containers, if it does.
unfit() {
    [ "$(id -u)" = 0 ] || { echo 'needs root, since podman runs without a daemon' && return; }
    for command in podman runc conmon catatonit nsenter ip iptables; do
        command -v "$command" >/dev/null || { echo "needs $command, which .ci/prerequisites containers installs" && return; }
    done
    unshare --net --mount --pid --fork true 2>/dev/null || { echo 'needs namespaces, which are refused here' && return; }
    grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null || [ -w /sys/fs/cgroup/memory/cgroup.procs ] ||
        { echo 'needs cgroups that limit memory' && return; }
    ! ldd "$WQ_BIN/wq-push" >/dev/null 2>&1 || echo 'needs programs that are linked statically'
}

setup_file() {
    UNFIT=$(unfit)
    export UNFIT
    [ -z "$UNFIT" ] || return 0
    WORLD=$(mktemp -d "${TMPDIR:-/tmp}/wq.XXXXXX")
    export WORLD PATH=$WORLD/bin:$PATH
    "$CONTAINERS/apart" "$WORLD" </dev/null >"$WORLD/log" 2>&1 3>&- &
    export APART=$!
    eventually 10 test -x "$WORLD/bin/podman"
    "$CONTAINERS/images" "$WORLD" "$WQ_BIN" >"$WORLD/images.log" 2>&1 || fail "$(<"$WORLD/images.log")"
    export NETWORK=kube
    podman network create --internal --disable-dns --subnet 10.89.0.0/24 $NETWORK
    start_redis_pod 10.89.0.2
}

# start_redis_pod ADDRESS: Redis from its manifest, with this address, which is known by the name that its Service has.
start_redis_pod() {
    service=$(python -c 'import sys, yaml; print(yaml.safe_load(sys.stdin)["metadata"]["name"])' <"$TUTORIAL/redis-service.yaml")
    echo "$1 $service" >>"$WORLD/hosts"
    podman play kube --network "$NETWORK:ip=$1" "$TUTORIAL/redis-pod.yaml"
    "$CONTAINERS/play" ready "$TUTORIAL/redis-pod.yaml"
}

teardown_file() {
    [ -z "$UNFIT" ] || return 0
    remove_pods .
    slay "$APART"
    rm -rf "$WORLD"
}

# remove_pods PATTERN: those with such names.
remove_pods() {
    podman pod ls --format '{{.Name}}' | grep -e "$1" | xargs -r podman pod rm -f -t 0
}

setup() {
    [ -z "$UNFIT" ] || skip "$UNFIT"
    make_box
    cd "$BOX" || return
    is "$(r flushall)" OK
}

teardown() {
    [ -z "$UNFIT" ] || return 0
    slay "${STARTED[@]}"
    remove_pods '^[^r]\|^re[^d]' >removed
    rm -rf "$BOX"
}

# r COMMAND...: asks the Redis in its pod.
r() {
    podman exec redis-master-master redis-cli "$@"
}

# told PATTERN: README.md's line that has it.
told() {
    grep -e "^    .*$1" "$TUTORIAL/README.md" | sed 's/^ *//' >line
    is "$(wc -l <line)" 1
    cat line
}

# in_a_pod COMMAND...: what "kubectl run" does with the image; README.md has the line.
in_a_pod() {
    line=$(told 'kubectl run fill .* fill\.sh$')
    read -ra words <<<"${line/kubectl run fill -i --rm --restart=Never/podman run -i --rm --network $NETWORK}"
    image=''
    for number in "${!words[@]}"; do
        case ${words[number]} in
            --image=*) image=${words[number]#*=} && unset 'words[number]' ;;
            -- | fill.sh) unset 'words[number]' ;;
        esac
    done
    "${words[@]}" "$image" "$@"
}

# altered MANIFEST OLD NEW [OLD NEW]...: a copy of it in the test's folder, with other texts. Each old one is there once.
altered() {
    python - "$TUTORIAL/$1" "${@:2}" >"$BOX/$1" <<'END'
import sys

text = open(sys.argv[1]).read()
for old, new in zip(sys.argv[2::2], sys.argv[3::2]):
    assert text.count(old) == 1, f"{sys.argv[1]} has {old!r} {text.count(old)} times"
    text = text.replace(old, new)
print(text, end="")
END
}

# quick_job SECONDS LEASE [OLD NEW]...: job.yaml, but the work on an item takes so long, and that is its lease.
quick_job() {
    altered job.yaml 'value: 60s' "value: $2
            - name: WORK_SECONDS
              value: '$1'" "${@:3}"
}

# run_job MANIFEST: plays it beside the test, as process $PID.
run_job() {
    spawn job "$CONTAINERS/play" job "$1"
}

# printed CONTAINER PATTERN: such a line is in its log.
printed() {
    podman logs "$1" 2>&1 | grep -q -e "$2"
}

pods_statuses() {
    sed -n 's/^Pods Statuses: *//p' job.out
}

# all_done [N]: nothing is left, nothing is lost, and each of the N (9) items was completed once.
all_done() {
    answers 0 in_a_pod wq-empty --strict job2
    answers 0 in_a_pod wq-stat --audit job2
    is "$(r hget job2:stats completed)" "${1:-9}"
}
