#!/usr/bin/env bats
# Tests/lint: each linter finds a mistake that is planted, and fails where it finds no file.

load ../shell/helper

# A copy of what git knows of this tree, as a repository of its own.
setup() {
    make_box
    COPY=$BOX/copy
    mkdir "$COPY"
    (
        cd "$REPO" || exit
        git ls-files --cached --others --exclude-standard | while read -r file; do
            [ ! -f "$file" ] || echo "$file"
        done | grep -E '^(Tests/(lint|luacheckrc|programs|shell/each\.bash|Unit/ClockTests\.swift)|Sources/(WorkQueue/Scripts|Base)/.*|docs/man/.*|\.swift-format|\.editorconfig|\.gitignore)$' |
            tar -cf - -T -
    ) | tar -xf - -C "$COPY"
    git -C "$COPY" init -q
}

# finds LINTER FILE: it fails, and names the file.
finds() {
    answers 1 "$COPY/Tests/lint" "$1"
    cat "$BOX/out" "$BOX/err" >"$BOX/said"
    grep -q "${2##*/}" "$BOX/said" || fail "$(cat "$BOX/said")"
}

@test "the copy is clean to begin with" {
    answers 0 "$COPY/Tests/lint"
}

@test "a mistake in Swift is found" {
    printf 'func f( )  {}\n' >>"$COPY/Sources/Base/Clock.swift"
    finds swift Sources/Base/Clock.swift
}

@test "a mistake in a Lua script is found, and one in a shared part" {
    sed -i 's/^return out$/return nosuch(out)/' "$COPY/Sources/WorkQueue/Scripts/lease.lua"
    finds lua lease.lua
    sed -i 's/nosuch(out)/out/' "$COPY/Sources/WorkQueue/Scripts/lease.lua"
    answers 0 "$COPY/Tests/lint" lua
    echo 'nosuch()' >>"$COPY/Sources/WorkQueue/Scripts/grant.lua"
    finds lua lease.lua
}

@test "a shared part that is not there is found" {
    rm "$COPY/Sources/WorkQueue/Scripts/records.lua"
    finds lua records.lua
}

@test "a mistake in a shell script is found, and a line that is indented wrongly" {
    # shellcheck disable=SC2016 # it is the mistake
    echo 'echo $nosuch' >>"$COPY/Tests/programs"
    finds shell Tests/programs
    sed -i '$d' "$COPY/Tests/programs"
    answers 0 "$COPY/Tests/lint" shell
    printf 'if true; then\n  :\nfi\n' >>"$COPY/Tests/programs"
    finds shell Tests/programs
}

@test "a mistake in what bats reads is found" {
    # shellcheck disable=SC2016 # it is the mistake
    printf '@test "x" {\n    echo $nosuch\n}\n' >"$COPY/Tests/shell/x.bats"
    finds bats x.bats
}

@test "a mistake in a manual page is found" {
    echo '.Nosuch macro' >>"$COPY/docs/man/wq-push.1"
    finds man wq-push.1
}

@test "a linter that finds no file fails, and says so" {
    find "$COPY" -name '*.swift' -delete
    finds swift 'no file for swift'
    rm "$COPY"/docs/man/*.[17]
    finds man 'no file for man'
    rm -r "$COPY/Sources/WorkQueue/Scripts"
    finds lua 'no file for lua'
    rm "$COPY/Tests/shell/each.bash"
    finds bats 'no file for bats'
}

@test "a test that compares by [[ ]] alone is found, also with a comment behind it" {
    # shellcheck disable=SC2016 # it is the mistake
    for line in '[[ $HOME == /x ]]' '! [[ $HOME == /x ]]' '[[ $HOME == /x ]] # a comment'; do
        printf '@test "x" {\n    %s\n}\n' "$line" >"$COPY/Tests/shell/x.bats"
        finds bats x.bats
    done
}

@test "a file of more than 300 lines is found" {
    yes '// a line' | head -n 300 >"$COPY/Sources/Base/Long.swift"
    answers 0 "$COPY/Tests/lint" length
    echo '// one more' >>"$COPY/Sources/Base/Long.swift"
    finds length Long.swift
}
