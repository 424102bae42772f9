#!/usr/bin/env bats
# Dead items: wq-retry.

load helper
load more

## wq-retry.

@test "a dead item comes back by its ID, with no attempts behind it" {
    wq-config job max-attempts=2
    wq-push job apple
    attempt job
    attempt job
    answers 0 wq-retry job "$(r zrange job:dead 0 0)"
    says 1
    complains ''
    is "$(r lrange job 0 -1)" apple
    is "$(r exists job:dead job:items job:attempts)" 0
    is "$(attempt job)" 1
    is "$(r hget job:stats retried)" 1
    answers 0 wq-stat --audit job
}

@test "it waits behind all others" {
    dead job apple
    wq-push job banana
    wq-retry job "$(r zrange job:dead 0 0)"
    is "$(r lrange job 0 -1)" $'apple\nbanana'
}

@test "unknown IDs are named, 1, and the others come back" {
    dead job apple
    dead job banana
    mapfile -t ids < <(r zrange job:dead 0 -1)
    wq-push job cherry
    held=$(lease job)
    answers 1 wq-retry job 9.0123456789ab "${ids[0]}" "$held" '*' "${ids[1]}"
    says 2 "unknown${TAB}9.0123456789ab" "unknown${TAB}$held" "unknown${TAB}*"
    complains ''
    is "$(r lrange job 0 -1)" $'banana\napple'
    answers 1 wq-retry -q job "${ids[0]}"
    silent
    is "$(r zcard job:leased)" 1
}

@test "the ID - alone stands for those on stdin, of which there may be none" {
    seq 500 | wq-push -q job
    wq-lease -n 1000 job | wq-release --dead job -
    wq-list --dead job | awk '$7 % 2' | wq-retry job - >"$BOX/out"
    says 250
    is "$(held job | sort -n)" "$(seq 500)"
    is "$(r lrange job 0 -1 | sort -n)" "$(seq 1 2 500)"
    answers 1 wq-retry job - < <(printf '9.0123456789ab\tdead\n\n%s\n' "$(r zrange job:dead 0 0)")
    says 1 "unknown${TAB}9.0123456789ab"
    answers 0 wq-retry job - </dev/null
    says 0
    is "$(r zcard job:dead)" 249
    answers 1 wq-retry job -- -
    says 0 "unknown${TAB}-"
    for words in '- 1.0123456789ab' '--all -' '--match x -'; do
        # shellcheck disable=SC2086 # they are several
        refuses wq-retry job $words </dev/null
    done
}

@test "an ID given twice comes back once" {
    dead job apple
    id=$(r zrange job:dead 0 0)
    wq-retry job "$id" "$id" || is $? 1
    is "$(held job)" apple
}

@test "--all brings back all, in the order in which they died" {
    seq 450 | wq-push -q job
    wq-lease -n 450 job | wq-release --dead job -
    answers 0 wq-retry --all job
    says 450
    is "$(wq-lease -n 450 job | cut -f2)" "$(seq 450)"
    is "$(r exists job:dead)" 0
}

@test "--all with nothing dead brings back nothing" {
    wq-push job apple
    answers 0 wq-retry --all job
    says 0
    complains ''
    answers 0 wq-retry -q --all job
    silent
    answers 0 wq-retry --all other
    says 0
}

@test "--match takes those whose item contains the text, or whose reason does" {
    dead job 'apple pie'
    dead job 'cherry cake' 'no apples left'
    dead job 'banana split' 'oven off'
    answers 0 wq-retry --match apple job
    says 2
    is "$(r lrange job 0 -1)" $'cherry cake\napple pie'
    is "$(held job)" $'apple pie\nbanana split\ncherry cake'
    answers 0 wq-retry --match apple job
    says 0
    answers 0 wq-retry --match 'oven off' job
    says 1
}

@test "--match does not take owners or other parts of the record for text" {
    WQ_OWNER=me dead job apple reason
    answers 0 wq-retry --match me job
    says 0
    answers 0 wq-retry --match "reason${TAB}apple" job
    says 0
}

@test "--match is no pattern: every character stands for itself" {
    for text in 'a.c' 'a*c' '[abc]' '%d+' '^a' 'c$' '(' '%' $'\\'; do
        r flushall >/dev/null
        dead job abc
        dead job "see $text there"
        answers 0 wq-retry --match "$text" job
        says 1
        is "$(r lrange job 0 -1)" "see $text there"
    done
}

@test "--match takes any bytes, and none for all" {
    dead job $'x\xffy'
    answers 0 wq-retry --match $'\xff' job
    says 1
    wq-lease -0 job
    printf 'two\nlines\0' | wq-push -0q job
    wq-lease -0 job | wq-release -0 --dead job -
    answers 0 wq-retry --match $'o\nl' job
    says 1
    dead job apple
    answers 0 wq-retry --match '' job
    says 1
}

@test "--match finds one among hundreds, and leaves the others in their order" {
    seq 1000 | wq-push -q job
    wq-lease -n 1000 job | wq-release --dead job -
    answers 0 wq-retry --match 777 job
    says 1
    is "$(r lrange job 0 -1)" 777
    answers 0 wq-retry --match 0 job
    says 181
    is "$(r zcard job:dead)" 818
}

@test "--rate spreads them over time, and none is forgotten" {
    seq 8 | wq-push -q job
    wq-lease -n 8 job | wq-release --dead job -
    spawn retry wq-retry --rate 20 --all job
    # The first ones are there while others are to come.
    eventually 5 some_came
    [ "$(r zcard job:dead)" -gt 0 ]
    ends 0 "$PID"
    is "$(<"$BOX/retry.out")" 8
    is "$(wq-lease -n 8 job | cut -f2)" "$(seq 8)"
}

some_came() {
    [ "$(r llen job)" -gt 0 ]
}

@test "--rate goes with IDs and with --match, too" {
    seq 4 | wq-push -q job
    wq-lease -n 4 job | wq-release --dead job -
    mapfile -t ids < <(r zrange job:dead 0 1)
    answers 0 wq-retry --rate 100 job "${ids[@]}"
    says 2
    answers 0 wq-retry --rate 100 --match 4 job
    says 1
    answers 0 wq-retry --rate 1000000 --all job
    says 1
}

@test "a waiting worker gets what is retried" {
    dead job apple
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    wq-retry --all job
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
}

@test "a sealed queue takes back its dead" {
    dead job apple
    wq-config job sealed=yes
    answers 0 wq-retry --all job
    says 1
    is "$(reads job)" apple
}

@test "a wrong command line is 64 and brings nothing back" {
    dead job apple
    id=$(r zrange job:dead 0 0)
    refuses wq-retry
    refuses wq-retry job
    refuses wq-retry --all job "$id"
    refuses wq-retry --match apple job "$id"
    refuses wq-retry --all --match apple job
    refuses wq-retry --rate 5 job
    refuses wq-retry --rate 0 --all job
    refuses wq-retry --rate fast --all job
    refuses wq-retry --every job
    is "$(r zcard job:dead)" 1
}

@test "no server is 69, a key of the wrong type 65, an answer that cannot be printed 74" {
    unreachable wq-retry --all job
    dead job apple
    r set job spoiled
    answers 65 wq-retry --all job
    says
    complains 'wq-retry: *'
    is "$(r zcard job:dead)" 1
    r del job
    answers 74 bash -c 'wq-retry --all job >/dev/full'
    complains 'wq-retry: *: No space left on device'
    is "$(r lrange job 0 -1)" apple
    answers 74 bash -c 'wq-retry --all job >&-'
    answers 74 into_dead_pipe wq-retry --all job
}
