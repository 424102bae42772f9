#!/usr/bin/env bats
# What CONTRIBUTING.md lists under "Adding something" is all there is to do: a key, an option, an operation and a program
# are added to a copy in the places that it names, and in no other, and then every check of the tables passes there.
# shellcheck disable=SC2016  # a table in Markdown has backquotes

load ../shell/helper

# The places of each kind that the tests below fill in; what only prose and tests of the feature need is left out.
setup_file() {
    COPY=$BATS_FILE_TMPDIR/copy
    export COPY
    mkdir "$COPY"
    (
        cd "$REPO" || exit
        git ls-files --cached --others --exclude-standard | while read -r file; do
            [ ! -f "$file" ] || echo "$file"
        done | tar -cf - -T -
    ) | tar -xf - -C "$COPY"
    cd "$COPY" || return
    add_key && add_option && add_operation && add_program || return
    make plain >"$COPY/build.out" 2>&1 || { tail -n 30 "$COPY/build.out" && return 1; }
    WQ_BIN=$COPY/.build-plain/debug docs/man/generate
}

setup() {
    make_box
    WQ_BIN=$COPY/.build-plain/debug
    PATH=$WQ_BIN:$PATH
    export WQ_BIN PATH
    cd "$COPY" || return
}

# after PATTERN FILE TEXT: puts the lines behind the first line that the pattern fits; there must be one.
after() {
    grep -q -e "$1" "$2" || { echo "$2 has no $1" && return 1; }
    TEXT=$3 awk -v pattern="$1" '{ print } !done && $0 ~ pattern { print ENVIRON["TEXT"]; done = 1 }' "$2" >"$2.new"
    mv "$2.new" "$2"
}

# A hash that no script uses yet.
add_key() {
    after '^ *Key[(]":calls"' Sources/WorkQueue/Queue.swift '            Key(":notes", "hash", "notes"),'
    sed -i 's/calls, own_key/calls, notes, own_key/' Sources/WorkQueue/Scripts/common.lua
    after '^. `Q:calls` ' docs/protocol.md '| `Q:notes` | hash | ID → what somebody noted |'
}

add_option() {
    sed -i 's/^    \[verbose, .json, strict, /&loud, /' Sources/wq-empty/main.swift
    after '^let strict' Sources/wq-empty/main.swift 'let loud = Option("", "loud", "", "print the answer, too")'
    sed -i 's/^    try output.flush()$/    if arguments.has(loud) { output.write("\\(census.isDrained)\\n") }\n&/' \
        Sources/wq-empty/main.swift
    after '^Dead items do not count' docs/man/wq-empty.1 '.Fl Fl loud
prints true or false.'
}

add_operation() {
    cat >Sources/WorkQueue/Scripts/count.lua <<'END'
-- parts: common
-- Counts the ready items; reads only. Answers their number.
return call('LLEN', ready)
END
    after 'static var look:' Sources/WorkQueue/Script.swift \
        '    package static var count: Script { Script("count", wq_script_count) }'
    after '^struct wq_script wq_script_complete' Sources/CScripts/include/scripts.h \
        'struct wq_script wq_script_count(void);'
    after '^SCRIPT[(]complete,' Sources/CScripts/scripts.cpp 'SCRIPT(count, common, COMMON)'
    sed -i 's|^constexpr unsigned char complete_file|constexpr unsigned char count_file[] = {\n#embed "../WorkQueue/Scripts/count.lua"\n};\nKEPT(count)\n&|' \
        Sources/CScripts/scripts.cpp
    sed -i 's|^\( *\.lease, \.adopt,\)|\1 .count,|' Sources/WorkQueue/Script.swift
    cat >Sources/WorkQueue/Count.swift <<'END'
import Base
import Redis

extension Session {
    /// How many items are ready.
    package mutating func countReady() throws(Failure) -> Int { try call(.count, ByteList()).integer() }
}
END
    after '^### look' docs/protocol.md '
### count

Answers how many items are ready.'
}

