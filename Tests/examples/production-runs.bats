#!/usr/bin/env bats
# examples/kubernetes/production: the commands of its containers, run as they stand, but for folders and Redis' address.
# shellcheck disable=SC2030,SC2031 # each test has a "command" of its own

load ../shell/helper
load manifests

setup_file() {
    render
}

setup() {
    make_box
    WORK_POD="named('work', 'Deployment')['spec']['template']['spec']"
}

# command_of FILE EXPRESSION: the words that this container runs, in the array "command".
command_of() {
    ask_of "$1" "'\0'.join(c.get('command', []) + c.get('args', [])) if (c := $2) else None"
    mapfile -d '' -t command <"$BOX/out"
    command[-1]=${command[-1]%$'\n'}
}

# of NAME KIND [WHICH]: the expression for the first container of these.
of() {
    local template="named('$1', '$2')['spec']"
    [ "$2" != CronJob ] || template+="['jobTemplate']['spec']"
    echo "${template}['template']['spec']['${3:-containers}'][0]"
}

# Redis as the StatefulSet starts it, with what it says in $BOX/out and err.
statefulset_redis() {
    mkdir -p "$BOX/etc" "$BOX/run" "$BOX/data" "$BOX/secret"
    command_of "$PLAIN" "$(of redis StatefulSet)"
    sed "s#/run/redis/#$BOX/run/#; s#/data#$BOX/data#" "$WHOLE/base/redis.conf" >"$BOX/etc/redis.conf"
    printf 'port 0\nunixsocket %s\n' "$SOCKET" >>"$BOX/etc/redis.conf"
    command=("${command[@]//\/run\/secrets\/redis/$BOX/secret}")
    command=("${command[@]//\/run\/redis/$BOX/run}")
    command=("${command[@]//\/etc\/redis/$BOX/etc}")
}

@test "Redis has the password, keeps what it is told, and does not start without a password" {
    statefulset_redis
    for nothing in '' $'\n'; do
        printf %s "$nothing" >"$BOX/secret/password"
        answers 1 "${command[@]}"
        [ ! -e "$SOCKET" ]
    done
    printf '%s' 'open "sesame"\n#' >"$BOX/secret/password"
    spawn redis "${command[@]}"
    eventually 10 [ -S "$SOCKET" ]
    matches "$(r ping 2>&1)" 'NOAUTH*'
    answers 77 wq-push job2 apple
    export WQ_PASSWORD_FILE=$BOX/secret/password
    answers 0 wq-push job2 apple
    export REDISCLI_AUTH
    REDISCLI_AUTH=$(<"$BOX/secret/password")
    for setting in appendonly=yes save= maxmemory-policy=noeviction maxmemory=$((256 * 1024 * 1024)); do
        is "$(r config get "${setting%=*}" | tail -n 1)" "${setting#*=}"
    done
    # The probe, with the test's socket, says the same of it as of a Redis that is not there.
    ask_of "$PLAIN" "$(of redis StatefulSet)['readinessProbe']['exec']['command'][2]"
    probe=$(sed "s#/run/secrets/redis#$BOX/secret#; s#redis-cli#redis-cli -s $SOCKET#" "$BOX/out")
    unset REDISCLI_AUTH
    answers 0 sh -c "$probe"
    # Another pod with the same volume.
    kill "$PID"
    ends 0 "$PID"
    answers 1 sh -c "$probe"
    spawn redis "${command[@]}"
    eventually 10 [ -S "$SOCKET" ]
    is "$(reads job2)" apple
}

# A root with busybox alone, and the folder /wq: the image that knows nothing of wq. Needs root and static programs.
any_image() {
    [ "$(id -u)" = 0 ] || skip 'needs root for chroot'
    ! ldd "$WQ_BIN/wq-push" >/dev/null 2>&1 || skip 'these programs are linked dynamically'
    any=$BOX/any
    mkdir -p "$any/bin" "$any/wq" "$any/dev" "$any/proc" "$any/run/worker" "$any/tmp"
    chmod 1777 "$any/run/worker" "$any/tmp"
    install -m 666 /dev/null "$any/dev/null"
    cp "$(command -v busybox)" "$any/bin/"
    chroot "$any" /bin/busybox --install /bin
    # The image of wq has the programs and heartbeat.sh in /usr/local/bin, and busybox, too.
    wq=$BOX/wq
    mkdir -p "$wq/usr/local/bin" "$wq/wq"
    cp -r "$any/bin" "$wq/bin"
    for program in $("$REPO/Tests/programs"); do cp "$WQ_BIN/$program" "$wq/usr/local/bin"; done
    cp "$REPO/examples/heartbeat.sh" "$REPO/examples/kubernetes/worker.sh" "$wq/usr/local/bin"
    start_redis
    port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    is "$(r config set bind 127.0.0.1)$(r config set port "$port")" OKOK
}

