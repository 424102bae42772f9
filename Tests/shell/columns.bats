#!/usr/bin/env bats
# What wq-stat, wq-config, wq-empty and wq-list show at a terminal, and how far a push is.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work
load list
load screen

# fits_in COLUMNS LINES: so many lines were written, none of them longer, and there are no TABs.
fits_in() {
    screen "$1" >"$BOX/seen"
    between 1 "$(LC_ALL=C.UTF-8 wc -L <"$BOX/seen")" "$1"
    lacks "$(<"$BOX/seen")" "*$TAB*"
    # What is cut is not broken into two lines.
    is "$(tr -dc '\n' <"$BOX/shown" | wc -c)" "$2"
}

@test "wq-empty -v: the counts stand in one column, in 80 columns and in 20" {
    wq-push -q job a b
    for width in 80 20; do
        shows "$width" 'wq-empty -v job'
        fits_in "$width" 7
        is "$(head -n 3 "$BOX/seen")" $'ready      2\narriving   0\nleased     0'
        is "$(cut -c 1-11 "$BOX/seen" | grep -c '  $')" 7
    done
    answers 1 wq-empty -v job
    is "$(head -n 1 "$BOX/out")" "ready${TAB}2"
}

@test "wq-stat: numbers stand in one column and are never cut, in 80 columns and in 20" {
    every_state
    for width in 80 20; do
        shows "$width" 'wq-stat job'
        fits_in "$width" 12
        is "$(grep -c '…$' "$BOX/seen")" 0
        is "$(sed 's/…/./' "$BOX/seen" | awk '{ print index($0, $2) }' | sort -u | wc -l)" 1
        shows "$width" 'wq-stat --audit job'
        fits_in "$width" 9
        grep -qx 'difference  1' "$BOX/seen"
        shows "$width" 'wq-stat job other'
        fits_in "$width" 24
        is "$(grep -c '^job   *ready  *2$' "$BOX/seen")" 1
        shows "$width" 'wq-stat --reasons job'
        fits_in "$width" 1
        is "$(<"$BOX/seen")" '1  no stone'
    done
    answers 0 wq-stat job
    is "$(head -n 1 "$BOX/out")" "ready${TAB}2"
    answers 0 wq-stat --reasons job
    says "1${TAB}no stone"
}

@test "wq-config: the values stand in one column and are never cut, in 80 columns and in 20" {
    wq-config job max-attempts=3
    for width in 80 20; do
        shows "$width" 'wq-config job'
        fits_in "$width" 10
        is "$(sed 's/…/./' "$BOX/seen" | awk '{ print index($0, $2) }' | sort -u | wc -l)" 1
        is "$(awk '{ print $2 }' "$BOX/seen" | paste -sd' ')" '3 1s 5m no no no 67108864 0 0 0'
    done
    shows 80 'wq-config job'
    is "$(screen 80 | sed 2q)" $'max-attempts     3\nretry-delay      1s (default)'
    answers 0 wq-config job
    is "$(sed 2q "$BOX/out")" "max-attempts${TAB}3"$'\n'"retry-delay${TAB}1s${TAB}default"
}

@test "wq-list: in 20 columns there is some room for ID and item" {
    every_state
    shows 20 'wq-list job'
    fits_in 20 9
    grep -q '^-  *apricot$' "$BOX/seen"
    grep -q '^[0-9]\.[0-9a-f]*…  durian' "$BOX/seen"
}

@test "wq-list and wq-stat: the dead are red and what is overdue is yellow, unless NO_COLOR is set" {
    dead job durian
    wq-push -q job apple banana
    lease job >/dev/null
    lapsed job >/dev/null
    shows 80 'wq-list job'
    is "$(grep -c $'\e\\[31mdead *\e\\[m *' "$BOX/shown")" 1
    is "$(grep -c $'\e\\[33m-[0-9]*ms\e\\[m ' "$BOX/shown")" 1
    is "$(grep -c $'\e' "$BOX/shown")" 2
    shows 80 'wq-stat job'
    is "$(grep $'\e' "$BOX/shown" | tr -d '\r')" $'dead              \e[31m1\e[m'
    shows 80 'wq-stat'
    is "$(grep -c $'\e\\[31m1\e\\[m' "$BOX/shown")" 1
    for never in 'NO_COLOR=1' 'TERM=dumb'; do
        shows 80 "export $never; wq-list job; wq-stat job; wq-stat"
        is "$(grep -c $'\e' "$BOX/shown")" 0
    done
    answers 0 wq-list job
    is "$(grep -c $'\e' "$BOX/out")" 0
}

## How far a push is.

@test "a push that takes longer than a second tells how far it is, and leaves nothing of that" {
    for width in 80 20; do
        shows "$width" '(seq 5; sleep 1.3; seq 7; sleep 0.4; seq 2) | wq-push job'
        states | grep -qE '^12 pushed  [0-9]+/s$'
        screen "$width" >"$BOX/seen"
        is "$(<"$BOX/seen")" 14
    done
    # One that fails says so on a line of its own.
    shows 80 '(seq 5; sleep 1.3; seq 3; sleep 0.3; redis-cli -s $SOCKET hset job:config sealed yes >$BOX/sealed; seq 4) | wq-push job'
    states | grep -qE '^8 pushed'
    is "$(screen 80)" 'wq-push: job is sealed: nothing can be added to it (8 items had been pushed)'
}

@test "a short push, -q, items that are typed, and a log file tell nothing of that" {
    shows 80 "printf before; seq 3 | wq-push job"
    is "$(<"$BOX/shown")" $'before3\r'
    shows 80 "(seq 2; sleep 1.2; seq 2) | wq-push -q job"
    is "$(<"$BOX/shown")" ''
    shows 80 "stty -echo; echo ready; wq-push job" ready 'one\n' '' 'two\n' '' '\4'
    lacks "$(<"$BOX/shown")" $'*\e*'
    answers 0 sh -c '(seq 2; sleep 1.2; seq 2) | wq-push job'
    says 4
    is "$(<"$BOX/err")" ''
}
