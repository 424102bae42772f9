#!/usr/bin/env bats
# wq-work at a terminal: the line of status, and that it never mixes with what commands print; the last line.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work
load screen

# A command that prints on both, a line in two pieces.
SAYS='printf "begin %s " "$1"; sleep 0.15; echo "end $1"; echo "err $1" >&2; sleep 0.15'

# drawn PATTERN: the line of status was like that once.
drawn() {
    states | grep -qE -- "$1" || fail "never drawn: $1" "$(states)"
}

@test "the line has a bar, the percentage, and the total of the queue, in 80 columns and in 20" {
    for width in 80 20; do
        wq-push -q job 1 2 3 4
        shows "$width" "wq-work job -- sh -c 'sleep 0.6' x"
        if [ "$width" = 80 ]; then
            drawn '^\[\.+\] 0%  0/4 done  1 leased  0/s  unknown left$'
            drawn '^\[#+\.+\] 25%  1/4 done  1 leased  [0-9]+/s  [1-9][0-9]*s left$'
        else
            drawn '^0%  0/4 done$'
            drawn '^25%  1/4 done$'
        fi
        is "$(states | awk -v width="$width" 'length >= width')" ''
        # Nothing of the line is left.
        matches "$(screen "$width" | tr -d '\n')" 'wq-work: 4 done, 0 failed, 0 dead in *.??? s'
    done
}

@test "the line is that of the whole queue: what others do counts, what was done before does not" {
    wq-push -q job a b c d e f
    wq-lease -n 2 job | wq-complete job -
    lease=$(lease job)
    shows 80 "wq-work --max-items 2 job -- sh -c 'sleep 1.3' x"
    drawn '^\[\.+\] 0%  0/4 done  2 leased'
    drawn '^\[#+\.+\] 25%  1/4 done  2 leased'
    wq-complete job "$lease"
}

# in_order OPTION...: what the commands print is shown line by line, to the byte, and the line of status between them.
in_order() {
    local width
    for width in 80 20; do
        seq 5 | wq-push -q job
        shows "$width" "wq-work $* job -- sh -c '$SAYS' x"
        screen "$width" >"$BOX/seen"
        [ "$width" = 80 ] || sed -i -z 's/wq-work: 5 done, 0 f\n/wq-work: 5 done, 0 f/' "$BOX/seen"
        is "$(grep -v '^wq-work: 5 done' "$BOX/seen" | head -n "$(wc -l <"$BOX/expected")")" "$(<"$BOX/expected")"
        is "$(grep -c '^wq-work: 5 done, 0 f' "$BOX/seen")" 1
        lacks "$(<"$BOX/seen")" '*%*'
        [ "$(states | grep -c '%')" -ge 5 ] || fail "$(states)"
    done
}

@test "what commands print never mixes with the line: neither pieces of lines, nor both streams" {
    for item in 1 2 3 4 5; do printf 'begin %s end %s\nerr %s\n' $item $item $item; done >"$BOX/expected"
    in_order
}

@test "... with --tag, and with --reason-from-stderr" {
    for item in 1 2 3 4 5; do printf '%s\tbegin %s end %s\n%s\terr %s\n' $item $item $item $item $item; done >"$BOX/expected"
    in_order --tag
    sed -i 's/^.\t//' "$BOX/expected"
    in_order --reason-from-stderr
}

@test "... with --group" {
    for item in 1 2 3 4 5; do printf 'begin %s end %s\nerr %s\n' $item $item $item; done >"$BOX/expected"
    in_order --group
}

@test "... nor when four commands print much at once" {
    seq 40 | wq-push -q job
    shows 80 "wq-work -j 4 job -- sh -c 'i=0; while [ \$i -lt 200 ]; do echo \"\$1 \$i\"; i=\$((i + 1)); done; sleep 0.1' x"
    screen 80 | grep -v '^wq-work: 40 done, 0 failed, 0 dead in ' >"$BOX/seen"
    for item in {1..40}; do seq -f "$item %.0f" 0 199; done | sort | cmp - <(sort "$BOX/seen")
    drawn '%  [0-9]+/40 done'
}

