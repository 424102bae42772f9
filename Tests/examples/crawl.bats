#!/usr/bin/env bats
# examples/crawl.sh: a site of some pages, each of which is fetched once.

load ../shell/helper

setup() {
    make_box
    start_redis
    mkdir -p "$BOX/site/deep/er"
    cd "$BOX/site" || return
    echo '<a href="one.html">1</a> <a HREF = "two.html#part">2</a><a href="one.html">again</a>' >index.html
    printf '%s\n' 'up: <a href="index.html">' '<a href="/deep/three.html?a=1&amp;b=2">' >one.html
    printf '%s\n' '<a href="./deep/../deep/er/./four.html"><a href="mailto:me@example.org">' \
        '<a href="http://example.org/elsewhere"><a href="//example.org/x"><a href="#here"><a href="">' >two.html
    echo '<a href="er/four.html"><a href="../two.html"><a href="../../../one.html">' >deep/three.html
    printf '<a href="%s/deep/five.html"><a href="/gone.html">' "\$SITE" >deep/er/four.html
    printf 'No links, but bytes: <a href=""> \0\xff' >deep/five.html
    spawn site /usr/bin/python3 -u -m http.server -b 127.0.0.1 0
    eventually 10 grep -q 'port [0-9]' "$BOX/site.out"
    SITE=http://127.0.0.1:$(sed 's/.*port \([0-9]*\).*/\1/' "$BOX/site.out")
    sed -i "s|\$SITE|$SITE|" deep/er/four.html
    cd "$BOX" || return
}

# asked: the paths that the server was asked for, sorted.
asked() {
    sed -n 's/.*"GET \([^ ]*\) .*/\1/p' "$BOX/site.err" | sort
}

PAGES='/deep/er/four.html
/deep/five.html
/deep/three.html?a=1&b=2
/deep/three.html
/gone.html
/index.html
/one.html
/two.html'

crawls() {
    "$REPO/examples/crawl.sh" pages "$@"
}

@test "each page is fetched once, on this host only, until there are no more" {
    answers 0 crawls "$SITE/index.html"
    is "$(asked)" "$(grep -v 'three.html$' <<<"$PAGES" | sort)"
    is "$(sort "$BOX/out")" "$(grep -v -e gone -e 'three.html$' <<<"$PAGES" | sed "s|^|$SITE|" | sort)"
    is "$(wq-list --dead pages | cut -f 7)" "$SITE/gone.html"
    # What was fetched is not fetched again, but what is new.
    answers 0 crawls "$SITE/index.html" "$SITE/deep/three.html"
    is "$(asked)" "$(sort <<<"$PAGES")"
    CRAWL_ONCE=1ms answers 0 crawls "$SITE/index.html"
    is "$(asked | grep -c index)" 1
}

@test "several that are killed, and started again, fetch all" {
    for n in 1 2 3; do
        spawn "crawl$n" crawls "$SITE/index.html"
        crawlers[n]=$PID
    done
    eventually 10 [ -s "$BOX/site.err" ]
    slay "${crawlers[@]}"
    r eval 'for _, id in ipairs(redis.call("zrange", KEYS[1], 0, -1)) do redis.call("zadd", KEYS[1], 1, id) end' 1 pages:leased
    answers 0 crawls "$SITE/index.html"
    is "$(asked | sort -u)" "$(grep -v 'three.html$' <<<"$PAGES" | sort)"
    is "$(wq-list --dead pages | cut -f 7)" "$SITE/gone.html"
    is "$(r hget pages:stats pushed)" 7
}

@test "whatever fetches, what is no page is dead at once, and what cannot be reached is tried again" {
    for fetcher in curl wget python3; do
        mkdir -p "$BOX/bin"
        [ -x "/usr/bin/$fetcher" ] || continue
        ln -s "/usr/bin/$fetcher" "$BOX/bin"
        for program in awk mktemp rm sh wq-push wq-work; do
            ln -sf "$(command -v "$program")" "$BOX/bin"
        done
        wq-push -q "$fetcher" </dev/null
        wq-config "$fetcher" max-attempts=2 retry-delay=1ms
        answers 0 env "PATH=$BOX/bin" "$REPO/examples/crawl.sh" "$fetcher" "$SITE/deep/er/four.html" http://127.0.0.1:1/x
        is "$(sort "$BOX/out")" "$(printf '%s\n' "$SITE/deep/er/four.html" "$SITE/deep/five.html" | sort)"
        is "$(wq-list --dead "$fetcher" | cut -f 3,7 | sort)" \
            "$(printf '%s\n' "1$TAB$SITE/gone.html" "2${TAB}http://127.0.0.1:1/x" | sort)"
        rm -r "${BOX:?}/bin"
    done
}

@test "an address that is none is refused, and nothing is pushed" {
    answers 64 crawls
    complains 'usage: crawl.sh QUEUE URL...'
    answers 64 crawls "$SITE" ftp://example.org/
    complains 'crawl.sh: ftp://example.org/: *'
    is "$(r exists pages)" 0
}
