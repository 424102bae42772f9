#!/usr/bin/env bats
# One version: Sources/Shell/Program.swift has it, and all else agrees.

load ../shell/helper

setup() {
    make_box
    VERSION=$(sed -n 's/^package let version.*"\(.*\)"$/\1/p' "$REPO/Sources/Shell/Program.swift")
    fits "$VERSION" '^[0-9]+\.[0-9]+\.[0-9]+$'
}

@test "each program says the version of the kit" {
    for program in $("$REPO/Tests/programs" --all); do
        is "$("$program" --version | head -n 1)" "$program $VERSION"
    done
}

@test "the Makefile and the newest section of the changelog have the same version" {
    is "$(make -s -C "$REPO" version)" "$VERSION"
    sed -n 's/^## \([0-9].*\)/\1/p' "$REPO/CHANGELOG.md" >"$BOX/sections"
    fits "$(head -n 1 "$BOX/sections")" "^${VERSION//./\\.} - 20[0-9]{2}-[01][0-9]-[0-3][0-9]\$"
    # What is not released yet stands above it.
    is "$(grep -m 1 '^## ' "$REPO/CHANGELOG.md")" '## Unreleased'
}

@test "the README names the packages of this version, and nothing of another one" {
    grep -oE '(wq[-_:]|oci.tar:)[0-9]+\.[0-9]+\.[0-9]+' "$REPO/README.md" >"$BOX/named"
    [ "$(wc -l <"$BOX/named")" -ge 4 ]
    is "$(grep -vE "(wq[-_:]|oci.tar:)${VERSION//./\\.}\$" "$BOX/named")" ''
}

@test "the pages that are installed have the version at their foot" {
    [ -x "$REPO/bin/wq-push" ] || skip 'there is nothing built in bin/'
    make -C "$REPO" DESTDIR="$BOX/root" PREFIX=/usr install >"$BOX/made" 2>&1 || fail "$(<"$BOX/made")"
    for page in "$BOX"/root/usr/share/man/man*/*; do
        mandoc -T ascii "$page" | sed 's/.\x08//g' | tail -n 1 | grep -qE "^wq ${VERSION//./\\.} .* wq ${VERSION//./\\.}\$" ||
            fail "$page"
    done
}

@test "a version that only the source has is brought into wq-local by generate" {
    mkdir -p "$BOX/docs" "$BOX/bin"
    cp -r "$REPO/docs/man" "$REPO/docs/completions" "$BOX/docs"
    sed 's/^version=.*/version=0.0.1/' "$REPO/bin/wq-local" >"$BOX/bin/wq-local"
    export WQ_BIN
    answers 1 "$BOX/docs/man/generate" --check
    grep -qx "+version=$VERSION" "$BOX/out"
    answers 0 "$BOX/docs/man/generate"
    cmp "$BOX/bin/wq-local" "$REPO/bin/wq-local"
}

@test "wq-tls names the OpenSSL that is in it" {
    answers 0 wq-tls --version
    fits "$(sed -n 2p "$BOX/out")" '^OpenSSL [0-9]+\.[0-9]+\.[0-9]+[a-z]* +[0-9]+ [A-Z][a-z]{2} 20[0-9]{2}$'
    if ldd "$(command -v wq-tls)" >"$BOX/libraries" 2>&1; then
        # A plain build takes whichever is installed.
        grep -q libssl "$BOX/libraries"
    else
        strings -n 12 "$(command -v wq-tls)" | grep -qxF "$(sed -n 2p "$BOX/out")"
    fi
    is "$(wq-push --version | grep -c OpenSSL)" 0
}
