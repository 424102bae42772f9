#!/usr/bin/env bats
# wq-list at a terminal: columns that fit it.

load helper
load more
load list

@test "a terminal shows a heading and columns that fit its width" {
    every_state
    wq-push job "$(printf '%0300d' 0)" $'\e[31mred\ttab'
    for width in 80 132; do
        NO_COLOR=1 answers 0 terminal "$width" 'wq-list job'
        tr -d '\r' <"$BOX/out" >"$BOX/shown"
        is "$(head -n 1 "$BOX/shown" | tr -s ' ')" 'ID STATE TRY OWNER TIME SINCE ITEM'
        is "$(wc -l <"$BOX/shown")" 11
        widest=$(LC_ALL=C.UTF-8 wc -L <"$BOX/shown")
        between $((width - 5)) "$widest" "$width"
        grep -q '^- *ready .*0…$' "$BOX/shown"
        grep -qF '\e[31mred\ttab' "$BOX/shown"
        for state in leased arriving rediswq ready delayed dead; do
            grep -q " $state " "$BOX/shown"
        done
        grep -q "^$HELD *leased *1 *me *[56]" "$BOX/shown"
        grep -q "^$DEAD *dead .* durian *(no stone)" "$BOX/shown"
    done
}

@test "wide characters take their two columns" {
    for item in 日 ✅ ⚡ ⭐ 🀄 👩; do
        wq-push -q job "$(printf "$item%.0s" {1..100})"
    done
    answers 0 terminal 80 'wq-list job'
    [ "$(tr -d '\r' <"$BOX/out" | LC_ALL=C.UTF-8 wc -L)" -le 80 ]
}

@test "a narrow terminal is not overrun either" {
    every_state
    for width in 40 60; do
        NO_COLOR=1 answers 0 terminal "$width" 'wq-list job'
        widest=$(tr -d '\r' <"$BOX/out" | LC_ALL=C.UTF-8 wc -L)
        [ "$widest" -le "$width" ] || fail "$widest columns on a terminal of $width"
        grep -q banana "$BOX/out"
    done
}

@test "--json on a terminal is JSON all the same" {
    wq-push job "$(printf '%0300d' 0)"
    answers 0 terminal 80 'wq-list --json job'
    json 'len(all[0]["item"]) == 300'
}
