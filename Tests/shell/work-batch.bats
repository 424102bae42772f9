#!/usr/bin/env bats
# wq-work --batch: several items to one command, and what becomes of each when it ends.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work

# work OPTION...: works on the queue job until it is drained, up to four items a command.
work() {
    answers 0 wq-work --batch 4 job "$@"
}

# runs: how many items each command had that wrote it down, in the order of the commands.
runs() {
    paste -sd' ' "$BOX/runs"
}

# counts: the number of items leased, completed and dead so far.
counts() {
    echo "$(r hget job:stats leased) $(r hget job:stats completed) $(r zcard job:dead)"
}

# The command notes how many items it has, and fails, with the status of the first one of these, if it has a bad one.
write_command() {
    cat >"$BOX/command" <<'END'
#!/bin/sh
echo $# >>"$BOX/runs"
for item; do
    case $item in bad*) echo "$item is no good" >&2; exit "${item#bad}" ;; esac
done
for item; do echo "$item" >>"$BOX/done"; done
END
    chmod +x "$BOX/command"
}

@test "a command gets up to N items, in their order, as words behind its own" {
    wq-push -q --keep-blank job -- 1 'two  words' '*' 4 5 '$(date)' '' -n "it's"
    work -- printf '<%s>' a
    is "$(<"$BOX/out")" "<a><1><two  words><*><4><a><5><\$(date)><><-n><a><it's>"
    is "$(counts)" '9 9 0'
    answers 0 wq-stat --audit job
}

@test "each place that is a word of its own has a word for each item" {
    wq-push -q job d/a.x d/b.y c
    work -- printf '<%s>' '{}' and '{/.}' end
    is "$(<"$BOX/out")" '<d/a.x><d/b.y><c><and><a><b><c><end>'
}

@test "--stdin: each item is a line, with -0 one that ends with a NUL" {
    wq-push -q --keep-blank job a '' 'b c'
    work --stdin -- sed 's/^/</;s/$/>/'
    says '<a>' '<>' '<b c>'
    wq-push -q job $'x\ny' z
    work --stdin -0 -- tr '\0\n' '|_'
    is "$(<"$BOX/out")" 'x_y|z|'
    # So it is for one.
    wq-push -q job one
    answers 0 wq-work --batch 1 --stdin job cat
    says one
}

@test "what cannot go as a line, or as an argument, is a failed attempt; the others go" {
    wq-config job max-attempts=1
    wq-push -q job a $'x\ny' b
    printf 'nul\0here' | wq-push -q --whole job
    work --stdin -- cat
    says a b
    is "$(wq-list --dead job | cut -f6)" "$(printf '%s\n' 'the item contains a newline: only --null can take it' \
        'the item contains a NUL: only --stdin without --batch can take it')"
    wq-push -q job c
    printf 'nul\0here' | wq-push -q --whole job
    wq-push -q job d
    work echo
    says 'c d'
}

@test "the environment says what all have in common; item and attempt only where there is one" {
    wq-push -q job a b c d e
    WQ_ITEM=stale WQ_ATTEMPT=9 work sh -c 'echo "${WQ_ITEM-none},$WQ_LEASE,$WQ_QUEUE,${WQ_ATTEMPT-none},$WQ_SLOT"'
    fits "$(<"$BOX/out")" '^none,1\.[0-9a-f]{12} 2\.[0-9a-f]{12} 3\.[0-9a-f]{12} 4\.[0-9a-f]{12},job,none,1'
    fits "$(tail -n 1 "$BOX/out")" '^e,5\.[0-9a-f]{12},job,1,1$'
}

@test "a failure of several is no attempt of any: each goes alone, and only the guilty one is charged" {
    write_command
    wq-push -q job a b bad1 c d e
    wq-config job max-attempts=1
    work --joblog "$BOX/log" "$BOX/command"
    is "$(runs)" '4 1 1 1 1 2'
    is "$(wq-list --dead --json job | jq -r '"\(.item) \(.attempt) \(.reason)"')" 'bad1 1 command: status 1'
    is "$(sort "$BOX/done" | paste -sd' ')" 'a b c d e'
    is "$(r hgetall job:attempts)" ''
    is "$(counts)" '6 5 1'
    # An item has one line, with the command that decided.
    is "$(sed 1d "$BOX/log" | cut -f 3,4,10 | sort -k 3 | paste -sd,)" \
        "1${TAB}0${TAB}a,1${TAB}0${TAB}b,1${TAB}1${TAB}bad1,1${TAB}0${TAB}c,1${TAB}0${TAB}d,1${TAB}0${TAB}e"
    matches "$(<"$BOX/err")" '*wq-work: 4 items go one by one, since a command with all of them failed: command: status 1
*wq-work: 3.* (attempt 1) failed: command: status 1
*wq-work: 5 done, 1 failed, 1 dead in *'
}

@test "65 makes dead, 75 returns for later, only an item that was alone" {
    write_command
    wq-push -q job a bad65 b bad75 c
    spawn work wq-work -q --batch 5 --until-idle 1s job "$BOX/command"
    eventually 5 yields '5 3 1' counts
    is "$(wq-list --dead job | cut -f7)" bad65
    is "$(wq-list --delayed --json job | jq -r '"\(.item) \(.attempt) \(.reason)"')" 'bad75 0 command: status 75'
    is "$(runs)" '5 1 1 1 1 1'
    slay "$PID"
}

