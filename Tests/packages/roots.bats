#!/usr/bin/env bats
# The packages in dist/ are installed as README.md says, each in a root that has nothing of this machine, and do the
# tutorial's job there against a Redis outside. "make test-packages" makes the roots in .build-roots/.
# shellcheck disable=SC2154 # servers.bash sets what is used here

load ../shell/helper
load ../servers/servers

setup() {
    make_box
    free_ports 1
    start_redis --bind 127.0.0.1 --port "${FREE[0]}"
    VERSION=$(make -s -C "$REPO" version)
}

# inside ROOT COMMAND...: there, with an environment that says only where Redis is. What is written stays for the next call.
inside() {
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
        REDIS_SERVICE_HOST=127.0.0.1 REDIS_SERVICE_PORT="${FREE[0]}" WORK_SECONDS=0 DEBIAN_FRONTEND=noninteractive \
        "$REPO/Tests/packages/root" "$REPO/.build-roots/$1" "$BOX/layer" "${@:2}"
}

# told PATTERN: the one line of README.md's section about installing that has it.
told() {
    sed -n '/^## Install$/,/^## /s/^    //p' "$REPO/README.md" | sed 's/  *# .*//' | grep -e "$1" >"$BOX/told"
    is "$(wc -l <"$BOX/told")" 1
    cat "$BOX/told"
}

# does_the_job ROOT EXAMPLES: two workers share out the nine items.
does_the_job() {
    answers 0 inside "$1" sh "$2/kubernetes/fill.sh"
    says 9
    # shellcheck disable=SC2016 # it is for the shell inside
    answers 0 inside "$1" sh -c 'sh "$1/worker.sh" & first=$!; sh "$1/worker.sh"; second=$?; wait $first && exit $second' \
        sh "$2/kubernetes"
    is "$(grep -c 'Working on' "$BOX/out")" 9
    is "$(grep -c 'Queue empty, exiting' "$BOX/out")" 2
    answers 0 inside "$1" wq-empty --strict job2
    is "$(r hget job2:stats completed)" 9
}

# in_debian SUITE: the .deb is installed, works, has its page found, and is removed without a trace.
in_debian() {
    line=$(told 'apt install')
    inside "$1" sh -c "cd /packages && $line" >"$BOX/log" 2>&1 || fail "$(<"$BOX/log")"
    for program in $("$REPO/Tests/programs" --all); do
        is "$(inside "$1" "$program" --version | head -n 1)" "$program $VERSION"
        inside "$1" test -s "/usr/share/man/man1/$program.1.gz"
    done
    is "$(inside "$1" dpkg -V wq)" ''
    does_the_job "$1" /usr/share/doc/wq/examples
    inside "$1" dpkg --purge wq
    is "$(inside "$1" find /usr /etc /var/lib -name '*wq*')" ''
}

@test "Debian 12 installs the .deb" {
    in_debian bookworm
}

@test "Debian 13 installs the .deb" {
    in_debian trixie
}

@test "a root with busybox alone unpacks the tarball" {
    line=$(told 'tar -xJf.*-C')
    inside busybox sh -c "cd /packages && $line" >"$BOX/log" 2>&1 || fail "$(<"$BOX/log")"
    for program in $("$REPO/Tests/programs" --all); do
        is "$(inside busybox "$program" --version | head -n 1)" "$program $VERSION"
    done
    does_the_job busybox /usr/local/share/doc/wq/examples
    inside busybox sh -c 'cd /packages && sha256sum -c SHA256SUMS' >"$BOX/sums"
    is "$(grep -c ': OK$' "$BOX/sums")" "$(wc -l <"$REPO/dist/SHA256SUMS")"
}
