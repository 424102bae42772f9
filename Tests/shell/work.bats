#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# wq-work: how an item reaches its command, and what the status of the command means.

load helper
load more
load work

# reasons QUEUE: the reasons of dead items.
reasons() {
    wq-list "$1" --dead | cut -f6
}

@test "runs the command once for each item, in order, and ends with 0 when the queue is drained" {
    wq-push -q job apple 'two  words' '*' "it's" '$(date)'
    answers 0 wq-work job echo got
    says 'got apple' 'got two  words' 'got *' "got it's" 'got $(date)'
    complains 'wq-work: 5 done, 0 failed, 0 dead in *.??? s'
    answers 0 wq-empty --strict job
    is "$(r hget job:stats completed)" 5
    answers 0 wq-stat --audit job
    answers 0 wq-work job false
    silent
}

@test "the item stands wherever the command has {}, and nowhere else then" {
    wq-push -q job apple
    answers 0 wq-work job -- printf '%s\n' '{}' 'to={}.gz' '{}{}' end
    says apple to=apple.gz appleapple end
}

@test "--stdin gives the item on standard input, any bytes, any size; {} is no place then" {
    head -c 3000000 /dev/urandom >"$BOX/item"
    wq-push -q --whole job <"$BOX/item"
    answers 0 wq-work --stdin job sh -c 'cat >"$1"; echo "$2"' x "$BOX/seen" '{}'
    says '{}'
    cmp "$BOX/item" "$BOX/seen"
}

@test "--stdin: a command that does not read is no error, whatever the size" {
    head -c 3000000 /dev/zero | wq-push -q --whole job
    wq-push -q job small ''
    answers 0 wq-work -q --stdin job true
    silent
    is "$(r hget job:stats completed)" 3
}

@test "without --stdin the command's input is empty" {
    wq-push -q job a b
    answers 0 wq-work job sh -c 'cat; echo "$1"' x < <(echo not for you)
    says a b
}

@test "the environment says which item, lease, queue, attempt and slot" {
    wq-push -q job apple
    WQ_ITEM=stale answers 0 wq-work job sh -c 'echo "$WQ_ITEM,$WQ_LEASE,$WQ_QUEUE,$WQ_ATTEMPT,$WQ_SLOT"'
    fits "$(<"$BOX/out")" '^apple,1\.[0-9a-f]{12},job,1,1$'
    head -c 200000 /dev/zero | tr '\0' x | wq-push -q --whole job
    WQ_ITEM=stale answers 0 wq-work --stdin job sh -c 'echo "${WQ_ITEM-unset}"'
    says unset
    printf 'nul\0here' | wq-push -q --whole job
    answers 0 wq-work --stdin job sh -c 'echo "${WQ_ITEM-unset}"; wc -c'
    says unset 8
}

@test "an item that cannot be an argument is a failed attempt, with its reason" {
    wq-config job max-attempts=1
    printf 'nul\0here' | wq-push -q --whole job
    head -c 131072 /dev/zero | tr '\0' x | wq-push -q --whole job
    head -c 131071 /dev/zero | tr '\0' x | wq-push -q --whole job
    answers 0 wq-work job sh -c 'printf %s "$1" | wc -c' x
    says 131071
    complains '*attempt 1) failed: the item contains a NUL: only --stdin can take it*'
    is "$(reasons job | sort)" "$(printf '%s\n' 'the item contains a NUL: only --stdin can take it' \
        'the item is too long for an argument: only --stdin can take it')"
}

@test "the command's own options are its own; those of wq-work may stand around the queue" {
    wq-push -q job -- -n
    answers 0 wq-work -j 2 job -q printf '<%s>\n' -q -j 5
    says '<-q>' '<-j>' '<5>' '<-n>'
    wq-push -q job a
    answers 0 wq-work -- job echo -V
    says '-V a'
}

@test "usage: a queue, a command, sensible options" {
    refuses wq-work
    refuses wq-work job
    refuses wq-work job --
    refuses wq-work job -j
    for option in '-j x' '-l 0' '--dead-on 0' '--dead-on 3,' '--dead-on 127' '--max-items 0' \
        '--prefetch x' '--max-time soon' '--max-time 0' '--frobnicate'; do
        # shellcheck disable=SC2086 # words are meant
        refuses wq-work $option job true
    done
    unreachable wq-work job true
}

@test "status 75: back for ten seconds, and no attempt is charged" {
    wq-push -q job apple
    answers 1 wq-work --max-items 1 job -- sh -c 'exit 75'
    complains 'wq-work: 1.*attempt 1) was given back: sh: status 75'$'\nwq-work: 0 done, 0 failed, 0 dead in *'
    between 9000 "$(delay job)" 10000
    is "$(field job "$(r zrange job:delayed 0 0)" 1)" 0
}

@test "status 65, and those of --dead-on, make the item dead at once" {
    wq-push -q job 65 3 75 0
    answers 0 wq-work --dead-on 3,75 job -- sh -c 'exit $1' x
    is "$(reasons job | sort)" "$(printf 'sh: status %s\n' 3 65 75)"
    complains '*attempt 1) is dead: sh: status 65*'
    is "$(r hget job:stats completed)" 1
}

@test "any other status is a failed attempt: again after the back-off, dead after the last" {
    wq-config job max-attempts=3 retry-delay=20ms
    wq-push -q job apple
    answers 0 wq-work job -- sh -c 'echo "$WQ_ATTEMPT"; exit 7'
    says 1 2 3
    is "$(reasons job)" 'sh: status 7'
}

