#!/usr/bin/env bats
# The release for arm64, in short: two of its programs, which have all of the layers but one between them, are built, and
# qemu runs them. `make test-arm64` has the rest.
# shellcheck disable=SC2154 # tls.bash sets what is used here

load ../shell/helper
load ../servers/servers
load ../servers/tls

setup_file() {
    [ "$(uname -m)" != aarch64 ] || skip 'here they are no others than those in bin/'
    export BUILT='wq-empty wq-tls'
    make_certificates
    MAKEFLAGS='' make -s -C "$REPO" ARCH=aarch64 PROGRAMS="$BUILT" all >&2
}

setup() {
    make_tls_box
    ARM64=$REPO/bin/aarch64
}

# emulated PROGRAM [ARG]...: runs one of them.
emulated() {
    "$REPO/Tests/packages/emulated" "$ARM64/$1" "${@:2}"
}

@test "they are static programs for arm64, and say their version" {
    for program in $BUILT; do
        is "$(readelf -h "$ARM64/$program" | sed -n 's/^ *Machine: *//p')" AArch64
        is "$(readelf -lW "$ARM64/$program" | grep -cE 'INTERP|DYNAMIC')" 0
        is "$(emulated "$program" --version | head -n 1)" "$program $(make -s -C "$REPO" version)"
    done
}

@test "the notices are those of the libraries for arm64, in whatever folder these lie" {
    sysroot=$REPO/.build-aarch64/sysroot
    mkdir "$BOX/a folder"
    ln -s "$sysroot" "$BOX/a folder/root"
    for root in "$sysroot" "$BOX/a folder/root"; do
        SYSROOT=$root "$REPO/packaging/copyright" >"$BOX/notices"
        for library in glibc hiredis nettle openssl; do
            grep -q "^==== $library" "$BOX/notices" || fail "nothing about $library, with $root"
        done
    done
    SYSROOT=$BOX answers 1 "$REPO/packaging/copyright"
}

@test "they ask a real Redis, over TLS, too" {
    serve server
    WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem wq-push -q job apple
    for address in "unix://$SOCKET" "$url"; do
        WQ_URL=$address WQ_TLS_CACERT=$CERTS/ca.pem answers 1 emulated wq-empty -v job
        is "$(grep -c "^ready${TAB}1" "$BOX/out")" 1
    done
    WQ_URL=$url answers 78 emulated wq-empty job
    complains 'wq-empty: *certificate*'
}
