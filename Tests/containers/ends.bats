#!/usr/bin/env bats
# What becomes of the tutorial's items when its pods end otherwise than they should.
# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper
load containers

# works POD: it has begun an item.
works() {
    printed "$1-worker" '^Working on '
}

# wq_work_job SCRIPT [OLD NEW]...: job-wq-work.yaml with this for each item, and with leases of three seconds.
wq_work_job() {
    altered job-wq-work.yaml --lease=30s --lease=3s 'echo "Working on $1"; sleep 10' "$1" "${@:2}"
}

# stuck_job LEASE: job.yaml, but the first pod takes long over its first item until its container is started again.
stuck_job() {
    quick_job 0.3 "$1" '[worker.sh, job2]' "[sh, -c, '
            case \$(uname -n) in *-1) mkdir /dev/shm/started && export WORK_SECONDS=100 ;; esac; exec worker.sh job2']"
}

@test "kill -9: the container is started again, with another session ID, and the item is done" {
    answers 0 in_a_pod fill.sh
    stuck_job 3s
    run_job job.yaml
    eventually 20 works job-wq-2-1
    first=$(podman logs job-wq-2-1-worker | sed -n 's/^Working on //p')
    inside kill -KILL "$(podman inspect --format '{{.State.Pid}}' job-wq-2-1-worker)"
    ends 0 "$PID" 60
    is "$(pods_statuses)" '0 Active / 2 Succeeded / 0 Failed'
    is "$(sed -n 's/^\[job-wq-2-1\] Worker with sessionID: //p' job.out | sort -u | wc -l)" 2
    is "$(grep -c "Working on $first\$" job.out)" 2
    all_done
}

@test "a pod that is deleted by force has a successor, and the other waits for its item" {
    answers 0 in_a_pod fill.sh
    stuck_job 8s
    run_job job.yaml
    eventually 20 works job-wq-2-1
    line=$(told 'kubectl delete pod --force')
    matches "$line" 'kubectl delete pod --force --grace-period=0 job-wq-2-*'
    podman pod rm -f -t 0 job-wq-2-1
    ends 0 "$PID" 60
    is "$(pods_statuses)" '0 Active / 2 Succeeded / 1 Failed'
    grep -q '^\[job-wq-2-2\] Waiting for work' job.out
    grep -q '^run-locally: Created pod: job-wq-2-3' job.err
    all_done
}

@test "a pod that reaches its memory limit is killed, and its item is done at the next attempt" {
    # It is the first process of the pod that grows.
    altered job.yaml '[worker.sh, job2]' "[sh, -c, '
            while record=\$(wq-lease -l 3s --until-drained --sh job2); code=\$?; [ \$code = 0 ]; do
                eval \"\$record\"; echo \"Working on \$WQ_ITEM\";
                [ \"\$WQ_ITEM,\$WQ_ATTEMPT\" != date,1 ] || while :; do hoard=\$hoard\$hoard\$WQ_ITEM; done;
                wq-complete job2 \"\$WQ_LEASE\" || exit;
            done; [ \$code = 3 ]']"
    answers 0 in_a_pod fill.sh
    run_job job.yaml
    killed() { grep -q 'Working on date' job.out; }
    eventually 20 killed
    ends 0 "$PID" 60
    is "$(grep -c 'Working on date' job.out)" 2
    is "$(sed -n 's/.*Working on //p' job.out | grep -vc date)" 8
    all_done
}

@test "a command that reaches the limit fails alone: wq-work goes on, and the item is tried again" {
    answers 0 in_a_pod fill.sh
    wq_work_job 'echo "Working on $1"; [ "$1,$WQ_ATTEMPT" != date,1 ] || while :; do hoard=$hoard$hoard$1; done'
    run_job job-wq-work.yaml
    ends 0 "$PID" 60
    is "$(pods_statuses)" '0 Active / 2 Succeeded / 0 Failed'
    is "$(grep -c 'Working on date' job.out)" 2
    all_done
}

@test "a pod that is asked to end: what ends within its grace is done, the rest comes back uncharged" {
    answers 0 in_a_pod wq-push job2 short long other
    wq_work_job 'echo "Working on $1"; case $1,$(uname -n) in short,*) sleep 3 ;; long,one) sleep 100 ;; esac' \
        "- --json" "- --json
            - --grace=5s" 'terminationGracePeriodSeconds: 30' 'terminationGracePeriodSeconds: 10'
    spawn pod "$CONTAINERS/play" pod job-wq-work.yaml one
    begun() { [ "$(podman logs one-worker | grep -c 'Working on')" = 2 ]; }
    eventually 20 begun
    # The probe of the manifest, as long as it lives.
    podman healthcheck run one-worker
    kill -TERM "$PID"
    ends 143 "$PID" 20
    is "$(r hget job2:stats completed)" 1
    is "$(r llen job2),$(r exists job2:attempts job2:delayed job2:leased job2:suspects)" 2,0
    run_job job-wq-work.yaml
    ends 0 "$PID" 60
    all_done 3
}

@test "the tutorial's worker, asked to end, finishes its item" {
    answers 0 in_a_pod wq-push job2 apple banana
    quick_job 2 60s
    spawn pod "$CONTAINERS/play" pod job.yaml one
    eventually 20 works one
    kill -TERM "$PID"
    ends 143 "$PID" 20
    is "$(r hget job2:stats completed),$(r llen job2)" 1,1
}

@test "work that fails is tried again, and dead at last" {
    answers 0 in_a_pod wq-push job2 apple
    answers 0 in_a_pod wq-config job2 retry-delay=50ms max-attempts=2
    quick_job nonsense 60s
    answers 0 "$CONTAINERS/play" pod job.yaml one
    is "$(grep -c 'Working on apple' out)" 2
    is "$(in_a_pod wq-list --dead job2 | cut -f 3,6,7)" "2${TAB}status 1${TAB}apple"
}

@test "the CronJob's pod brings back what a dead worker held" {
    answers 0 in_a_pod wq-push job2 apple
    answers 0 in_a_pod wq-lease -l 100ms job2
    expired() { [ -n "$(r zrangebyscore job2:leased -inf "$(date +%s%3N)")" ]; }
    eventually 20 expired
    is "$(r llen job2)" 0
    answers 0 "$CONTAINERS/play" pod "$TUTORIAL/reap-cronjob.yaml" reap-job2-1
    is "$(r zcard job2:leased)" 0
    answers 0 in_a_pod wq-lease --until-drained job2
    is "$(cut -f 2 out)" apple
}