add_program() {
    mkdir Sources/wq-count
    cat >Sources/wq-count/main.swift <<'END'
import Base
import Shell
import WorkQueue

Program("wq-count", "QUEUE", "Tell how many items of a queue are ready.", []).run {
    (arguments) throws(Failure) in
    try arguments.nothingElse()
    var session = try arguments.session()
    var output = Output.standard
    let count = try session.countReady()
    if !arguments.has(.quiet) { output.write("\(count)\n") }
    try output.flush()
    return .done
}
END
    after '"wq-config", ' Package.swift '    ("wq-count", ["Base", "Shell", "WorkQueue"]),'
    sed -e 's/wq-empty/wq-count/g; s/WQ-EMPTY/WQ-COUNT/' \
        -e '/generated: /!b' docs/man/wq-empty.1 | sed '/^\.Fl Fl loud$/,/^prints true/d' >docs/man/wq-count.1
    after '^. `wq-empty QUEUE`' README.md '| `wq-count QUEUE` | tells how many items are ready | 0 |'
    after '^[.]It Xr wq-config 1' docs/man/wq.7 '.It Xr wq-count 1
how many items are ready'
    sed -i 's/^ *wq-lease | wq-empty | /&wq-count | /' Tests/shell/each.bash
}

# checks: whether everything that compares passes; what failed is in $BOX/checks.
checks() {
    {
        swift test --skip-build --scratch-path .build-plain \
            --filter 'ExitTests|SettingTests|VariableTests|DefaultTests|ProgramListTests|ScriptTests|StateTests|QueueTests' &&
            bats -f 'pages|each program|noticed|completion|protocol' Tests/docs/docs.bats Tests/docs/completion.bats &&
            bats -f 'usage error|named like a key|--help|--version' Tests/shell/options.bats
    } >"$BOX/checks" 2>&1
}

# misses FILE COMMAND...: without what the command takes out of the file, a check fails.
misses() {
    cp "$1" "$BOX/kept"
    "${@:2}" "$1"
    ! cmp -s "$1" "$BOX/kept" || fail "nothing was taken out of $1"
    if checks; then fail "nobody notices that $1 lacks it: ${*:2}"; fi
    cp "$BOX/kept" "$1"
}

@test "CONTRIBUTING.md lists no more places than a newcomer can mind" {
    for line in 'A key of a queue 4' 'An option 4' 'A program 10' 'An operation 10'; do
        places=$(awk -v kind="**${line% *}**" 'index($0, kind) { on = 1 } !NF { on = 0 } on' CONTRIBUTING.md |
            grep -oE '(^|[ ;:])[0-9]+\. ' | wc -l)
        is "${line% *} $places" "$line"
    done
}

@test "with what it lists, a key, an option, an operation and a program are known everywhere" {
    checks || fail "$(cat "$BOX/checks")"
    start_redis
    wq-push job apple pear
    answers 0 wq-count job
    says 2
    answers 1 wq-empty --loud job
    says false
    r hset job:notes 1 x
    answers 0 wq-purge job
    is "$(r dbsize)" 0
}

# What is left out, a file and a command each.
places() {
    cat <<'END'
docs/protocol.md /^. `Q:notes`/d
docs/protocol.md /^### count/d
Sources/WorkQueue/Scripts/common.lua s/calls, notes, /calls, /
docs/man/wq-empty.1 /^\.It Fl Fl loud/,+1d
Package.swift /"wq-count"/d
docs/man/wq-count.1 /^\.Sh EXAMPLES/d
README.md /^. `wq-count /d
docs/man/wq.7 /^\.It Xr wq-count/d
docs/completions/wq.bash s/ wq-count / /
docs/completions/_wq s/ wq-count / /
Tests/shell/each.bash s/wq-count | //
END
}

@test "a place that is left out is noticed: two by chance, or all that there are" {
    seed=${WQ_SEED:-$((RANDOM % 1000))}
    echo "# WQ_SEED=$seed" >&3
    chosen=$(places)
    [ -n "${WQ_TEST_ALL:-}" ] || chosen=$(shuf -n 2 --random-source=<(yes "$seed") <<<"$chosen")
    while read -r file change; do misses "$file" sed -i "$change"; done <<<"$chosen"
}
