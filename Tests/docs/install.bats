#!/usr/bin/env bats
# make install and make uninstall: what a user has afterwards, below DESTDIR.

load ../shell/helper

# The programs come from bin/, whatever the others are tested with.
installed() {
    [ -x "$REPO/bin/wq-push" ] || skip 'there is nothing built in bin/'
    make -C "$REPO" DESTDIR="$BOX/root" PREFIX=/usr "$1" >"$BOX/made" 2>&1 || fail "$(<"$BOX/made")"
}

@test "what README.md says of installing from source puts the programs into /usr/local" {
    [ -x "$REPO/bin/wq-push" ] || skip 'there is nothing built in bin/'
    line=$(sed -n '/^## Install$/,/^## /s/^    //p' "$REPO/README.md" | grep '^make')
    (cd "$REPO" && sh -c "DESTDIR='$BOX/root' MAKEFLAGS=e $line") >"$BOX/made" 2>&1 || fail "$(<"$BOX/made")"
    is "$("$BOX/root/usr/local/bin/wq-lease" --version | head -n 1)" "$(wq-lease --version | head -n 1)"
}

@test "make install brings the documentation, whose links lead somewhere, and all examples as they are" {
    installed install
    cd "$BOX/root/usr/share/doc/wq" || return
    diff -r "$REPO/examples" examples
    for file in $(cd "$REPO" && find examples -type f -perm -u+x); do [ -x "$file" ] || fail "$file"; done
    # shellcheck disable=SC2094 # pages are only read
    for page in README.md CHANGELOG.md docs/*.md; do
        { tr '\n' ' ' <"$page" | grep -oE '\]\([^) ]+\)' || true; } | sed 's/^](//; s/)$//; s/#.*//' |
            while read -r link; do
                # What is for those who build it is in the sources alone, and pages are where man finds them.
                case $link in '' | *[a-z]:* | *CONTRIBUTING.md | docs/man | ../Sources/*) continue ;; esac
                [ -e "$(dirname "$page")/$link" ] || fail "$page: $link"
            done
    done
}

@test "make install brings the programs, their pages and the reference worker, which works from there" {
    installed install
    ROOT=$BOX/root/usr
    for program in $("$REPO/Tests/programs" --all); do
        [ -x "$ROOT/bin/$program" ] || fail "no $program"
        [ -f "$ROOT/share/man/man1/$program.1" ] || fail "no page of $program"
    done
    PATH=$ROOT/bin:$PATH
    is "$(command -v wq-lease)" "$ROOT/bin/wq-lease"
    wq-push -q job apple banana
    answers 0 "$ROOT/share/doc/wq/examples/worker.sh" job echo
    says apple banana
    # Those that start another one find it.
    cd "$BOX"
    wq-push -q retry </dev/null
    answers 0 "$ROOT/share/doc/wq/examples/retry.sh" retry 20ms
    grep -q 'flaky, attempt 3' "$BOX/out"
}

@test "make uninstall removes all that it brought, and nothing else" {
    installed install
    echo mine >"$BOX/root/usr/share/doc/wq/examples/mine.sh"
    installed uninstall
    is "$(cd "$BOX/root" && find . -type f)" ./usr/share/doc/wq/examples/mine.sh
    rm "$BOX/root/usr/share/doc/wq/examples/mine.sh"
    installed install
    installed uninstall
    is "$(cd "$BOX/root" && find . -path '*wq*')" ''
}
