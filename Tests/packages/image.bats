#!/usr/bin/env bats
# The image in dist/: one name for both architectures, and what is in it.
# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
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

@test "in the image's root the tutorial's worker does its work" {
    start_redis
    answers 0 skopeo --override-arch amd64 copy "$IMAGE" "oci:$BOX/image:all"
    answers 0 umoci unpack --rootless --image "$BOX/image:all" "$BOX/unpacked"
    root=$BOX/unpacked/rootfs
    mkdir -p "$root/run" "$root/proc" "$root/dev"
    within() {
        unshare --mount sh -euc 'mount --bind "$1" "$2/run"; mount -t proc proc "$2/proc"
            mount --rbind /dev "$2/dev"; root=$2; shift 2
            exec chroot --userspec 10001:10001 "$root" \
                /bin/env -i PATH=/usr/local/bin:/bin WORK_SECONDS=0 WQ_URL=unix:///run/s "$@"' \
            sh "$BOX" "$root" "$@"
    }
    chmod 755 "$BOX"
    chmod 777 "$SOCKET"
    answers 0 within fill.sh
    says 9
    answers 0 within worker.sh
    is "$(grep -c 'Working on' "$BOX/out")" 9
    answers 0 wq-empty --strict job2
}