# within ROOT COMMAND...: as an ordinary user in that image.
within() {
    local root=$1
    shift
    timeout -k 1 20 chroot --userspec=10001:10001 "$root" \
        /bin/busybox env -i PATH=/bin WQ_URL="redis://127.0.0.1:$port" "$@"
}

# The Deployment's worker, with quick work, works and is alive until it is asked to end.
deployment_works() {
    command_of "$1" "$(of work Deployment)"
    is "${command[0]}" /wq/wq-work
    command=("${command[@]/sleep 10/sleep 0.1}")
    wq-push -q job2 apple banana
    within "$any" "${command[@]}" >"$BOX/worked" 2>"$BOX/told" 3>&- &
    worker=$!
    STARTED+=("$worker")
    eventually 10 lines worked 2
    is "$(sort "$BOX/worked")" $'Working on apple\nWorking on banana'
    eventually 10 yields '' held job2
    ask_of "$1" "' '.join($(of work Deployment)['livenessProbe']['exec']['command'])"
    read -ra probe <"$BOX/out"
    answers 0 within "$any" "${probe[@]}"
    # timeout hands the signal on.
    kill -TERM "$worker"
    ends 143 "$worker"
    touch -d '1 minute ago' "$any/run/worker/alive"
    answers 1 within "$any" "${probe[@]}"
}

@test "wq comes into any image by the init container" {
    any_image
    chmod 777 "$wq/wq"
    command_of "$PLAIN" "$(of work Deployment initContainers)"
    answers 0 within "$wq" "${command[@]}"
    # The emptyDir of both.
    mv "$wq"/wq/* "$any/wq"
    is "$(cd "$any/wq" && printf '%s ' wq-work* wq-push* heart*)" 'wq-work wq-push heartbeat.sh '
    # It has room for them.
    ask_of "$PLAIN" "next(v['emptyDir']['sizeLimit'] for v in ${WORK_POD}['volumes'] if v['name'] == 'wq')"
    [ "$(du -sm "$any/wq" | cut -f1)" -lt "$(tr -d Mi <"$BOX/out")" ]
    deployment_works "$PLAIN"
}

@test "wq comes into any image by the image volume" {
    any_image
    ask_of "$ALL" "[m['subPath'] for m in $(of work Deployment)['volumeMounts'] if m['mountPath'] == '/wq'][0]" \
        "[v['image']['reference'].split(':')[0] for v in ${WORK_POD}['volumes'] if v['name'] == 'wq'],
        $WORK_POD.get('initContainers')"
    is "$(sed -n 2p "$BOX/out")" "(['wq'], [])"
    cp -r "$wq/$(sed -n 1p "$BOX/out")/." "$any/wq"
    deployment_works "$ALL"
}

@test "the Job's worker drains the queue; its statuses are those that the policy knows" {
    start_redis
    command_of "$PLAIN" "$(of job2 Job)"
    command=("${command[@]/sleep 10/exit 1}")
    wq-push -q job2 apple
    wq-config job2 max-attempts=1
    answers 4 "${command[@]}"
    matches "$(<"$BOX/out")" 'Working on apple*'
    # The same from KEDA, all well.
    command_of "$ALL" "kind('ScaledJob')[0]['spec']['jobTargetRef']['template']['spec']['containers'][0]"
    command=("${command[@]/sleep 10/exit 0}")
    r flushall
    answers 66 "${command[@]}"
    wq-push -q job2 apple
    answers 0 "${command[@]}"
}

@test "the nightly list is added once, however many clusters push it at once, or again" {
    start_redis
    command_of "$PLAIN" "$(of nightly CronJob)"
    for cluster in one two three four; do spawn "$cluster" busybox "${command[@]}"; done
    for cluster in "${STARTED[@]:1}"; do ends 0 "$cluster"; done
    answers 0 busybox "${command[@]}"
    says 0
    is "$(r llen job2)" 24
    is "$(r lrange job2 0 -1 | sort -u | wc -l)" 24
    # What was worked on meanwhile does not come again.
    is "$(reads job2)" "$(date +%F) part 1"
    answers 0 busybox "${command[@]}"
    is "$(r llen job2)" 23
    # Another day is another list.
    answers 0 busybox "${command[@]//\$(date +%F)/2026-01-01}"
    is "$(r llen job2)" 47
}

@test "the reaper brings back what is over" {
    start_redis
    command_of "$PLAIN" "$(of reap CronJob)"
    wq-push -q job2 apple
    wq-push -q --delay 1ms job2 banana
    wq-lease -l 1ms job2 >"$BOX/lease"
    sleep 0.1
    answers 0 "${command[@]}"
    is "$(r llen job2),$(r zcard job2:suspects)" 1,1
}