@test "messages are lines of their own" {
    wq-config job max-attempts=1
    wq-push -q job a b
    shows 80 "wq-work job -- sh -c 'printf open; exit 3' x"
    is "$(screen 80 | sed 's/^wq-work: .*: sh/wq-work: sh/; s/ in .*//')" \
        $'open\nwq-work: sh: status 3\nopen\nwq-work: sh: status 3\nwq-work: 0 done, 2 failed, 2 dead'
}

@test "what waits is told, and when it is tried again; no time is 0 ms" {
    wq-config job retry-delay=2s
    wq-push -q job a b
    shows 80 "wq-work job -- sh -c '[ \"\$1\" != a ] || [ \"\$WQ_ATTEMPT\" = 2 ]' x"
    drawn '^\[#+\.+\] 50%  1/2 done  0 leased  1 failed  1 to be retried in [12]s  [0-9]+/s$'
    drawn '1 to be retried in 1s'
    lacks "$(states)" '*0ms left*'
    wq-push -q --delay 1500ms new a b
    shows 80 "wq-work new true"
    drawn '2 delayed, due in [12]s'
}

@test "the dead are red, unless NO_COLOR is set" {
    dead job x
    wq-push -q job y
    shows 80 "wq-work job -- sh -c 'sleep 0.5' x"
    states | grep -qF $'1 leased  \e[31m1 dead\e[m  0/s'
    wq-push -q job y
    NO_COLOR=1 shows 80 "wq-work job -- sh -c 'sleep 0.5' x"
    states | grep -qF '1 leased  1 dead  0/s'
    lacks "$(<"$BOX/shown")" $'*\e\[3*'
}

@test "a command still sees the terminal, and what it prints comes at once, byte for byte" {
    wq-push -q job a
    cat >"$BOX/command" <<'END'
import os, sys, time
print(os.isatty(1), os.isatty(2), os.get_terminal_size(1).columns)
sys.stdout.buffer.write(bytes(range(128, 256)) + b"\t|\n")
time.sleep(1)
END
    shows 80 "stty cols 70; wq-work job python3 $BOX/command"
    grep -aqF 'True True 70' "$BOX/shown"
    grep -aqF "$(printf '\xfd\xfe\xff\t|')" "$BOX/shown"
    # Python writes a line at once to a terminal only.
    first=$(tr '\r' '\n' <"$BOX/shown" | grep -an -m 1 'True True' | cut -d: -f1)
    last=$(tr '\r' '\n' <"$BOX/shown" | grep -an '0/1 done' | tail -n 1 | cut -d: -f1)
    [ "$first" -lt "$last" ]
}

@test "standard output that goes elsewhere does not come through the worker" {
    wq-push -q job a b
    shows 80 "wq-work job -- sh -c 'readlink /proc/self/fd/1; sleep 0.4; echo err >&2; sleep 0.4' x >$BOX/file"
    is "$(<"$BOX/file")" "$BOX/file"$'\n'"$BOX/file"
    is "$(screen 80 | sed 's/ in .*//')" $'err\nerr\nwq-work: 2 done, 0 failed, 0 dead'
    drawn '^\[#+\.+\] 50%  1/2 done'
}

@test "-q, --json, and the background have no line" {
    for how in '-q job' '--json job'; do
        wq-push -q job a
        shows 80 "wq-work $how -- sh -c 'echo out; sleep 1.2' x"
        lacks "$(<"$BOX/shown")" $'*\e\[K*'
        grep -q '^out' "$BOX/shown"
    done
    wq-push -q job a
    shows 80 "bash -mc 'wq-work job -- sh -c \"echo out; sleep 1.2\" x & wait'"
    lacks "$(<"$BOX/shown")" '*%*'
    is "$(screen 80 | head -n 1)" out
}

@test "without the right to count, the line shows what this worker did, and Redis is not asked again" {
    r acl setuser default -hgetall
    wq-config job max-attempts=1
    wq-push -q job a b c
    shows 80 "wq-work job -- sh -c '[ \"\$1\" != b ] && sleep 1.2' x"
    drawn '^1 done  1 failed  1 running  0/s$'
    is "$(screen 80 | tail -n 1 | cut -d' ' -f 1-7)" 'wq-work: 2 done, 1 failed, 1 dead'
    is "$(r acl log | grep -c hgetall)" 1
}

