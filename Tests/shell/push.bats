#!/usr/bin/env bats
# wq-push: where items come from, what becomes of each byte, what is printed.

load helper
load more

@test "operands are the items, the number pushed is printed" {
    answers 0 wq-push job apple banana cherry
    says 3
    complains ''
    is "$(items job)" $'apple\nbanana\ncherry'
}

@test "a later push goes behind an earlier one" {
    wq-push job apple banana
    answers 0 wq-push job cherry
    says 1
    is "$(items job)" $'apple\nbanana\ncherry'
}

@test "operands are taken as they are, the empty one too" {
    answers 0 wq-push job '' ' ' $'two\nlines' $'\xff\xfe'
    says 4
    is "$(r llen job)" 4
    is "$(r lindex job 3)" ''
    is "$(r lindex job 1)" $'two\nlines'
    r lindex job 0 | cmp - <(printf '\xff\xfe\n')
}

@test "without operands every line of stdin is an item" {
    printf 'apple\nbanana split\ncherry\n' >"$BOX/fruits"
    answers 0 wq-push job <"$BOX/fruits"
    says 3
    is "$(items job)" $'apple\nbanana split\ncherry'
}

@test "the last line needs no newline" {
    answers 0 wq-push job < <(printf 'apple\nbanana')
    says 2
    is "$(items job)" $'apple\nbanana'
}

@test "blank lines are skipped, lines of spaces are not" {
    answers 0 wq-push job < <(printf '\napple\n\n \n\t\n\r\n\n')
    says 4
    is "$(r lrange job 0 -1)" $'\r\n\t\n \napple'
}

@test "--keep-blank makes items of blank lines" {
    answers 0 wq-push --keep-blank job < <(printf '\napple\n\n')
    says 3
    is "$(r lindex job 0),$(r lindex job 1),$(r lindex job 2)" ,apple,
}

@test "-0 reads records that end with NUL" {
    printf 'two\nlines\0\0apple\0no end' >"$BOX/records"
    for option in -0 --null; do
        r del job >/dev/null
        answers 0 wq-push "$option" job <"$BOX/records"
        says 3
        is "$(r lindex job 2)" $'two\nlines'
        is "$(r lindex job 1)" apple
        is "$(r lindex job 0)" 'no end'
    done
    answers 0 wq-push -0 --keep-blank job <"$BOX/records"
    says 4
}

@test "--whole makes one item of all input, every byte of it" {
    printf 'a\0b\n\xff\x1b\n\n' >"$BOX/bytes"
    answers 0 wq-push --whole job <"$BOX/bytes"
    says 1
    is "$(r llen job)" 1
    r --no-raw lindex job 0 | grep -qxF '"a\x00b\n\xff\x1b\n\n"'
}

@test "-f reads a file, - is stdin" {
    printf 'apple\nbanana\n' >"$BOX/fruits"
    answers 0 wq-push -f "$BOX/fruits" job
    says 2
    answers 0 wq-push --file="$BOX/fruits" --whole job
    says 1
    answers 0 wq-push -f - job < <(echo cherry)
    says 1
    is "$(r lrange job 0 -1)" $'cherry\napple\nbanana\n\nbanana\napple'
}

@test "the item - alone is stdin, in every way in which it is read" {
    answers 0 wq-push job - < <(seq 3)
    says 3
    r del job >/dev/null
    answers 0 wq-push -0 job - < <(printf 'two\nlines\0apple')
    says 2
    answers 0 wq-push job - --whole < <(printf 'a\nb\n')
    says 1
    answers 0 wq-push --keep-blank job - < <(printf '\n\n')
    says 2
    is "$(r --no-raw lrange job 0 -1 | cut -d '"' -f 2 | xargs -d '\n')" '  a\nb\n apple two\nlines'
}

