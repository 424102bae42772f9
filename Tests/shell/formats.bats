#!/usr/bin/env bats
# wq-lease: how items of every sort are printed, and what happens when they cannot be.

load helper

# What could confuse a shell, a terminal or a JSON reader.
# shellcheck disable=SC1003,SC2016 # nothing is to be expanded
nasty() {
    printf '%s\0' "it's" '"double"' "''" "'" 'a\nb' '\' '$(echo oops)' '`echo oops`' '$HOME' '*' ' lead' 'trail ' \
        '-n' '--' '!!' 'a;b|c&d>e<f' $'tab\ttab' $'\e[31mred\e[0m' $'\r' $'\x7f' $'\x01\x02' 'añ€😀' \
        $'\xff\xfe' $'\xc0\x80' $'\xed\xa0\x80' $'\xf4\x90\x80\x80' $'half \xe2\x82' $'\xe2\x80\xa8' '#' '~' '{a,b}' ' '
}

# The same with line ends, which line form cannot show.
nastier() {
    nasty
    printf '%s\0' $'\n' $'two\nlines' $'ends\n' $'ends twice\n\n' $'\n\nbegins' $'"\n'
}

@test "in lines, all bytes but newline and NUL come out as they went in" {
    nasty >"$BOX/items"
    wq-push -0q job <"$BOX/items"
    answers 0 wq-lease -n 100 job
    cut -f2- "$BOX/out" | tr '\n' '\0' | cmp - "$BOX/items"
}

@test "-0 ends records with NUL and shows newlines" {
    nastier >"$BOX/items"
    for option in -0 --null; do
        wq-push -0q job <"$BOX/items"
        answers 0 wq-lease -n 100 "$option" job
        cut -z -f2- "$BOX/out" | cmp - "$BOX/items"
    done
}

@test "--sh gives back the same bytes through eval" {
    nastier >"$BOX/items"
    wq-push -0q job <"$BOX/items"
    cat >"$BOX/worker" <<'END'
while record=$(wq-lease --sh job); do
    eval "$record"
    case $WQ_LEASE in *[!0-9a-f.]* | '') exit 1 ;; esac
    [ "$WQ_ATTEMPT" = 1 ] || exit 1
    printf '%s\0' "$WQ_ITEM"
    wq-complete job "$WQ_LEASE" || exit 1
done
END
    for shell in sh bash; do
        [ "$(r llen job)" -gt 0 ] || wq-push -0q job <"$BOX/items"
        answers 0 "$shell" "$BOX/worker"
        cmp "$BOX/out" "$BOX/items"
    done
}

@test "--sh prints one record a line, for as many as are asked for" {
    wq-push job apple "it's"
    answers 0 wq-lease -n 2 --sh job
    grep -qxE "WQ_LEASE='1\.[0-9a-f]{12}' WQ_ITEM='apple' WQ_ATTEMPT='1'" "$BOX/out"
    is "$(while read -r record; do (eval "$record" && echo "$WQ_ITEM"); done <"$BOX/out")" $'apple\nit\'s'
}

@test "--json is valid JSON, a line each, and holds the same bytes" {
    nastier >"$BOX/items"
    printf 'nul\0inside' | wq-push -q --whole job
    wq-push -0q job <"$BOX/items"
    answers 0 wq-lease -n 100 --json job
    # Items that are text are under "item", others under "item_base64".
    python - "$BOX/out" "$BOX/items" <<'END'
import base64, json, re, sys

expected = [b"nul\0inside"] + open(sys.argv[2], "rb").read().split(b"\0")[:-1]
lines = open(sys.argv[1], "rb").read().decode("utf-8").split("\n")
assert lines.pop() == "" and len(lines) == len(expected), (len(lines), len(expected))
for line, item in zip(lines, expected):
    record = json.loads(line)
    assert re.fullmatch(r"[0-9]+\.[0-9a-f]{12}", record.pop("lease")), line
    assert record.pop("attempt") == 1, line
    try:
        assert record == {"item": item.decode("utf-8")}, (line, item)
    except UnicodeDecodeError:
        assert list(record) == ["item_base64"], line
        assert base64.b64decode(record["item_base64"], validate=True) == item, line
END
}

@test "base64 is right for every length of the last group" {
    for item in $'\xff' $'\xff\xfe' $'\xff\xfe\xfd' $'\xff\xfe\xfd\xfc'; do
        wq-push -q job "$item"
        answers 0 wq-lease --json job
        grep -qF "\"item_base64\":\"$(printf %s "$item" | base64)\"" "$BOX/out"
    done
}

@test "an empty item is printed as such" {
    wq-push -q job '' '' '' ''
    answers 0 wq-lease job
    grep -qP '^1\.[0-9a-f]{12}\t$' "$BOX/out"
    answers 0 wq-lease -0 job
    is "$(tr '\0' . <"$BOX/out" | cut -f2)" .
    answers 0 wq-lease --sh job
    grep -qF " WQ_ITEM='' " "$BOX/out"
    answers 0 wq-lease --json job
    grep -qF '"item":""' "$BOX/out"
}

# unprintable QUEUE-LENGTH OPTION...: the one item of the queue cannot be shown like this.
unprintable() {
    answers 65 wq-lease "$@" job
    says
    complains 'wq-lease: *1.[0-9a-f]*'
    grep -qE '[^0-9]1\.[0-9a-f]{12}' "$BOX/err"
    is "$(r zcard job:leased)" 0
    is "$(r zcard job:delayed)" 1
    r hvals job:items | head -n 1 | grep -qP '^0\t[^\t]*\t[0-9]+\t[^\t]+\t'
}

@test "a newline in line form is refused: given back for a while, uncharged, with the reason, 65" {
    printf 'two\nlines\0' | wq-push -0q job
    unprintable
    complains '*1.* was given back for 10s, uncharged: the item contains a newline; use --json, --sh or --null'
    matches "$(r hvals job:items | head -n 1 | cut -f4)" "*newline*"
    # It comes back after ten seconds, and the other formats show it, at its first attempt still.
    for option in --json --sh --null; do
        [ "$(wq-list --delayed job | cut -f 5)" -le 10000 ]
        [ "$(wq-list --delayed job | cut -f 5)" -gt 5000 ]
        due
        answers 0 wq-lease "$option" job
        wq-release --no-charge --delay 10s job "$(grep -oaE '[0-9]+\.[0-9a-f]{12}' "$BOX/out")"
    done
    due
    answers 0 wq-lease --json job
    grep -qF '"attempt":1,"item":"two\nlines"' "$BOX/out"
}

# due: what is delayed is ready
due() {
    r zadd job:delayed xx 1 "$(wq-list --delayed job | cut -f 1)" >/dev/null
}

@test "a NUL in line form, with -0 and with sh is refused" {
    for option in --strict -0 --sh; do
        r flushall >/dev/null
        printf 'a\0b' | wq-push -q --whole job
        unprintable "$option"
        matches "$(r hvals job:items | head -n 1 | tr '\0' . | cut -f4)" "*NUL*"
        # The advice works, and the item is as good as new.
        complains '*: the item contains a NUL; use --json'
        due
        answers 0 wq-lease --json job
        grep -qF '"attempt":1,"item":"a\u0000b"' "$BOX/out"
    done
}

@test "the advice is good for all items that could not be printed" {
    printf 'two\nlines' | wq-push -q --whole job
    printf 'a\nb\0c' | wq-push -q --whole job
    answers 65 wq-lease -n 2 job
    complains 'wq-lease: lease 1.* (and 1 more) was given back for 10s, uncharged: the item contains a newline; use --json'
}

@test "one item that cannot be shown does not keep others from being printed" {
    printf '%s\0' apple $'two\nlines' cherry | wq-push -0q job
    answers 65 wq-lease -n 3 job
    is "$(cut -f2 "$BOX/out")" $'apple\ncherry'
    is "$(r zcard job:leased),$(r zcard job:delayed)" 2,1
}

@test "an item that cannot be shown does not die of it, and lets others go first" {
    r hset job:config max-attempts 1
    printf '%s\0' $'two\nlines' apple | wq-push -0q job
    answers 65 wq-lease job
    answers 0 wq-lease job
    is "$(cut -f 2 "$BOX/out")" apple
    is "$(r exists job:dead)" 0
    answers 1 wq-lease job
}

@test "leases that cannot be printed are given back uncharged, 74" {
    wq-push job apple banana
    for kind in closed full pipe; do
        case $kind in
            closed) answers 74 bash -c 'wq-lease -n 2 job >&-' ;;
            full) answers 74 bash -c 'wq-lease -n 2 job >/dev/full' ;;
            pipe) answers 74 into_dead_pipe wq-lease -n 2 job ;;
        esac
        complains 'wq-lease: *'
        is "$(r zcard job:leased),$(r hlen job:items)" 0,0
        answers 1 wq-empty job
    done
    eval "$(wq-lease -w --sh job)"
    is "$WQ_ITEM,$WQ_ATTEMPT" apple,1
    eval "$(wq-lease -w --sh job)"
    is "$WQ_ITEM,$WQ_ATTEMPT" banana,1
}

