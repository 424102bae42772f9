#!/usr/bin/env bats
# --json, which is the same in all programs: their results as objects, one a line. What wq-lease, wq-list, wq-config, wq-work
# and wq-stat print of states is in their own files.

load helper
load more

@test "wq-push: how many it added" {
    answers 0 wq-push --json job apple banana
    says '{"pushed":2}'
    answers 0 wq-push --json --id night job </dev/null
    says '{"pushed":0}'
}

@test "wq-complete, wq-renew and wq-release: the leases that were not held, whatever their bytes" {
    for program in wq-complete wq-renew wq-release; do
        wq-push -q job apple
        answers 1 "$program" --json job 9.0123456789ab 'a"b' $'\xff'
        says '{"answer":"unknown","lease":"9.0123456789ab"}' '{"answer":"unknown","lease":"a\"b"}' \
            '{"answer":"unknown","lease_base64":"/w=="}'
        lease=$(lease -l 1ms job)
        eventually 5 [ "$(wq-reap job)" ]
        answers 1 "$program" --json job - <<<"$lease"
        says "{\"answer\":\"lost\",\"lease\":\"$lease\"}"
        answers 0 "$program" --json job "$(lease -w job)"
        silent
        wq-purge --force job
    done
}

@test "wq-reap: all of its numbers, also those that are zero" {
    answers 0 wq-reap --json job
    says '{"requeued":0,"dead":0,"orphans":0,"strays":0,"lost":0}'
    wq-push -q job apple
    wq-lease -l 1ms job >/dev/null
    expired() { yields 1 r eval "local t = redis.call('time')
        return redis.call('zcount', KEYS[1], '-inf', '(' .. t[1] * 1000 + math.floor(t[2] / 1000))" 1 job:leased; }
    eventually 5 expired
    answers 0 wq-reap --json job
    says '{"requeued":1,"dead":0,"orphans":0,"strays":0,"lost":0}'
}

@test "wq-retry: how many came back, and which IDs were unknown" {
    wq-push -q job apple
    id=$(lease job)
    wq-release --dead job "$id"
    answers 1 wq-retry --json job "$id" 9.0123456789ab
    says '{"retried":1}' '{"answer":"unknown","id":"9.0123456789ab"}'
}

@test "wq-empty: the object of wq-stat" {
    wq-push -q job apple
    answers 1 wq-empty --json job
    json 'all[0]["queue"] == "job" and all[0]["ready"] == 1 and all[0]["drained"] is False'
    level() { sed -E 's/"oldest_ready_ms":[0-9]+/N/'; }
    level <"$BOX/out" >"$BOX/empty"
    wq-stat --json job | level | cmp - "$BOX/empty"
    answers 1 wq-empty -q --json job
    silent
}

@test "wq-doctor: the server, what it found, and the commands as a list" {
    wq-push -q job apple
    wq-config job paused=yes
    answers 1 wq-doctor --json job
    json 'all[0]["kind"] == "server" and "Redis" in all[0]["text"] or "Valkey" in all[0]["text"]'
    json '{"kind": "finding", "subject": "paused", "commands": ["wq-config job paused="]}.items() <= [one for one in all if one["subject"] == "paused"][0].items()'
    r config set appendonly yes >/dev/null
    wq-config job paused=
    answers 0 wq-doctor --json job
    json 'all[-1] == {"kind": "sound"} and len(all) == 2'
}

@test "wq-stat: reasons, audits and what is watched" {
    wq-push -q job apple banana
    lease=$(lease job)
    wq-release --dead --reason $'it"s' job "$lease"
    answers 0 wq-stat --reasons --json job
    says '{"queue":"job","reason":"it\"s","count":1}'
    answers 0 wq-stat --audit --json job
    says '{"queue":"job","pushed":2,"ready":1,"arriving":0,"leased":0,"delayed":0,"dead":1,"completed":0,"dropped":0,"difference":0}'
    r rpush job cherry >/dev/null
    answers 1 wq-stat --audit --json job
    json 'all[0]["difference"] == 1'
    spawn watch wq-stat --watch --json -i 20ms --until-drained job
    reads job
    reads job
    ends 0 "$PID"
    cp "$BOX/watch.out" "$BOX/out"
    json 'all[-1]["drained"] and all[-1]["totals"]["completed"] == 2 and all[-1]["dead"] == 1'
    terminal 80 'wq-stat --watch --json -i 20ms job' >"$BOX/out"
    json 'len(all) == 1 and all[0]["drained"]'
}
