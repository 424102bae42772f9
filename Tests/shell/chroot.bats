#!/usr/bin/env bats
# A tiny program needs nothing of the image that it is copied into.

load helper

setup() {
    make_box
    [ "$(id -u)" = 0 ] || skip 'needs root for chroot'
    ! ldd "$WQ_BIN/wq-push" >/dev/null 2>&1 || skip 'these programs are linked dynamically'
    PORT=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    start_redis --bind 127.0.0.1 --port "$PORT"
    ROOT=$BOX/root
    mkdir -p "$ROOT/etc"
    echo '127.0.0.1 queue.example' >"$ROOT/etc/hosts"
    echo 'nameserver 127.0.0.1' >"$ROOT/etc/resolv.conf"
}

@test "in an otherwise empty root a program reaches Redis by host name over TCP" {
    cp "$WQ_BIN/wq-push" "$ROOT"
    answers 0 chroot "$ROOT" /wq-push -u "redis://queue.example:$PORT" job apple
    says 1
    complains ''
    is "$(r lrange job 0 -1)" apple
}

@test "in an otherwise empty root every program works" {
    cp "$WQ_BIN"/wq-{push,lease,complete,empty,reap} "$ROOT"
    url=redis://queue.example:$PORT
    answers 0 chroot "$ROOT" /wq-push -q -u "$url" job apple
    answers 0 chroot "$ROOT" /wq-lease -u "$url" job
    lease=$(cut -f1 "$BOX/out")
    answers 1 chroot "$ROOT" /wq-empty -u "$url" job
    answers 0 chroot "$ROOT" /wq-reap -u "$url" job
    answers 0 chroot "$ROOT" /wq-complete -u "$url" job "$lease"
    answers 0 chroot "$ROOT" /wq-empty -u "$url" job
    answers 3 chroot "$ROOT" /wq-lease -u "$url" job
}

@test "in an otherwise empty root a host without an address is 69" {
    cp "$WQ_BIN/wq-empty" "$ROOT"
    WQ_CONNECT_TIMEOUT=100ms answers 69 chroot "$ROOT" /wq-empty -u "redis://absent.example:$PORT" job
    complains 'wq-empty: *absent.example*'
}
