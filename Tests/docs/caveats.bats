#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# What the pages say of items that commands take for something else, and of what commands inherit, is so.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
}

# page NAME SECTION: the text of a section of a manual page
page() {
    MANWIDTH=200 mandoc -T utf8 -O width=200 "$REPO/docs/man/$1" | sed 's/.\x08//g' |
        sed -n "/^$2\$/,/^[A-Z]/p" | sed '1d; /^[A-Z]/d; s/^ \{11\}//; s/^\$ //' | grep .
}

# excerpt NAME SECTION FIRST [LAST]: lines of it, as a script: from one that matches FIRST to one that matches LAST
excerpt() {
    page "$1" "$2" | awk -v first="$3" -v last="${4-$3}" '$0 ~ first { on = 1 } on { print } on && $0 ~ last { exit }' >script
    grep -q . script || fail "$1 has no $3"
}

@test "the pages' examples do nothing when there is no item, whatever the environment has" {
    echo precious >file
    wq-push -q job2 </dev/null
    for name in wq-release.1 wq-renew.1; do
        excerpt $name EXAMPLES '^if record' '^fi'
        WQ_ITEM=file WQ_LEASE=1.0123456789ab answers 0 sh -u script
        silent
        WQ_ITEM=file WQ_LEASE=1.0123456789ab WQ_CONNECT_TIMEOUT=50ms WQ_URL=unix:///none answers 0 sh script
        [ -e file ]
    done
}

@test "the pages' examples work on an item that looks like an option" {
    for name in wq-release.1 wq-renew.1; do
        excerpt $name EXAMPLES '^if record' '^fi'
        echo text >-odd
        wq-push -q job2 -- -odd
        answers 0 sh script
        rm ./-odd.gz
        answers 0 wq-empty --strict job2
    done
    excerpt wq-release.1 EXAMPLES '^if record' '^fi'
    wq-push -q job2 -- --help-me
    answers 0 sh script
    is "$(wq-list job2 | cut -f 2,6,7)" "delayed${TAB}gzip: 1$TAB--help-me"
}

@test "no page or example evaluates what wq-lease prints without asking whether it leased" {
    cd "$REPO"
    grep -rnE 'eval[^|]*\$\(wq-lease' README.md CONTRIBUTING.md docs examples >"$BOX/found" || true
    # Where it is warned of.
    is "$(cut -d : -f 1,3 "$BOX/found")" 'docs/man/wq-lease.1:.Ql eval \(dq$(wq-lease --sh job2)\(dq'
}

# What items may look like, each of which would leave a file called hit if it were more than an item.
hostile() {
    printf '%s\n' '$(touch hit)' '`touch hit`' '; touch hit' '" ; touch hit ; "' "' ; touch hit ; '" '--output=hit' '-n' '--' \
        '*' | wq-push -q "$1"
}

unharmed() {
    [ ! -e hit ] || fail "an item was run"
}

@test "the forms that wq-work(1) recommends take no item for more than that" {
    excerpt wq-work.1 EXAMPLES '^wq-work names'
    hostile names
    answers 0 sh script
    is "$(wc -l <out)" 9
    grep -qxF 'Hello, $(touch hit)' out
    unharmed

    page wq-work.1 CAVEATS | xargs -d '\n' | grep -qF 'wq-work names sort --'
    wq-config names max-attempts=1
    hostile names
    answers 0 wq-work -q names sort --
    unharmed

    excerpt wq-work.1 EXAMPLES '^wq-work .* files'
    for name in -odd --target-directory=hit '$(touch hit)' plain; do
        echo "$name" >"./$name"
        wq-push -q files -- "$name"
    done
    answers 0 sh script
    unharmed
    for name in -odd --target-directory=hit '$(touch hit)' plain; do cmp -- "./$name" "./$name.copy"; done
}

@test "the dangers of wq-work(1) are real" {
    wq-push -q names '$(touch hit)'
    answers 0 wq-work -q names sh -c 'echo {}'
    rm hit
    wq-push -q names -- --output=hit
    answers 0 wq-work -q names sort
    rm hit
}

@test "names of files that look like options are pushed with --, or ./" {
    mkdir folder
    cd folder
    touch ./--seal.jpg ./-0.jpg a.jpg
    excerpt wq-push.1 EXAMPLES '^wq-push photos'
    answers 0 sh script
    says 3
    rm script
    wq-push job2 -- * >"$BOX/out"
    says 3
    is "$(wq-list job2 | cut -f 7 | sort | xargs)" '--seal.jpg -0.jpg a.jpg'
    touch ./--seal
    rm ./*.jpg
    # shellcheck disable=SC2035 # that is the point
    wq-push -q job2 *
    answers 1 wq-push job2 more
    complains '*sealed*'
}

@test "two queues are joined as wq-push(1) says: nothing is lost when a push dies" {
    excerpt wq-push.1 CAVEATS '^wq-work p1'
    seq 20 | wq-push -q p1
    wq-config p1 retry-delay=10ms
    mkdir bin
    printf '%s\n' '#!/bin/sh' 'mkdir "$BOX/dead" 2>/dev/null && kill -9 $$' 'exec "$WQ_BIN/wq-push" "$@"' >bin/wq-push
    chmod +x bin/wq-push
    export BOX WQ_BIN PATH=$BOX/bin:$PATH
    answers 0 sh script
    [ -d dead ]
    is "$(wq-list p2 | cut -f 7 | sort -n | uniq | xargs)" "$(seq 20 | xargs)"
}

@test "commands inherit the password, and can be kept from it" {
    r config set requirepass secret
    export WQ_PASSWORD=secret REDISCLI_AUTH=secret
    wq-push -q job2 apple
    answers 0 wq-work job2 sh -c 'echo "$WQ_PASSWORD $REDISCLI_AUTH"' sh
    says 'secret secret'
    wq-push -q job2 apple
    lease=$(lease job2)
    answers 0 wq-renew job2 "$lease" -- sh -c 'echo "$WQ_PASSWORD"'
    says secret
    answers 0 wq-complete job2 "$lease"

    excerpt wq-work.1 CAVEATS '^wq-work job2 env'
    sed -i 's/convert$/env/' script
    wq-push -q job2 'LAST=one'
    answers 0 sh script
    grep -q ^WQ_LEASE= out
    ! grep -e secret -e "$SOCKET" out || false

    printf '%s\n' secret >file
    unset WQ_PASSWORD REDISCLI_AUTH
    export WQ_PASSWORD_FILE=$BOX/file
    wq-push -q job2 'LAST=one'
    answers 0 wq-work job2 env
    ! grep secret out || false
}

@test "docs/connecting.md: taking the password away, as written" {
    awk '$0 == "<!-- test: inherited -->" { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$REPO/docs/connecting.md" >script
    wq-push -q job2 apple
    answers 0 sh -e script
    says apple
}
