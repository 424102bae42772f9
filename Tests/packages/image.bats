#!/usr/bin/env bats
# The image in dist/: one name for both architectures, and what is in it.
# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper
load ../containers/containers

# Only one test runs containers, with the test's own Redis.
setup_file() {
    :
}

teardown_file() {
    :
}

r() {
    redis-cli -s "$SOCKET" "$@"
}

teardown() {
    leave
    end_all
}

setup() {
    make_box
    UNFIT=unknown
    VERSION=$(make -s -C "$REPO" version)
    IMAGE=oci-archive:$REPO/dist/wq-$VERSION-oci.tar:$VERSION
}

@test "skopeo finds the image of each architecture by one name, with user and command of the Dockerfile" {
    for arch in amd64 arm64; do
        answers 0 skopeo --override-arch "$arch" inspect --config "$IMAGE"
        python - "$BOX/out" "$arch" "$VERSION" "$REPO/examples/kubernetes/Dockerfile" <<'END'
import json, re, sys

config = json.load(open(sys.argv[1]))
dockerfile = open(sys.argv[4]).read()
assert config["architecture"] == sys.argv[2], config
assert config["config"]["Labels"]["org.opencontainers.image.version"] == sys.argv[3], config
assert config["config"]["User"] == re.search(r"^USER (.*)", dockerfile, re.M)[1], config
assert config["config"]["Cmd"] == json.loads(re.search(r"^CMD (.*)", dockerfile, re.M)[1]), config
END
    done
}

@test "README.md's line copies the image of both" {
    cd "$BOX" || return
    ln -s "$REPO"/dist/*-oci.tar .
    line=$(sed -n '/^## Install$/,/^## /s/^    //p' "$REPO/README.md" | grep '^skopeo')
    answers 0 sh -c "$line"
    is "$(grep -oE '"architecture": *"[a-z0-9]*"' wq-image/manifest.json | cut -d'"' -f4 | sort | tr '\n' ' ')" 'amd64 arm64 '
}

@test "the image of each architecture has busybox, all programs and the tutorial's scripts" {
    for arch in amd64 arm64; do
        answers 0 skopeo --override-arch "$arch" copy "$IMAGE" "oci:$BOX/$arch:$arch"
        answers 0 umoci unpack --rootless --image "$BOX/$arch:$arch" "$BOX/$arch.root"
        root=$BOX/$arch.root/rootfs bin=$REPO/bin
        [ "$arch" = amd64 ] || bin=$REPO/bin/aarch64
        for program in $("$REPO/Tests/programs"); do cmp "$root/usr/local/bin/$program" "$bin/$program"; done
        for script in kubernetes/worker.sh kubernetes/fill.sh heartbeat.sh; do
            cmp "$root/usr/local/bin/${script##*/}" "$REPO/examples/$script"
        done
        is "$(readlink "$root/bin/sh")" busybox
        is "$(readelf -h "$root/bin/busybox" | sed -n 's/^ *Machine: *//p')" "$(readelf -h "$bin/wq-push" | sed -n 's/^ *Machine: *//p')"
        grep -q '^==== openssl' "$root/usr/share/doc/wq/copyright"
    done
}

@test "podman loads it by the name that README.md has, and the tutorial's worker does its work in it" {
    enter
    [ -z "$UNFIT" ] || skip "$UNFIT"
    start_redis
    chmod 755 "$BOX"
    chmod 777 "$SOCKET"
    cd "$BOX" || return
    ln -s "$REPO"/dist/*-oci.tar .
    line=$(grep -o '`podman load [^`]*`' "$REPO/README.md" | tr -d '`')
    image=$(grep -o '`wq:[0-9.]*`' "$REPO/README.md" | tr -d '`')
    answers 0 sh -c "$line"
    within() {
        podman run --rm --network none --read-only --cap-drop=ALL -v "$BOX:/box" \
            -e WQ_URL=unix:///box/s -e WORK_SECONDS=0 "$image" "$@"
    }
    answers 0 within fill.sh
    says 9
    # Its command is the worker.
    answers 0 within
    is "$(grep -c 'Working on' "$BOX/out")" 9
    answers 0 wq-empty --strict job2
}
