#!/usr/bin/env bats
# The packages: what is in them, and that the same programs give the same bytes, elsewhere and at another time. How hard the
# compressor tries does not matter here.

load ../shell/helper

setup_file() {
    [ -x "$REPO/bin/wq-push" ] || skip 'there is nothing built in bin/'
    VERSION=$(make -s -C "$REPO" version)
    export VERSION MAINTAINER='Maintainers <maintainers@example.org>' SOURCE_DATE_EPOCH=1700000000 LEVEL=0 MAKEFLAGS=
    export PACKAGES=$BATS_FILE_TMPDIR/packages
    "$REPO/packaging/pack" x86_64 bin "$PACKAGES"
}

setup() {
    make_box
    [ "$(uname -m)" = x86_64 ] || skip 'the programs in bin/ are for another architecture'
    TARBALL=$PACKAGES/wq-$VERSION-linux-x86_64.tar.xz DEB=$PACKAGES/wq_${VERSION}_amd64.deb
}

@test "packing again, in another folder, with another umask, clock and zone, gives the same bytes" {
    mkdir "$BOX/else where" && cd "$BOX/else where"
    (
        cd "$REPO"
        {
            git ls-files --cached --others --exclude-standard | grep -v '^Tests/'
            "$REPO/Tests/programs" | sed 's|^|bin/|'
        } | while read -r file; do
            [ ! -f "$file" ] || echo "$file"
        done | tar -cf - -T -
    ) | tar -xmf -
    (umask 077 && TZ=Asia/Tokyo packaging/pack x86_64 bin again)
    cmp "again/${TARBALL##*/}" "$TARBALL"
    cmp "again/${DEB##*/}" "$DEB"
}

@test "the tarball has programs, pages, completions, examples and licences in one folder, all of root's" {
    tar -tvJf "$TARBALL" >"$BOX/listed"
    is "$(grep -vcE '^[dl-][rwx-]{9} 0/0 +[0-9]+ 2023-11-1[45] ' "$BOX/listed")" 0
    cd "$BOX" && tar -xJf "$TARBALL" --strip-components=1
    for program in $("$REPO/Tests/programs" --all); do
        cmp "bin/$program" "$REPO/bin/$program"
        [ -s "share/man/man1/$program.1" ] || fail "no page of $program"
    done
    [ -s share/zsh/site-functions/_wq ]
    [ -s share/bash-completion/completions/wq-push ]
    [ -x share/doc/wq/examples/worker.sh ]
    for library in hiredis nettle openssl glibc gcc 'Swift version 6'; do
        grep -q "^==== $library" share/doc/wq/copyright || fail "nothing about $library"
    done
    for text in Apache-2.0 LGPL-2.1 LGPL GPL-2 GPL-3 Swift; do
        [ "$(wc -c <share/doc/wq/licenses/$text)" -gt 5000 ] || fail "no $text"
    done
}

@test "the .deb says what is in it, and all of its files are root's and as they were packed" {
    is "$(dpkg-deb -f "$DEB" Package)" wq
    is "$(dpkg-deb -f "$DEB" Version)" "$VERSION"
    is "$(dpkg-deb -f "$DEB" Architecture)" amd64
    is "$(dpkg-deb -f "$DEB" Depends)" ''
    openssl=$(dpkg-query -W -f '${source:Version}' libssl-dev)
    matches "$(dpkg-deb -f "$DEB" Built-Using)" "*openssl (= $openssl)*"
    is "$(dpkg-deb -c "$DEB" | grep -vc '^[dl-][rwx-]* root/root ')" 0
    dpkg-deb -R "$DEB" "$BOX/root"
    cd "$BOX/root"
    md5sum --quiet -c DEBIAN/md5sums
    for program in $("$REPO/Tests/programs" --all); do
        cmp "usr/bin/$program" "$REPO/bin/$program"
        zcat "usr/share/man/man1/$program.1.gz" | grep -q "^\.Os wq $VERSION$"
    done
    zcat usr/share/doc/wq/changelog.gz | head -n 1 | grep -qF "wq ($VERSION)"
}
