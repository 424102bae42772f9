#!/usr/bin/env bats
# The tutorial's image: what its build is given is all that the build needs.

load ../shell/helper

setup() {
    make_box
}

# context FOLDER: copies into it what the ignore file lets in.
context() {
    mkdir "$1"
    (
        cd "$REPO" || exit
        git ls-files --cached --others --exclude-standard | while read -r file; do
            [ ! -f "$file" ] || echo "$file"
        done | python "$REPO/Tests/examples/context.py" "${IGNORE:-examples/kubernetes/Dockerfile.dockerignore}" |
            tar -cf - -T -
    ) | tar -xf - -C "$1"
}

# loads FOLDER: the package there has the files of all of its targets.
loads() {
    swift package --package-path "$1" --scratch-path "$BOX/scratch" describe >"$BOX/described" 2>&1
}

@test "the ignore file lets in what Package.swift names, and what the Dockerfile copies" {
    context "$BOX/context"
    loads "$BOX/context" || fail "$(cat "$BOX/described")"
    for program in $("$REPO/Tests/programs"); do
        grep -q "Name: $program$" "$BOX/described" || fail "$program is missing"
    done
    sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' "$REPO/examples/kubernetes/Dockerfile" | tr ' ' '\n' |
        while read -r file; do
            [ -e "$BOX/context/$file" ] || fail "$file is missing"
        done
    # The rest stays outside.
    [ ! -e "$BOX/context/README.md" ]
    [ ! -e "$BOX/context/Tests/shell" ]
}

@test "a folder that the ignore file leaves out is missed" {
    grep -v Tests/fuzz "$REPO/examples/kubernetes/Dockerfile.dockerignore" >"$BOX/ignore"
    IGNORE=$BOX/ignore context "$BOX/context"
    if loads "$BOX/context"; then fail 'nobody misses Tests/fuzz'; fi
}