@test "a command ended by a signal is told as such" {
    wq-config job max-attempts=1
    wq-push -q job KILL TERM SEGV
    answers 0 wq-work job -- sh -c 'kill -$1 $$' x
    is "$(reasons job | sort)" "$(printf 'sh: signal %s\n' KILL SEGV TERM)"
}

@test "--reason-from-stderr: the last line of standard error goes into the reason, and all of it through" {
    wq-config job max-attempts=1
    wq-push -q job apple
    answers 0 wq-work -q --reason-from-stderr job -- sh -c 'echo first >&2; echo "no such fruit" >&2; echo >&2; exit 4'
    is "$(reasons job)" 'sh: status 4: no such fruit'
    is "$(<"$BOX/err")" $'first\nno such fruit'
}

@test "a command that is not there stops the worker with 78, and the item is as it was" {
    wq-push -q job apple banana
    answers 78 wq-work job ./missing
    complains 'wq-work: cannot run ./missing: No such file or directory'
    answers 78 wq-work job wq-no-such-program
    echo text >"$BOX/script"
    answers 78 wq-work job "$BOX/script"
    complains "wq-work: cannot run $BOX/script: Permission denied"
    is "$(held job)" $'apple\nbanana'
    is "$(reads job)" apple
    is "$(r exists job:attempts job:delayed job:dead)" 0
}

@test "126 and 127 from a command that was started are a failed attempt, and others get their turn" {
    wq-config job max-attempts=1
    wq-push -q job 'echo one' 'no-such-tool x' 'exit 126' 'echo two'
    answers 0 wq-work job sh -c
    says one two
    is "$(wq-list job --dead | cut -f6)" $'sh: status 127\nsh: status 126'
    is "$(r hget job:stats completed)" 2
}

@test "a script without #! is one for sh; what sh cannot read, or is no text, cannot be run: 78" {
    wq-push -q job apple
    echo 'echo "$0 has $1"' >"$BOX/script"
    chmod +x "$BOX/script"
    answers 0 wq-work job "$BOX/script"
    says "$BOX/script has apple"

    wq-push -q job banana
    printf 'echo this is no \0 text\n' >"$BOX/binary"
    printf '#!%s\n' "$BOX/no-interpreter" >"$BOX/orphan"
    chmod +x "$BOX/binary" "$BOX/orphan"
    answers 78 wq-work job "$BOX/binary"
    complains "wq-work: cannot run $BOX/binary: Exec format error"
    answers 78 wq-work job "$BOX/orphan"
    complains "wq-work: cannot run $BOX/orphan: No such file or directory"
    if [ "$(id -u)" = 0 ]; then
        # root reads everything.
        chmod 711 "$BOX" "$BOX/script"
        chmod 666 "$SOCKET"
        answers 78 setpriv --reuid 65534 --regid 65534 --clear-groups "$WQ_BIN/wq-work" job "$BOX/script"
        complains "wq-work: cannot run $BOX/script: Permission denied"
    fi
    is "$(lease job | cut -d. -f1)" 5
    is "$(r exists job:attempts)" 0
}

@test "a script without #! is one for sh, also when it is found in PATH" {
    mkdir "$BOX/bin"
    echo 'echo "script $1"' >"$BOX/bin/my-script"
    chmod +x "$BOX/bin/my-script"
    wq-push -q job apple
    PATH=$BOX/bin:$PATH answers 0 wq-work job my-script
    says 'script apple'
}

@test "-j N: so many at a time, each in its slot" {
    seq 9 | wq-push -q job
    answers 0 wq-work -j 3 job -- sh -c '
        mkdir "$BOX/slot$WQ_SLOT" || exit 65
        : >"$BOX/here$1"
        # The first three meet.
        while [ "$1" -le 3 ] && ! { [ -e "$BOX/here1" ] && [ -e "$BOX/here2" ] && [ -e "$BOX/here3" ]; }; do
            sleep 0.01
        done
        echo "$WQ_SLOT"
        rmdir "$BOX/slot$WQ_SLOT"' x
    is "$(sort -u "$BOX/out" | paste -sd,)" 1,2,3
    is "$(r hget job:stats completed)" 9
    is "$(r exists job:dead)" 0
}

@test "-j 0: as many as there are cores" {
    seq 64 | wq-push -q job
    cores=$(nproc)
    export cores
    answers 0 wq-work -j 0 job -- sh -c 'echo "$WQ_SLOT"; sleep 0.02' x
    is "$(sort -n "$BOX/out" | tail -n 1)" "$cores"
}

@test "--prefetch leases ahead, and what was not begun goes back uncharged, in its order" {
    seq 10 | wq-push -q job
    spawn work wq-work --prefetch 5 job -- sh -c 'echo "$1" >>"$BOX/began"; sleep 30' x
    ahead() { [ "$(r zcard job:leased)" = 6 ]; }
    eventually 5 ahead
    eventually 5 written began
    kill "$PID"
    back() { [ "$(r zcard job:leased)" = 1 ]; }
    eventually 5 back
    is "$(<"$BOX/began")" 1
    is "$(wq-list job --ready | cut -f7 | paste -sd' ')" '2 3 4 5 6 7 8 9 10'
    # A signal that follows at once is the same.
    sleep 0.3
    kill "$PID"
    ends 143 "$PID"
    is "$(held job | sort -n | paste -sd' ')" '1 2 3 4 5 6 7 8 9 10'
    is "$(r exists job:attempts)" 0
}