@test "ten thousand items, three of them bad: at most 330 go alone" {
    write_command
    { seq 3000 && echo bad65 && seq 3001 3050 && echo bad1 && seq 3051 9996 && echo bad65 && echo 9997; } |
        wq-push -q job
    wq-config job max-attempts=1
    answers 0 wq-work -q -j 2 --batch 100 job "$BOX/command"
    is "$(r hget job:stats completed),$(r zcard job:dead)" 9997,3
    is "$(sort -n "$BOX/done" | uniq -c | awk '$1 == 1' | wc -l)" 9997
    between 200 "$(grep -cx 1 "$BOX/runs")" 330
    between 100 "$(grep -vcx 1 "$BOX/runs")" 110
}

@test "what failed before goes with its like, not with what did not" {
    write_command
    wq-push -q job a b
    for item in x y; do
        wq-push -q job $item
        wq-release --delay 0 job "$(wq-lease -n 9 --json job | jq -r "select(.item == \"$item\").lease")"
    done
    r zrange job:leased 0 -1 | wq-release --delay 0 --no-charge job -
    is "$(wq-list --ready --json job | jq -r '"\(.item) \(.attempt)"' | sort | paste -sd,)" 'a null,b null,x 1,y 1'
    work "$BOX/command"
    is "$(runs)" '2 2'
    is "$(sort "$BOX/done" | paste -sd' ')" 'a b x y'
}

@test "what the kernel does not take at once goes in parts; one that it never takes is a failed attempt" {
    wq-config job max-attempts=1
    for item in 1 2 3 4 5 6 7 8 9; do
        head -c 130000 /dev/zero | tr '\0' $item | wq-push -q --whole job
    done
    head -c 131072 /dev/zero | tr '\0' x | wq-push -q --whole job
    wq-push -q job last
    (
        ulimit -s 4096
        answers 0 wq-work --batch 20 job sh -c 'echo $# >>"$BOX/runs"; for item; do printf "%.1s\n" "$item"; done' x
    )
    is "$(paste -sd' ' "$BOX/out")" '1 2 3 4 5 6 7 8 9 l'
    is "$(counts)" '11 10 1'
    [ "$(wc -l <"$BOX/runs")" -ge 2 ]
    is "$(wq-list --dead job | cut -f6)" 'the item is too long for an argument: only --stdin can take it'
}

@test "an item does not wait for others" {
    spawn work wq-work -q --forever --batch 100 job sh -c 'echo "$*"' x
    eventually 5 blocked 1
    for item in 1 2 3; do
        wq-push -q job $item
        eventually 5 yields $item tail -n 1 "$BOX/work.out"
    done
    # What comes together goes together.
    eventually 5 blocked 1
    seq 4 9 | wq-push -q job
    eventually 5 yields 9 r hget job:stats completed
    is "$(tail -n +4 "$BOX/work.out")" '4 5 6 7 8 9'
}

@test "a thousand items are one command" {
    seq 2500 | wq-push -q job
    answers 0 wq-work -q --batch 1000 job sh -c 'echo $#' x
    says 1000 1000 500
    seq 700 | wq-push -q job
    answers 0 wq-work -q -j 2 --batch 300 --prefetch 1 job sh -c 'echo $#' x
    is "$(sort -n "$BOX/out" | paste -sd' ')" '100 300 300'
}

@test "--max-items counts items; no command has more" {
    seq 10 | wq-push -q job
    answers 1 wq-work -q --batch 4 --max-items 6 job echo
    says '1 2 3 4' '5 6'
    is "$(items job | paste -sd' ')" '7 8 9 10'
}

@test "--dry-run shows the batches" {
    wq-push -q job a 'b c' $'x\ny' d e
    answers 0 wq-work --dry-run --batch 3 job echo got
    says "echo got a 'b c' \$'x\\x0ay'" 'echo got d e'
    answers 0 wq-work --dry-run --batch 3 --stdin job cat
    says '# x\ny: the item contains a newline: only --null can take it' "printf '%s\\n' a 'b c' d | cat" \
        "printf '%s\\n' e | cat"
    answers 0 wq-work --dry-run --batch 3 --stdin -0 job cat
    is "$(head -n 1 "$BOX/out")" "printf '%s\\0' a 'b c' \$'x\\x0ay' | cat"
    is "$(r llen job)" 5
}

@test "usage: what cannot be together with --batch" {
    refuses wq-work --batch 0 job true
    refuses wq-work --batch 1001 job true
    refuses wq-work --batch 2 --feed job cat
    refuses wq-work --batch 2 -0 job cat
    refuses wq-work --stdin -0 job cat
    for word in 'x{}' 'echo {}' '{}{}' '{/}.gz'; do refuses wq-work --batch 2 job sh -c "$word"; done
    refuses wq-work --batch 2 job '{}' a
    # One item can stand anywhere, and --stdin has no places.
    wq-push -q job a
    answers 0 wq-work -q --batch 1 job echo 'x{}'
    says xa
    wq-push -q job a
    answers 0 wq-work -q --batch 2 --stdin job echo 'x{}'
    says 'x{}'
}
