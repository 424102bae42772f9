#!/usr/bin/env bats
# Items that kill their workers, and innocent ones whose workers were killed.

load ../shell/helper

# The worker's command: an item `poison` kills the worker with -9, any other one takes a moment. Each start is noted.
write_command() {
    cat >"$BOX/command" <<'END'
#!/bin/sh
echo "$WQ_ITEM $WQ_ATTEMPT" >>"$BOX/ledger"
case $WQ_ITEM in poison*) kill -9 "$(cat "$BOX/worker")" ;; esac
sleep 0.02
END
    chmod +x "$BOX/command"
    export BOX
}

# supervised OPTION...: wq-work as a supervisor runs it, which starts it again when it was killed, after a pause.
supervised() {
    local status=137
    while [ "$status" -eq 137 ]; do
        status=0
        # shellcheck disable=SC2016 # the inner shell expands it
        sh -c 'echo $$ >"$BOX/worker"; exec wq-work "$@"' sh -q -l 1s "$@" job "$BOX/command" || status=$?
        [ "$status" -ne 137 ] || echo kill >>"$BOX/kills"
        [ -z "${PAUSE-}" ] || sleep "$PAUSE"
    done
    return "$status"
}

@test "an item that kills its worker each time dies alone" {
    write_command
    { seq 40 && echo poison && seq 41 99; } | wq-push -q job
    wq-config job max-attempts=3 retry-delay=200ms
    spawn workers supervised -j 4 --prefetch 4
    ends 0 "$PID" 120
    is "$(r hget job:stats completed)" 99
    is "$(r zcard job:dead)" 1
    is "$(wq-list --dead --json job | jq -r '.item + " " + .reason')" 'poison lease expired'
    # Nobody else was charged more than twice: each innocent item was done at its third attempt at the latest.
    is "$(grep -v poison "$BOX/ledger" | awk '$2 > 3' | wc -l)" 0
    [ "$(wc -l <"$BOX/kills")" -le 4 ]
    answers 0 wq-stat --audit job
}

@test "an item that kills its worker takes those along that go to its command with it, once" {
    cat >"$BOX/command" <<'END'
#!/bin/sh
printf '%s\n' "$@" >>"$BOX/ledger"
case " $* " in *' poison '*) kill -9 "$(cat "$BOX/worker")" ;; esac
sleep 0.02
END
    chmod +x "$BOX/command"
    export BOX
    { seq 40 && echo poison && seq 41 99; } | wq-push -q job
    wq-config job max-attempts=3 retry-delay=200ms
    spawn workers supervised --batch 20
    ends 0 "$PID" 120
    is "$(r hget job:stats completed)" 99
    is "$(wq-list --dead --json job | jq -r '.item + " " + .reason')" 'poison lease expired'
    is "$(grep -v poison "$BOX/ledger" | sort | uniq -c | awk '$1 > 2' | wc -l)" 0
    [ "$(wc -l <"$BOX/kills")" -le 4 ]
    answers 0 wq-stat --audit job
}

kills_worker() {
    kill "$(cat "$BOX/worker")"
}

@test "while an item kills its only worker again and again, the others get their turn" {
    write_command
    { echo poison && seq 50; } | wq-push -q job
    wq-config job max-attempts=0 retry-delay=200ms
    # It comes back when the lease is over, and so is given what had it.
    PAUSE=1.2 spawn workers supervised
    eventually 60 yields 50 r hget job:stats completed
    # The item may just have killed it.
    eventually 10 kills_worker
}

# seconds QUEUE: how long a worker takes for all items.
seconds() {
    local start=${EPOCHREALTIME//[!0-9]/}
    wq-work -q -j 10 "$1" sh -c 'sleep 0.1' >&2
    echo $(((${EPOCHREALTIME//[!0-9]/} - start) / 1000))
}

@test "a thousand leases that are lost in a crash do not make the work slow" {
    seq 1100 | wq-push -q calm
    seq 1100 | wq-push -q job
    wq-lease -n 1000 -l 2s job >/dev/null
    calm=$(seconds calm)
    # By then the leases are over.
    crashed=$(seconds job)
    echo "# $calm ms, after a crash $crashed ms" >&3
    is "$(r hget job:stats completed),$(r hget job:stats expired)" 1100,1000
    [ $((crashed * 100)) -le $((calm * 110)) ]
}
