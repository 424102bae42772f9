#!/usr/bin/env bats
# The examples about failures: retry.sh and dead-letters.sh.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    RETRY=$REPO/examples/retry.sh
    LETTERS=$REPO/examples/dead-letters.sh
}

# kill_items REASON ITEM...: in the queue job
kill_items() {
    wq-push -q job -- "${@:2}"
    wq-lease -0 -n 1000 job | wq-release -0 --dead --reason "$1" job -
}

@test "retry.sh: one succeeds at once, one at the third attempt, one never, each in its time" {
    answers 0 "$RETRY" job 50ms
    attempts() { sed -n "s/^[0-9:]\{8\}  $1, attempt //p" out | paste -s -d ' '; }
    is "$(attempts sound),$(attempts flaky),$(attempts hopeless)" '1,1 2 3,1 2 3 4'
    is "$(sed '1,/^Drained/d' out | cut -f 2,3,6,7)" "dead${TAB}4${TAB}sh: status 1${TAB}hopeless"
    is "$(grep -c 'sh failed with status 1 ' err)" 6
    is "$(wq-config job | sed 3q)" "$(printf '%s\t%s\n' max-attempts 4 retry-delay 50ms retry-delay-max 1m)"
}

@test "retry.sh wants a queue of its own, and a Redis" {
    wq-push -q retry mine
    answers 1 "$RETRY"
    complains 'retry.sh: there are items in the queue retry'
    is "$(held retry)" mine
    kill_items why apple
    answers 4 "$RETRY" job
    WQ_URL=unix://$BOX/nowhere WQ_CONNECT_TIMEOUT=100ms answers 69 "$RETRY"
    says
}

@test "dead-letters.sh: nothing for cron to mail if there are none" {
    wq-push -q job apple
    answers 0 "$LETTERS" job
    silent
}

@test "dead-letters.sh: counted by reason, the most frequent first" {
    kill_items 'gzip: status 1' apple banana $'two\nlines'
    kill_items 'no such file' cherry
    answers 0 "$LETTERS" job
    is "$(sed 's/^ *//' out)" $'dead in job: 4\n3 gzip: status 1\n1 no such file'
    complains ''
}

@test "dead-letters.sh: saved as JSON, a line each, and they stay" {
    kill_items why apple $'two\nlines' $'\xff'
    answers 0 "$LETTERS" job save 'my letters'
    silent
    is "$(python -c '
import base64, json, sys
for line in sys.stdin:
    letter = json.loads(line)
    item = letter["item"].encode() if "item" in letter else base64.b64decode(letter["item_base64"])
    print(letter["state"], letter["reason"], item)' <'my letters')" "dead why b'apple'
dead why b'two\\nlines'
dead why b'\\xff'"
    is "$(r zcard job:dead)" 3
    answers 0 "$LETTERS" other save 'my letters'
    [ -e 'my letters' ] && [ ! -s 'my letters' ]
}

@test "dead-letters.sh: a file that cannot be written, or read from Redis, is as it was" {
    echo before >letters
    WQ_URL=unix://$BOX/nowhere WQ_CONNECT_TIMEOUT=100ms answers 69 "$LETTERS" job save letters
    is "$(<letters)" before
    mkdir folder
    answers 73 "$LETTERS" job save folder
    answers 73 "$LETTERS" job save missing/letters
    is "$(ls -A folder)$(compgen -G 'dead-letters.*')" ''
}

@test "dead-letters.sh: those whose item or reason has the text go back" {
    kill_items 'disk full' apple
    kill_items 'no such file' banana 'full moon'
    answers 0 "$LETTERS" job retry full --rate 1000
    says 2
    is "$(wq-list --ready job | cut -f 7 | sort)" $'apple\nfull moon'
    is "$(wq-list --dead job | cut -f 7)" banana
}

@test "dead-letters.sh: errors and usage" {
    export WQ_CONNECT_TIMEOUT=100ms TMPDIR=$BOX/tmp
    mkdir "$TMPDIR"
    for operands in '' 'job save' 'job retry' 'job burn' 'job save a b'; do
        # shellcheck disable=SC2086 # words
        answers 64 "$LETTERS" $operands
        complains 'usage: dead-letters.sh QUEUE *'
    done
    kill "$REDIS"
    wait "$REDIS"
    answers 69 "$LETTERS" job
    says
    answers 69 "$LETTERS" job retry text
    is "$(ls -A "$TMPDIR")" ''
}