@test "a pipe that closes in the middle of a big item loses nothing" {
    head -c 4000000 /dev/zero | tr '\0' x | wq-push -q job
    wq-lease job | head -c 1000 >/dev/null || true
    eventually 5 yields 0 r zcard job:leased
    answers 0 wq-lease -w -0 job
    is "$(cut -z -f2 "$BOX/out" | tr -d '\0' | wc -c)" 4000000
}

@test "a pipe that closes in the middle of many items loses none" {
    seq 5000 | wq-push -q job
    wq-lease -n 5000 -l 200ms job | head -n 1 >/dev/null || true
    is "$(held job | sort -n)" "$(seq 5000)"
    eventually 5 no_lease
    # Where many leases ran out, one call does not give all that came back by that.
    for _ in 1 2 3; do wq-lease -n 5000 job || true; done | cut -f2 | sort -n | cmp - <(seq 5000)
}

no_lease() {
    wq-reap -q job && [ "$(r zcard job:leased)" = 0 ]
}

@test "what is never printed needs no stdout" {
    wq-push -q job </dev/null
    answers 3 bash -c 'wq-lease job >&-'
    answers 0 bash -c 'wq-empty job >&-'
    answers 0 bash -c 'wq-reap job >&-'
    wq-push job apple
    lease=$(lease job)
    answers 0 bash -c "wq-complete job $lease >&-"
}

@test "a terminal sees escapes, not control characters" {
    # The last is a one-character form of ESC [, as UTF-8 has it.
    printf '%s\0' $'a\e[31mb\tc\rd\x01\x7fe' $'two\nlines' 'añ€' $'\x9b\xff' $'\xc2\x9b31m' | wq-push -0q job
    answers 0 script -qec 'wq-lease -n 5 job' "$BOX/typescript"
    tr -d '\r' <"$BOX/out" | cut -f2- >"$BOX/shown"
    diff "$BOX/shown" - <<'END'
a\e[31mb\tc\x0dd\x01\x7fe
two\nlines
añ€
\x9b\xff
\xc2\x9b31m
END
}

@test "so it does in every format" {
    for format in sh json; do
        printf '%s\0' $'a\e[31mb\x7f' $'\xc2\x9b31m' | wq-push -0q job
        answers 0 script -qec "wq-lease -n 2 --$format job" "$BOX/typescript"
        is "$(tr -d '\r\n' <"$BOX/out" | LC_ALL=C tr -d ' -~')" ''
    done
}
