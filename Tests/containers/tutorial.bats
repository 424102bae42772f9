#!/usr/bin/env bats
# The tutorial of examples/kubernetes in real containers: podman plays its pods, from the very manifests, and run-locally the
# Job's controller.
# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper
load containers

FRUITS=$'apple\nbanana\ncherry\ndate\nfig\ngrape\nlemon\nmelon\norange'

# The number of programs and of megabytes in README.md.
told_figures() {
    tr '\n' ' ' <"$TUTORIAL/README.md" | sed -n 's/.* \([0-9]*\) MB with all \([0-9]*\) programs .*/\2 \1/p'
}

@test "the tutorial, from filling to Complete" {
    answers 0 in_a_pod fill.sh
    says 9
    quick_job 0.3 60s
    run_job job.yaml
    ends 0 "$PID" 60
    is "$(pods_statuses)" '0 Active / 2 Succeeded / 0 Failed'
    is "$(sed -n 's/^\[job-wq-2-[12]\] Working on //p' job.out | sort)" "$FRUITS"
    for pod in job-wq-2-1 job-wq-2-2; do
        sed -n "s/^\[$pod\] //p" job.out >"$pod"
        fits "$(sed -n 1p "$pod")" "^Worker with sessionID: $pod\.[0-9a-f]{8}\$"
        is "$(sed -n '$p' "$pod")" 'Queue empty, exiting'
    done
    all_done
    # The Job leaves nothing for another one to do.
    run_job job.yaml
    ends 0 "$PID" 60
    is "$(grep -c 'Initial queue state: empty=True' job.out)" 2
}

@test "a pod has the user, the rights and the limits that its manifest says" {
    answers 0 in_a_pod wq-push job2 apple
    quick_job 100 60s
    spawn pod "$CONTAINERS/play" pod job.yaml one
    eventually 20 printed one-worker '^Working on apple'
    inside() { podman exec one-worker "$@"; }
    is "$(inside id -u):$(inside id -g)" 10001:10001
    inside grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/1/status >status
    is "$(tr -s '\t\n' '  ' <status)" "$(printf 'Cap%s: 0000000000000000 ' Inh Prm Eff Bnd Amb)NoNewPrivs: 1 Seccomp: 2 "
    for file in /written /usr/local/bin/worker.sh /tmp/written; do
        if inside sh -c ": >>$file" 2>/dev/null; then fail "$file is written to"; fi
    done
    # One of these is where the kernel has it, by the version of cgroups.
    is "$(inside sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null')" $((64 << 20))
    is "$(inside sh -c 'cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null' | cut -d ' ' -f 1)" 50000
    # The owner of the lease is the pod.
    is "$(r hvals job2:items | cut -f 2)" "$(podman logs one-worker | sed -n 's/.*sessionID: //p')"
}

@test "all programs are in the image, and run there; README.md says how many, and how large all is" {
    answers 0 in_a_pod sh -c 'for file in /usr/local/bin/wq-*; do "$file" --version | head -n 1; done'
    is "$(<out)" "$("$REPO/Tests/programs" | sort | sed "s/$/ $(make -s -C "$REPO" version)/")"
    read -r programs size <<<"$(told_figures)"
    is "$programs" "$("$REPO/Tests/programs" | wc -l)"
    seen=$(podman image inspect --format '{{.Size}}' job-wq-2:1)
    [ $((seen / 1000000 - size)) -le 1 ] && [ $((size - seen / 1000000)) -le 1 ] || fail "$size MB told, $seen bytes seen"
}