@test "only a terminal costs Redis the counts" {
    wq-push -q job a
    r config resetstat
    wq-work -q job true 2>/dev/null
    is "$(r info commandstats | grep -c hgetall)" 0
}

@test "a command cannot read what is typed, where its terminal cannot be opened for writing alone either" {
    unshare -rm true 2>/dev/null || skip 'no namespaces here'
    printf '%s\n' 'echo begun; for fd in 1 2; do read -r word <&$fd && echo "has <$word>"; done 2>/dev/null' \
        'test -t 1 && test -t 2 && echo on a terminal; echo end >&2; sleep 0.3' >"$BOX/reads"
    for options in '' -q --json --tag --reason-from-stderr '-q --reason-from-stderr'; do
        wq-push -q job a
        shows 80 "unshare -rm sh -c 'mount -t tmpfs none /proc; exec wq-work $options job sh $BOX/reads'" \
            begun 'secret\n' end 'more\n'
        lacks "$(tr -d '\r' <"$BOX/shown")" '*has <*'
        is "$(r hget job:stats completed)" 1
        case $options in '' | -q | --json) grep -aq 'on a terminal' "$BOX/shown" ;; esac
        r flushall >/dev/null
    done
}

## The last line.

@test "a last line says what was done, also in a log file" {
    wq-config job max-attempts=2 retry-delay=1ms
    wq-push -q job good bad 65 good 75
    answers 1 wq-work --max-items 6 job -- sh -c 'case $1 in bad) exit 1 ;; [0-9]*) exit $1 ;; esac' x
    fits "$(tail -n 1 "$BOX/err")" '^wq-work: 2 done, 3 failed, 2 dead in [0-9]\.[0-9]{3} s$'
    is "$(r zcard job:dead)" 2
}

@test "the last line counts the dead by the queue's own limit, also of a command that could not take its item" {
    wq-config job max-attempts=0 retry-delay=1ms
    wq-push -q job bad
    answers 1 wq-work --max-items 12 job false
    matches "$(tail -n 1 "$BOX/err")" 'wq-work: 0 done, 12 failed, 0 dead in *'
    wq-config job max-attempts=
    printf 'nul\0' | wq-push -q --whole other
    answers 1 wq-work --max-items 1 other false
    matches "$(tail -n 1 "$BOX/err")" 'wq-work: 0 done, 1 failed, 0 dead in *'
    # The default limit.
    answers 0 wq-work job false
    matches "$(tail -n 1 "$BOX/err")" 'wq-work: 0 done, 1 failed, 1 dead in *'
}

@test "what somebody else settled counts neither as done nor as failed; a lease that ran out has failed" {
    wq-config job max-attempts=3
    wq-push -q job a b
    spawn work wq-work -l 1h job -- sh -c 'echo "$WQ_LEASE" >"$BOX/began"; [ "$1" = b ] || exec sleep 74.4' x
    eventually 5 written began
    wq-complete job "$(<"$BOX/began")"
    ends 0 "$PID"
    matches "$(tail -n 1 "$BOX/work.err")" 'wq-work: 1 done, 0 failed, 0 dead in *'
    rm "$BOX/began"
    wq-push -q job a
    spawn work env --default-signal wq-work -l 400ms --max-items 1 job -- \
        sh -c 'echo "$WQ_LEASE" >"$BOX/began"; exec sleep 74.4' x
    eventually 5 written began
    kill -STOP "$PID"
    eventually 5 past "$(($(r zscore job:leased "$(<"$BOX/began")") + 200))"
    wq-reap -q job
    kill -CONT "$PID"
    ends 1 "$PID"
    matches "$(tail -n 1 "$BOX/work.err")" 'wq-work: 0 done, 1 failed, 0 dead in *'
}

@test "a worker to which nothing fell has no last line, and -q none" {
    wq-push -q job a
    answers 0 wq-work -q job true
    silent
    answers 0 wq-work job true
    silent
}
