# What the documentation says is so: pages, completions, links, and the snippets that people copy.
# shellcheck shell=bash

load ../shell/helper

# The programs that make builds.
programs() {
    (cd "$REPO/Sources" && printf '%s\n' wq-*)
}

# snippet NAME: the code block of the README that follows this marker.
snippet() {
    awk -v marker="<!-- test: $1 -->" '
        $0 == marker { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$REPO/README.md"
}

@test "the manual pages are well-formed, as strictly as mandoc can tell" {
    # A page finds those that it refers to in the folder where mandoc runs.
    cd "$REPO/docs/man"
    answers 0 mandoc -T lint -W all ./*.[17]
    silent
}

@test "each program has a page with the sections that a reader looks for" {
    for program in $(programs) wq-local; do
        for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
            grep -qx "\.Sh $section" "$REPO/docs/man/$program.1" || fail "$program.1 has no $section"
        done
        grep -qx "\.It Xr $program 1" "$REPO/docs/man/wq.7" || fail "wq.7 does not list $program"
        grep -q "^| \`$program " "$REPO/README.md" || fail "README.md does not list $program"
    done
}

@test "the pages list the options that the programs have" {
    "$REPO/docs/man/generate" --check
    for program in $(programs); do
        "$program" --help=tsv | sed 1d | cut -f2 | while read -r option; do
            mandoc -T ascii "$REPO/docs/man/$program.1" | sed 's/.\x08//g' | grep -q -e "--$option" ||
                fail "$program.1 lacks --$option"
        done
    done
}

@test "an option that is missing in a page, or in its synopsis, is noticed, and written by generate" {
    mkdir "$BOX/man"
    cp "$REPO"/docs/man/generate "$REPO"/docs/man/*.1 "$BOX/man"
    cp -r "$REPO/docs/completions" "$BOX"
    export WQ_BIN
    "$BOX/man/generate" --check

    sed -i '/^\.It Fl Fl strict/,+1d' "$BOX/man/wq-lease.1"
    answers 1 "$BOX/man/generate" --check
    grep -q '^+\.It Fl Fl strict' "$BOX/out"
    answers 0 "$BOX/man/generate"
    cmp "$BOX/man/wq-lease.1" "$REPO/docs/man/wq-lease.1"

    sed -i '/^\.Op Fl n Ar N$/d' "$BOX/man/wq-lease.1"
    answers 1 "$BOX/man/generate" --check
    grep -q '^+\.Op Fl n Ar N$' "$BOX/out"
}

@test "a program that completion does not know is noticed, and written by generate" {
    mkdir "$BOX/man"
    cp "$REPO"/docs/man/generate "$REPO"/docs/man/*.1 "$BOX/man"
    cp -r "$REPO/docs/completions" "$BOX"
    export WQ_BIN
    for file in wq.bash _wq; do
        sed -i 's/ wq-list\b//' "$BOX/completions/$file"
        answers 1 "$BOX/man/generate" --check
        answers 0 "$BOX/man/generate"
        cmp "$BOX/completions/$file" "$REPO/docs/completions/$file"
    done
}

@test "generate refuses a page whose markers are damaged" {
    mkdir "$BOX/man"
    cp "$REPO"/docs/man/generate "$REPO"/docs/man/wq-reap.1 "$BOX/man"
    sed -i '0,/generated: end/{/generated: end/d}' "$BOX/man/wq-reap.1"
    cp "$BOX/man/wq-reap.1" "$BOX/before"
    export WQ_BIN
    answers 1 "$BOX/man/generate"
    complains '*wq-reap.1: the end of a generated part is missing*'
    cmp "$BOX/before" "$BOX/man/wq-reap.1"
}

@test "wq-local's page and its help name the same options" {
    wq-local --help | grep -oE '^ .*--[a-z]+' | grep -oE -e '--[a-z]+' | sort -u >"$BOX/help"
    grep -oE '^\.It .*' "$REPO/docs/man/wq-local.1" | grep -oE 'Fl Fl [a-z]+' | sed 's/Fl Fl /--/' | sort -u >"$BOX/page"
    [ "$(wc -l <"$BOX/help")" -ge 4 ]
    diff "$BOX/help" "$BOX/page"
}

@test "links between files of the repository lead somewhere" {
    cd "$REPO"
    # shellcheck disable=SC2094 # pages are only read
    for page in README.md CHANGELOG.md CONTRIBUTING.md docs/*.md; do
        tr '\n' ' ' <"$page" | grep -oE '\]\([^) ]+\)' | sed 's/^](//; s/)$//' | grep -vE '^[a-z]+:' |
            while read -r link; do
                target=$(dirname "$page")/${link%%#*}
                [ "${link#\#}" = "$link" ] || target=$page
                [ -e "$target" ] || fail "$page: $link"
                case $link in
                    *'#'*)
                        # A heading's anchor: lower case, hyphens for spaces, no punctuation.
                        grep -E '^#+ ' "$target" | sed -E 's/^#+ //; s/[^A-Za-z0-9 _-]//g; s/ /-/g' |
                            tr '[:upper:]' '[:lower:]' | grep -qxF -e "${link#*#}" || fail "$page: no heading $link"
                        ;;
                esac
            done
    done
}

@test "the smallest worker works until the queue is drained, once on each item" {
    snippet worker >"$BOX/worker"
    grep -q wq-lease "$BOX/worker"
    wq-push -q job2 apple 'two  words' '*' "a'b" banana
    answers 0 sh "$BOX/worker"
    says 'working on apple' 'working on two  words' 'working on *' "working on a'b" 'working on banana'
    answers 0 wq-empty job2
    is "$(r hget job2:stats completed)" 5
}

@test "the smallest worker does not succeed when its work fails, or when Redis is away" {
    snippet worker | sed 's/^do_work() .*/do_work() { false; }/; s/--until-drained/-l 60s/' >"$BOX/worker"
    wq-push -q job2 apple
    answers 1 sh "$BOX/worker"
    is "$(r zcard job2:leased)" 1

    snippet worker >"$BOX/worker"
    WQ_CONNECT_TIMEOUT=100ms WQ_URL=unix:///nonexistent answers 1 sh "$BOX/worker"
    complains '*cannot reach Redis*'
}

@test "the pages' worker and batch work as they stand" {
    page() { mandoc -T utf8 "$REPO/docs/man/wq-lease.1" | sed 's/.\x08//g' | sed -n "/$1/,/$2/p"; }
    cd "$BOX"
    page 'TAB=' '-eq 3' | sed 's/^ *//' >worker
    wq-push -q job2 apple banana
    answers 0 sh worker
    says 'working on apple' 'working on banana'

    page 'wq-lease -n 100' 'wq-complete job2 - <' | sed 's/^ *//' >batch.sh
    wq-push -q job2 cherry banana
    answers 0 sh batch.sh
    says banana cherry
    answers 0 wq-empty job2
}

@test "the README's story of a slow worker is true" {
    wq-push -q job2 apple
    first=$(lease job2 -l 300ms)
    answers 1 wq-lease job2
    second=$(lease job2 --until-drained)
    answers 1 wq-complete job2 "$first"
    says "lost${TAB}$first"
    answers 0 wq-complete job2 "$second"
    silent
    answers 3 wq-lease job2
}

@test "the protocol's way to bring dead items back does so, whatever their bytes" {
    r hset job2:config max-attempts 1 >/dev/null
    printf 'tab\there\nnew\\line' | wq-push -q --whole job2
    wq-push -q job2 plain
    wq-lease -n 2 -l 1ms --json job2 >/dev/null
    dead() { wq-reap job2 >/dev/null && [ "$(r zcard job2:dead)" = 2 ]; }
    eventually 5 dead

    sed -n '/^    redis-cli eval "/,/job2:stats$/p' "$REPO/docs/protocol.md" | sed '/job2:stats$/q' >"$BOX/recipe"
    # shellcheck disable=SC2317 # the recipe calls it
    redis-cli() { command redis-cli -s "$SOCKET" "$@"; }
    # shellcheck source=/dev/null
    . "$BOX/recipe" >"$BOX/out"
    says 2
    wq-lease -n 2 --json job2 | cut -d, -f3 >"$BOX/out"
    says '"item":"tab\there\nnew\\line"}' '"item":"plain"}'
    is "$(r zcard job2:dead)" 0
    answers 0 wq-stat --audit job2
}

@test "the protocol's way to drop a dead item does so" {
    wq-push -q job2 apple banana
    wq-lease -n 2 job2 | wq-release --dead job2 -
    id=$(r zrange job2:dead 0 0)
    awk '/^    redis-cli eval "/ { recipe++ } recipe == 2' "$REPO/docs/protocol.md" | sed '/9f2c41d07ab3$/q' |
        sed "s/17.9f2c41d07ab3/$id/" >"$BOX/recipe"
    # shellcheck disable=SC2317 # the recipe calls it
    redis-cli() { command redis-cli -s "$SOCKET" "$@"; }
    for gone in 1 0; do
        # shellcheck source=/dev/null
        . "$BOX/recipe" >"$BOX/out"
        says "$gone"
    done
    is "$(wq-list job2 | cut -f7)" banana
    answers 0 wq-stat --audit job2
}

@test "the protocol's way to take a lease from its holder does so, and no renewal undoes it" {
    wq-push -q --whole job2 < <(printf 'tab\there\nnew\\line')
    wq-lease --json job2
    id=$(r zrange job2:leased 0 0)
    awk '/^    redis-cli eval "/ { recipe++ } recipe == 3' "$REPO/docs/protocol.md" | sed '/9f2c41d07ab3$/q' |
        sed "s/17.9f2c41d07ab3/$id/" >"$BOX/recipe"
    # shellcheck disable=SC2317 # the recipe calls it
    redis-cli() { command redis-cli -s "$SOCKET" "$@"; }
    # shellcheck source=/dev/null
    . "$BOX/recipe" >"$BOX/out"
    says 1
    answers 1 wq-renew job2 "$id"
    answers 0 wq-lease --json job2
    is "$(cut -d, -f3 "$BOX/out")" '"item":"tab\there\nnew\\line"}'
    answers 0 wq-stat --audit job2
}

@test "the protocol names every key that the programs use, and no other counter" {
    # shellcheck disable=SC2013 # words are meant
    for suffix in $(grep -oE '":[a-z_]+(:|")' "$REPO/Sources/WorkQueue/Queue.swift" | tr -d '":'); do
        grep -q "^| \`Q:$suffix" "$REPO/docs/protocol.md" || fail "no key $suffix"
    done
    grep -ohE "(HINCRBY|HSET)', stats, '[a-z]+'" "$REPO"/Sources/WorkQueue/Scripts/*.lua |
        cut -d"'" -f3 | sort -u >"$BOX/used"
    # shellcheck disable=SC2016 # backquotes are meant
    sed -n '/^## Counters/,/^## States/s/^| `\([a-z]*\)` .*/\1/p' "$REPO/docs/protocol.md" | sort >"$BOX/told"
    diff "$BOX/used" "$BOX/told"
}

@test "the protocol names every script" {
    for script in "$REPO"/Sources/WorkQueue/Scripts/*.lua; do
        name=$(basename "$script" .lua)
        case $(head -n 1 "$script") in
            '-- shared: '*) grep -q "\`$name.lua\`" "$REPO/docs/protocol.md" ;;
            *) grep -E '^### ' "$REPO/docs/protocol.md" | grep -qw "$name" ;;
        esac || fail "$name"
    done
}

@test "the state diagram is well-formed, transparent, and minds dark pages" {
    python - "$REPO/docs/states.svg" <<'END'
import sys
import xml.etree.ElementTree as tree

svg = tree.parse(sys.argv[1]).getroot()
name = "{http://www.w3.org/2000/svg}"
assert svg.tag == name + "svg", svg.tag
assert svg.find(name + "title").text
assert "prefers-color-scheme: dark" in svg.find(name + "style").text
width, height = map(float, svg.get("viewBox").split()[2:])
for box in svg.iter(name + "rect"):
    assert float(box.get("width")) < width / 2 and float(box.get("height")) < height / 2, "a background"
shown = "".join(svg.itertext())
for state in "ready", "arriving", "leased", "delayed", "dead":
    assert state in shown, state
END
}

@test "CONTRIBUTING names files that there are" {
    # shellcheck disable=SC2016 # backquotes are meant
    grep -oE '`[A-Za-z/]+\.(swift|lua|c|bats|bash)`' "$REPO/CONTRIBUTING.md" | tr -d '`' | sort -u >"$BOX/names"
    [ "$(wc -l <"$BOX/names")" -gt 20 ]
    while read -r name; do
        [ -n "$(find "$REPO/Sources" "$REPO/Tests" -path "*/$name" -print -quit)" ] || [ "$name" = Tests/shell/NAME.bats ] ||
            [ -e "$REPO/$name" ] || fail "no $name"
    done <"$BOX/names"
}
