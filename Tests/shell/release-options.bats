#!/usr/bin/env bats
# wq-release: --reason, --dead and --no-charge.

load helper
load more

@test "--reason is kept with the item and can be read while it waits" {
    wq-push job apple
    lease=$(lease job)
    answers 0 wq-release --reason 'disk full: /tmp' job "$lease"
    silent
    is "$(field job "$lease" 4)" 'disk full: /tmp'
    is "$(wq-list --delayed job | cut -f6)" 'disk full: /tmp'
}

@test "a reason with a TAB and newlines does not spoil the record" {
    printf 'two\nlines\tand a tab\0' | wq-push -0q job
    eval "$(wq-lease --sh job)"
    wq-release --delay 10ms --reason $'line 1\nline\t2\n' job "$WQ_LEASE"
    is "$(field job "$WQ_LEASE" 4 | head -n 1)" 'line 1_line_2_'
    is "$(wq-list --delayed job | wc -l)" 1
    answers 0 wq-lease -w -0 job
    is "$(cut -z -f2- "$BOX/out" | tr '\0' .)" $'two\nlines\tand a tab.'
}

@test "a reason may be empty, or any bytes, or long" {
    wq-push job a b c
    answers 0 wq-release --dead --reason '' job "$(lease job)"
    answers 0 wq-release --dead --reason $'\xff\xfe' job "$(lease job)"
    answers 0 wq-release --dead --reason "$(printf '%05000d' 0)" job "$(lease job)"
    is "$(held job)" $'a\nb\nc'
    is "$(wq-list --dead job | wc -l)" 3
}

@test "--dead gives the item up at once, with its reason and owner" {
    wq-push job apple
    before=$(now)
    lease=$(WQ_OWNER=me lease job)
    answers 0 wq-release --dead --reason 'no such file' job "$lease"
    silent
    is "$(r zrange job:dead 0 -1)" "$lease"
    died=$(r zscore job:dead "$lease")
    between "$before" "$died" "$(now)"
    is "$(field job "$lease" 1,2,4,5)" "1${TAB}me${TAB}no such file${TAB}apple"
    is "$(r exists job:leased job:processing job:attempts)" 0
    is "$(r hget job:stats dead)" 1
    answers 3 wq-lease job
    answers 4 wq-empty --strict job
}

@test "--no-charge gives it back at once and does not count the attempt" {
    wq-push job apple banana
    for _ in 1 2 3; do
        eval "$(wq-lease --sh job)"
        is "$WQ_ITEM,$WQ_ATTEMPT" apple,1
        answers 0 wq-release --no-charge job "$WQ_LEASE"
        silent
    done
    is "$(r exists job:attempts job:delayed)" 0
    is "$(r lrange job 0 -1)" $'banana\napple'
}

@test "--no-charge takes back no failure that was before" {
    wq-push job apple
    wq-release --delay 0 job "$(lease job)"
    wq-release --no-charge job "$(lease job)"
    wq-release --no-charge --delay 10ms job "$(lease job)"
    eval "$(wq-lease -w --sh job)"
    is "$WQ_ATTEMPT" 2
}

@test "--no-charge --delay waits uncharged" {
    wq-push job apple
    wq-release --no-charge --delay 10ms job "$(lease job)"
    is "$(delay job)" 10
    eval "$(wq-lease -w --sh job)"
    is "$WQ_ITEM,$WQ_ATTEMPT" apple,1
}

@test "--no-charge on the last attempt does not kill the item" {
    wq-config job max-attempts=1
    wq-push job apple
    wq-release --no-charge job "$(lease job)"
    is "$(r lrange job 0 -1)" apple
}
