#!/usr/bin/env bats
# bin/wq-local --keep: what is kept is private, and is right after a power cut in the middle of a write.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside
# shellcheck disable=SC2030,SC2031 # each test is a process of its own

load ../shell/helper
load local

setup() {
    enter_box
    umask 022
}

# In Redis 7 and later, and before.
file_of() {
    find "$1" -name '*.incr.aof' -o -name appendonly.aof -type f | grep .
}

# readable FOLDER: what others than the owner may reach of it
readable() {
    find "$1" -prune -perm /077 -o -name appendonlydir -perm /077 -o -name '*.aof' ! -path '*/appendonlydir/*' -perm /077
}

kept() {
    answers 0 "$LOCAL" --server "$SERVER" --keep "$@"
}

@test "--keep: nobody else can read the items, and the command's umask stays" {
    kept above/data sh -c 'wq-push -q job apple; touch made; umask'
    says 0022
    is "$(find above/data -perm /077)" ''
    is "$(stat -c %a above made)" $'755\n644'
}

@test "--keep: data that was kept readable is closed" {
    kept data wq-push -q job apple
    chmod -R go+rX data
    kept data true
    complains 'wq-local: data: others could read *; now they cannot'
    is "$(readable data)" ''
    kept data true
    complains ''
}

@test "--keep: a folder with other things in it stays open, its queue does not" {
    mkdir project
    touch project/notes
    kept project wq-push -q job apple
    chmod -R go+rX project
    kept project true
    is "$(stat -c %a project project/notes)" $'755\n644'
    is "$(readable project)" project
    mkdir empty
    kept empty true
    kept empty true
    is "$(stat -c %a empty)" 755
}

# torn FOLDER BYTES: a queue whose last transaction, the lease of X, lacks its last bytes. Y is behind it.
torn() {
    kept "$1" sh -c 'wq-push -q q warm; wq-lease q | wq-complete q -; wq-push -q q X Y; wq-lease q'
    truncate -s "-$2" "$(file_of "$1")"
}

taken_back() {
    complains "wq-local: $1: the last change was not written whole, and is taken back (* bytes)"
}

@test "--keep: a transaction torn by a power cut is taken back, and what comes after it is kept" {
    torn data 4
    kept data sh -c 'wq-lease q | wq-complete q -; wq-list q'
    is "$(cut -f 2,7 out)" "ready${TAB}Y"
    taken_back data
    for _ in 1 2; do
        kept data sh -c 'wq-list q; wq-stat --audit q'
        is "$(sed -n 1p out | cut -f 2,7)" "ready${TAB}Y"
        grep -qx "leased${TAB}0" out
        grep -qx "completed${TAB}2" out
        grep -qx "difference${TAB}0" out
        complains ''
    done
}

@test "--keep: wherever the end is torn, each item is there once" {
    torn data 0
    cp -r data whole
    # A byte is missing in EXEC, in a number, in a line end, between two commands.
    for bytes in 1 2 13 14 15 40 41 42 100 300; do
        rm -r data
        cp -r whole data
        truncate -s "-$bytes" "$(file_of data)"
        kept data sh -c 'wq-lease q >/dev/null; wq-list q'
        taken_back data
        kept data sh -c 'wq-list q'
        is "$(cut -f 2,7 out | sort)" $'leased\tX\nready\tY'
        complains ''
    done
}

@test "--keep: wq-local killed as soon as the torn file was mended, twice" {
    torn data 4
    for _ in 1 2; do
        spawn local "$LOCAL" --server "$SERVER" --keep data sh -c 'echo >begun; exec sleep 1000'
        eventually 10 test -e begun
        kill -KILL "$PID"
        rm begun
        eventually 10 "$LOCAL" --server "$SERVER" --keep data true
    done
    kept data wq-list q
    is "$(cut -f 2,7 out)" $'ready\tX\nready\tY'
}

# A transaction that was open when another one began: what a server that was started without wq-local leaves.
@test "--keep: a file that is damaged elsewhere, too, is not shortened to there" {
    torn data 0
    file=$(file_of data)
    printf '*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEX' >>"$file"
    before=$(sha1sum <"$file")
    answers 69 "$LOCAL" --server "$SERVER" --keep data echo never
    says
    complains '*did not start (status 1)*Unexpected end of file reading the append only file*'
    is "$(sha1sum <"$file")" "$before"
}

@test "--keep: a server that is a script takes the tool of redis-server" {
    printf '#!/bin/sh\nexec redis-server "$@"\n' >mine
    chmod +x mine
    SERVER=$BOX/mine
    torn data 4
    kept data true
    taken_back data
    # Without any tool nothing is done, and the server says what could be.
    torn other 4
    mkdir path
    for tool in $(compgen -c | grep -v redis-check | sort -u); do
        ! program=$(type -P "$tool") || ln -sf "$program" path/
    done
    PATH=$BOX/path answers 69 "$LOCAL" --server ./mine --keep other true
    complains '*redis-check-aof --fix*'
}

# A server ignores SIGTERM until it has set itself up.
@test "a server that had only just begun when wq-local was killed is ended within moments" {
    printf '%s\n' '#!/bin/sh' 'echo $$ >"$BOX/began"; sleep 0.6; exec env --default-signal=TERM sleep 1000' >slow
    chmod +x slow
    export BOX
    spawn local "$LOCAL" --server ./slow --keep data true
    eventually 10 test -s began
    kill -KILL "$PID"
    eventually 3 gone "$(<began)"
    eventually 3 "$LOCAL" --server "$SERVER" --keep data true
}
