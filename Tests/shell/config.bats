#!/usr/bin/env bats
# wq-config: a queue's settings, shown, set, and obeyed.

load helper
load more

# What is shown of one setting.
setting() {
    wq-config job | sed -n "s/^$1$TAB//p"
}

@test "a queue that never was has the defaults, marked as such" {
    answers 0 wq-config job
    says "max-attempts${TAB}10${TAB}default" "retry-delay${TAB}1s${TAB}default" \
        "retry-delay-max${TAB}5m${TAB}default" "paused${TAB}no${TAB}default" "sealed${TAB}no${TAB}default" \
        "open${TAB}no${TAB}default" \
        "max-item-bytes${TAB}67108864${TAB}default" "max-leased${TAB}0${TAB}default" "rate${TAB}0${TAB}default" "max-ready${TAB}0${TAB}default"
    complains ''
    is "$(r dbsize)" 0
}

@test "what is set is shown so, the rest stays default" {
    answers 0 wq-config job max-attempts=3 retry-delay=500ms
    silent
    answers 0 wq-config job
    says "max-attempts${TAB}3" "retry-delay${TAB}500ms" "retry-delay-max${TAB}5m${TAB}default" \
        "paused${TAB}no${TAB}default" "sealed${TAB}no${TAB}default" "open${TAB}no${TAB}default" \
        "max-item-bytes${TAB}67108864${TAB}default" "max-leased${TAB}0${TAB}default" "rate${TAB}0${TAB}default" "max-ready${TAB}0${TAB}default"
}

@test "it lies in Q:config, with times in ms" {
    wq-config job max-attempts=3 retry-delay=2m retry-delay-max=1h paused=yes sealed=yes open=no
    for pair in max-attempts:3 retry-delay:120000 retry-delay-max:3600000 paused:yes sealed:yes open:no; do
        is "$(r hget job:config "${pair%:*}")" "${pair#*:}"
    done
}

@test "times are shown in the unit that says them best" {
    for pair in 0:0s 1500ms:1500ms 90:90s 60s:1m 3600:1h 36h:36h 48h:2d; do
        wq-config job "retry-delay=${pair%:*}"
        is "$(setting retry-delay)" "${pair#*:}"
    done
}

@test "what redis-cli set is shown as well" {
    r hset job:config max-attempts 2 retry-delay 250
    is "$(setting max-attempts),$(setting retry-delay)" 2,250ms
}

@test "KEY= brings back the default, also in the queue" {
    wq-config job max-attempts=3 paused=yes
    answers 0 wq-config job max-attempts= paused=
    silent
    is "$(setting max-attempts)" "10${TAB}default"
    is "$(setting paused)" "no${TAB}default"
    is "$(r hexists job:config max-attempts)" 0
    answers 0 wq-config job open=
}

@test "of a key that is given twice the last value counts" {
    wq-config job max-attempts=3 max-attempts=4
    is "$(setting max-attempts)" 4
    wq-config job max-attempts=3 max-attempts=
    is "$(setting max-attempts)" "10${TAB}default"
}

@test "an unknown key is refused, and nothing is set" {
    refuses wq-config job max-attempts=3 colour=red
    complains "wq-config: *colour*max-attempts*"
    refuses wq-config job colour= max-attempts=3
    refuses wq-config job max-attempts=3 Max-Attempts=4
    refuses wq-config job max-attempts=3 =4
    refuses wq-config job max-attempts=3 paused
    refuses wq-config job max-attempts=3 format=2
    refuses wq-config job max-attempts=3 ''
    is "$(r exists job:config)" 0
}

@test "a bad value is refused, and nothing is set" {
    for bad in max-attempts=-1 max-attempts=many max-attempts=1.5 'max-attempts= 3' \
        max-attempts=99999999999999999999 retry-delay=soon retry-delay=-1s retry-delay=1w \
        retry-delay-max=1e3 paused=maybe paused=YES paused=1 sealed=true open=' no' $'open=\xff'; do
        refuses wq-config job max-attempts=3 "$bad"
        complains "wq-config: *${bad%%=*}*"
    done
    is "$(r exists job:config)" 0
}

@test "a refusal needs no server" {
    WQ_URL=unix://$BOX/none answers 64 wq-config job colour=red
}

@test "retry-delay and retry-delay-max hold from the next release on" {
    wq-push job apple
    lease=$(lease job)
    wq-config job retry-delay=1m retry-delay-max=30s
    wq-release job "$lease"
    between 15000 "$(delay job)" 30000
    due_now job
    wq-config job retry-delay=0
    wq-release job "$(lease job)"
    is "$(r lrange job 0 -1)" apple
}

@test "max-attempts is obeyed, also by what is leased already" {
    wq-push job apple
    lease=$(lease job)
    wq-config job max-attempts=1
    wq-release job "$lease"
    is "$(r zcard job:dead)" 1
}

