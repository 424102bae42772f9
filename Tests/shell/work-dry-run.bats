#!/usr/bin/env bats
# wq-work --dry-run: what would run, as lines for a shell; and the places of an item in a command.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC1003,SC2016,SC2317

load helper
load more
load work

@test "prints the command of each ready item in the order of wq-list, and leases and changes nothing" {
    wq-push -q job apple banana cherry date
    r rpush job first >/dev/null
    wq-push -q --delay 1h job later
    wq-release --delay 1h job "$(lease job)"
    HELD=$(lease job)
    before=$(r info persistence | grep rdb_changes)
    answers 0 wq-work --dry-run job echo got
    says 'echo got banana' 'echo got cherry' 'echo got date'
    is "$(sed 's/^echo got //' "$BOX/out")" "$(wq-list --ready job | cut -f7)"
    is "$(r info persistence | grep rdb_changes)" "$before"
    is "$(r zrange job:leased 0 -1)" "$HELD"
    answers 0 wq-work --dry-run --max-items 2 job echo got
    says 'echo got banana' 'echo got cherry'
}

@test "what it prints does in a shell what wq-work does, whatever the item is" {
    items=('two  words' '*' "it's" '$(date)' '`date`' '"' '\' '-n' '' '~' '#' '!x' '=ls' 'a=b' $'tab\there' $'new\nline'
        $'\e[31m' $'\xff\xfe' 'é' '日本' '{}' 'a/b.c' ';' '&' '|' 'x y.tar.gz')
    wq-push -q --keep-blank job -- "${items[@]}"
    answers 0 wq-work --dry-run job -- printf '[%s]' '{}' 'x {.}' "it's {/}" '{//}' '{/.}'
    cp "$BOX/out" "$BOX/script"
    lacks "$(<"$BOX/script")" $'*[\e\t]*'
    is "$(wc -l <"$BOX/script")" "${#items[@]}"
    for shell in bash mksh zsh; do
        answers 0 "$shell" "$BOX/script"
        cp "$BOX/out" "$BOX/$shell"
    done
    answers 0 wq-work -q job -- printf '[%s]' '{}' 'x {.}' "it's {/}" '{//}' '{/.}'
    for shell in bash mksh zsh; do cmp "$BOX/out" "$BOX/$shell"; done
}

@test "--stdin: the item comes through a pipe, a NUL too" {
    wq-push -q job 'two  words' "it's"
    printf 'a\0b%%\\1\377' | wq-push -q --whole job
    answers 0 wq-work --dry-run --stdin job -- tr '{}' x
    cp "$BOX/out" "$BOX/script"
    is "$(head -n 2 "$BOX/script")" "printf %s 'two  words' | tr '{}' x"$'\n'"printf %s 'it'\\''s' | tr '{}' x"
    for shell in sh bash mksh zsh; do
        answers 0 "$shell" "$BOX/script"
        cp "$BOX/out" "$BOX/$shell"
    done
    answers 0 wq-work -q --stdin job -- tr '{}' x
    for shell in sh bash mksh zsh; do cmp "$BOX/out" "$BOX/$shell"; done
}

@test "an item that the command could not take is a comment, with the reason" {
    printf 'a\nrm -r x\0' | wq-push -q --whole job
    wq-push -q job fine
    answers 0 wq-work --dry-run job echo
    says '# a\nrm -r x\x00: the item contains a NUL: only --stdin can take it' 'echo fine'
}

@test "nothing ready is silence, a queue that was never used 66, a reader who has seen enough 141" {
    wq-push -q --delay 1h job later
    answers 0 wq-work --dry-run job echo
    silent
    answers 66 wq-work --dry-run photo echo
    complains 'wq-work: nothing was ever pushed to photo*'
    answers 64 wq-work --dry-run job
    seq 20000 | wq-push -q many
    answers 141 bash -c 'wq-work --dry-run many echo | head -n 1; exit "${PIPESTATUS[0]}"'
    says 'echo 1'
    is "$(<"$BOX/err")" ''
    unreachable wq-work --dry-run job echo
}

@test "{.}, {/}, {//} and {/.} stand for parts of a path, in any word and in the command's name" {
    wq-push -q job photos/2024/a.tar.gz plain
    answers 0 wq-work -q job -- printf '%s\n' '{}' '{.}' '{/}' '{//}' '{/.}' 'to {//}/small/{/.}.png'
    says photos/2024/a.tar.gz photos/2024/a.tar a.tar.gz photos/2024 a.tar 'to photos/2024/small/a.tar.png' \
        plain plain plain . plain 'to ./small/plain.png'
    printf '#!/bin/sh\necho "ran $*"\n' >"$BOX/tool"
    chmod +x "$BOX/tool"
    wq-push -q job "$BOX/tool.txt"
    answers 0 wq-work -q job -- '{.}' x
    says 'ran x'
}
