#!/usr/bin/env bats
# Random operations on a queue, each compared with a small model of the design; see run.py for what the
# environment may say (WQ_SEED, WQ_STEPS, ...).

load ../shell/helper

model() {
    python -B "$BATS_TEST_DIRNAME/run.py" "$SOCKET"
}

@test "random operations of several clients leave the queue as the model says" {
    model >"$BOX/out" || {
        cat "$BOX/out"
        return 1
    }
    grep '^#' "$BOX/out" >&3
}

@test "a mistake in the model is found, and the sequence that shows it can be replayed" {
    unset WQ_REPLAY
    for flaw in front charge; do
        WQ_FLAW=$flaw WQ_SEED=1 WQ_STEPS=1000 WQ_SHRINK=8 answers 1 model
        cp "$BOX/out" "$BOX/failed"
        grep -q '^# A mismatch at operation' "$BOX/failed"
        # It is a small part of what was done.
        [ "$(grep -c '^#op ' "$BOX/failed")" -le 60 ] || fail "$flaw"
        WQ_FLAW=$flaw WQ_REPLAY=$BOX/failed answers 1 model
        # The queue itself is right.
        WQ_REPLAY=$BOX/failed answers 0 model
    done
}

@test "a failed sequence is a script, too" {
    unset WQ_REPLAY
    WQ_FLAW=front WQ_SEED=1 WQ_STEPS=1000 WQ_SHRINK=5 answers 1 model
    sed '1,/^set -x$/ { /^#!/,$!d; }' "$BOX/out" >"$BOX/script"
    r flushall >/dev/null
    SOCKET=$SOCKET bash "$BOX/script" >"$BOX/out" 2>"$BOX/err"
    grep -q '^+.* wq-push --front' "$BOX/err" || fail 'no push'
    [ "$(r llen 'j?b')" -ge 2 ]
}

@test "who waits for a moment looks at a paused queue again, and brings more back" {
    cat >"$BOX/operations" <<'END'
#op {'uid': 1, 'wait': 0, 'do': 'push', 'client': 'bob', 'where': 50, 'items': [b'a', b'b', b'c', b'd', b'e'], 'name': None, 'via': 'operands', 'seal': False, 'if-active': False}
#op {'uid': 2, 'wait': 0, 'do': 'config', 'client': 'bob', 'changes': [('paused', 'yes')]}
#op {'uid': 3, 'wait': 100, 'do': 'lease', 'client': 'ann', 'lease': 250, 'count': 1, 'format': 'line', 'until': 'brief'}
END
    WQ_REPLAY=$BOX/operations answers 0 model
    [ "$(r zcard 'j?b:delayed')" -le 3 ] || fail 'it looked once'
}