@test "after --, and on input, - is an item; beside others it is refused, and nothing is pushed" {
    answers 0 wq-push job -- -
    says 1
    answers 0 wq-push -- job -
    says 1
    answers 0 wq-push job -- - apple </dev/null
    says 2
    answers 0 wq-push job apple -- -
    says 2
    answers 0 wq-push job < <(echo -)
    says 1
    is "$(r lrange job 0 -1 | sort | uniq -c | xargs)" '5 - 2 apple'
    for items in '- apple' 'apple -' '- -' '- -- apple'; do
        # shellcheck disable=SC2086 # they are several
        answers 64 wq-push job $items < <(echo banana)
        says
        complains "wq-push: - stands for standard input, which goes with no other operand*"
    done
    answers 64 wq-push -f /dev/null job -
    is "$(r llen job)" 7
}

@test "a file that cannot be read is named, 74, and nothing is pushed" {
    answers 74 wq-push -f "$BOX/none" job
    says
    complains "wq-push: *$BOX/none*: No such file or directory"
    answers 74 wq-push -f "$BOX" job
    complains "wq-push: *$BOX*: Is a directory"
    is "$(r exists job)" 0
}

@test "items both as operands and from a file are a usage error" {
    answers 64 wq-push -f /dev/null job apple
    complains $'wq-push: *\nusage: wq-push *'
    is "$(r exists job)" 0
}

@test "closed stdin is a failed read" {
    answers 74 bash -c 'wq-push job <&-'
    says
    complains 'wq-push: *: Bad file descriptor'
}

@test "no input is no item, and not an error" {
    answers 0 wq-push job </dev/null
    says 0
    complains ''
    is "$(r exists job)" 0
}

@test "-q prints nothing" {
    for option in -q --quiet; do
        answers 0 wq-push "$option" job apple
        silent
    done
    is "$(r llen job)" 2
}

@test "a number that cannot be printed is 74, and the items are pushed once" {
    answers 74 bash -c 'wq-push job apple >/dev/full'
    complains 'wq-push: *: No space left on device (1 item had been pushed)'
    answers 74 bash -c 'wq-push job banana >&-'
    complains 'wq-push: *: Bad file descriptor (1 item had been pushed)'
    answers 74 into_dead_pipe wq-push job cherry
    is "$(items job)" $'apple\nbanana\ncherry'
}

@test "-q needs no stdout" {
    answers 0 bash -c 'wq-push -q job apple >&-'
    is "$(items job)" apple
}

@test "every byte arrives as it was" {
    python -c 'import os; os.write(1, bytes(b for b in range(256) if b != 10) + b"\n" + b"\xff\xc0\x80\n")' >"$BOX/bytes"
    answers 0 wq-push job <"$BOX/bytes"
    says 2
    { r lindex job 1 && r lindex job 0; } | cmp - "$BOX/bytes"
}

@test "a line of 64 MB is an item like any other" {
    head -c 67108864 /dev/zero | tr '\0' x >"$BOX/big"
    answers 0 wq-push job <"$BOX/big"
    says 1
    wq-lease -0 job | cut -z -f2 | tr -d '\0' | cmp - "$BOX/big"
}

@test "a long list arrives whole and in order" {
    seq 30000 >"$BOX/numbers"
    answers 0 wq-push job <"$BOX/numbers"
    says 30000
    items job | cmp - "$BOX/numbers"
}

@test "lines of a slow producer are pushed while it still writes, memory stays small" {
    mkfifo "$BOX/feed"
    spawn push sh -c "exec wq-push job <'$BOX/feed'"
    exec {feed}>"$BOX/feed"
    echo first >&"$feed"
    eventually 5 yields 1 r llen job
    # 60 MB, far more than the program may hold at any time.
    yes "$(printf '%0599d' 0)" | head -n 100000 >&"$feed"
    eventually 10 yields 100001 r llen job
    peak=$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status")
    [ "$peak" -lt 16384 ] || fail "peak memory: $peak kB"
    exec {feed}>&-
    ends 0 "$PID"
    is "$(cat "$BOX/push.out")" 100001
}

@test "a push that is interrupted has pushed what it said, whole lines only" {
    mkfifo "$BOX/feed"
    spawn push sh -c "exec wq-push job <'$BOX/feed'"
    exec {feed}>"$BOX/feed"
    printf 'apple\nban' >&"$feed"
    eventually 5 yields 1 r llen job
    kill -TERM "$PID"
    ends 143 "$PID"
    exec {feed}>&-
    is "$(items job)" apple
}