@test "a paused queue hands nothing out, and takes everything" {
    wq-push job apple banana
    lease=$(lease job)
    wq-config job paused=yes
    answers 1 wq-lease job
    silent
    answers 1 wq-lease --until-drained -t 20ms job
    answers 0 wq-push job cherry
    answers 0 wq-renew job "$lease"
    answers 0 wq-complete job "$lease"
    answers 1 wq-empty job
    is "$(r lrange job 0 -1)" $'cherry\nbanana'
    wq-config job paused=no
    is "$(reads job)" banana
}

@test "who waits already gets nothing from a paused queue, and goes on when it is resumed" {
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    wq-config job paused=yes
    wq-push job apple
    # It hears of the item and gives it back: however often it looks, it never leases.
    eventually 5 looked 3
    is "$(held job)" apple
    is "$(r exists job:leased job:items)" 0
    wq-config job paused=
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
}

# looked N: Redis ran so many scripts since it was asked the last time.
looked() {
    r info commandstats | tr -d '\r' | awk -F '[=,]' -v n="$1" \
        '/^cmdstat_evalsha:/ { calls += $2 } END { exit calls < n }'
}

@test "what becomes due in a paused queue waits until it is resumed" {
    wq-config job paused=yes
    wq-push --delay 1ms job apple
    answers 1 wq-lease -t 50ms job
    wq-config job paused=no
    answers 0 wq-lease -t 5s job
    is "$(cut -f2 "$BOX/out")" apple
}

@test "leases that run out in a paused queue come back, and are not handed out" {
    wq-push job apple
    lapsed job
    wq-config job paused=yes
    answers 0 wq-reap job
    says "requeued${TAB}1"
    answers 1 wq-lease job
    is "$(held job)" apple
    wq-config job paused=no
    is "$(wq-lease job | cut -f2)" apple
}

@test "a sealed queue refuses more, an unsealed one takes it" {
    wq-config job sealed=yes
    answers 1 wq-push job apple
    says
    complains 'wq-push: job is sealed*'
    wq-config job sealed=no
    answers 0 wq-push job apple
}

@test "open=yes holds workers, who have nothing to do yet" {
    wq-config job open=yes
    answers 1 wq-empty job
    answers 1 wq-lease job
    answers 1 wq-lease --until-drained -t 20ms job
    spawn wait wq-lease --until-drained job
    eventually 5 blocked 1
    wq-push -q job apple
    ends 0 "$PID"
    spawn wait wq-lease --until-drained job
    eventually 5 blocked 1
    wq-complete job "$(r zrange job:leased 0 0)"
    eventually 5 blocked 1
    wq-config job open=no
    ends 3 "$PID"
    answers 0 wq-empty job
}

@test "in place of a setting that somebody spoilt the default holds" {
    r hset job:config max-attempts many retry-delay soon retry-delay-max -
    wq-push job apple
    lapsed job
    answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" apple
    wq-release --delay 0 job "$(cut -f1 "$BOX/out")"
    wq-release job "$(lease job)"
    between 2000 "$(delay job)" 4000
    is "$(setting max-attempts)" many
}

@test "a queue in a format that is not known is 78, and stays as it is" {
    r hset job:config format 99 paused yes
    answers 78 wq-config job paused=
    says
    complains 'wq-config: *format*'
    answers 78 wq-config job
    is "$(r hget job:config paused)" yes
}

@test "settings are those of one queue" {
    wq-config job paused=yes max-attempts=1
    wq-push other apple
    is "$(reads other)" apple
    is "$(wq-config other | grep -c default)" 10
}

@test "--json: an object for each setting" {
    wq-config job retry-delay=2s
    answers 0 wq-config --json job
    is "$(python -c 'import json, sys
for line in sys.stdin: print(*json.loads(line).values())' <"$BOX/out")" "$(
        wq-config job | awk -F '\t' '{ print $1, $2, $3 == "default" ? "True" : "False" }'
    )"
    is "$(grep -c '"default":false' "$BOX/out")" 1
    answers 0 wq-config --json job paused=yes
    silent
}

@test "no queue is 64, no server 69, a key of the wrong type 65, what cannot be shown 74" {
    refuses wq-config
    refuses wq-config --max-attempts 3 job
    unreachable wq-config job
    unreachable wq-config job paused=yes
    r set job:config spoiled
    answers 65 wq-config job paused=yes
    says
    complains 'wq-config: *job:config*'
    answers 65 wq-config job
    r del job:config
    answers 74 bash -c 'wq-config job >/dev/full'
    complains 'wq-config: *: No space left on device'
    answers 74 bash -c 'wq-config job >&-'
    answers 141 into_dead_pipe wq-config job
    silent
    answers 0 bash -c 'wq-config job paused=yes >&-'
}

@test "values that somebody stored otherwise do nothing to a terminal, and are one record" {
    r hset job:config max-attempts $'\e[31mred\nsecond'
    answers 0 wq-config job
    grep -qx "max-attempts${TAB}"'\\e\[31mred\\nsecond' "$BOX/out"
    is "$(grep -c second "$BOX/out")" 1
}
