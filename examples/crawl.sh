#!/bin/sh
# crawl.sh: fetches pages and all that they link to, each page once, until there are no more.
#
#   crawl.sh QUEUE URL...
#
# Prints the address of each page that was fetched, and follows its links to the same host. Pages that were fetched in the
# last 30 days (CRAWL_ONCE) are not fetched again: a run that was killed goes on when it is started again, and several may
# run at once, on several machines. What is done with a page is up to you, in look_at. Needs curl, wget or python3.
#
# The links of a page are pushed before it counts as done. If this is killed in between, the page is fetched once more, and
# the links that were pushed are known then.
#
# Exit status: that of wq-work, 0 when the queue is drained. Pages that could not be fetched are dead (wq-list --dead):
# at once if a server says that there is an error, else after some attempts.

me=${0##*/}
once=${CRAWL_ONCE:-30d}

# fetch URL: prints the page; 22 if the server answers with an error.
fetch() {
    if command -v curl >/dev/null; then
        curl -fsS --max-time 60 -- "$1"
    elif command -v wget >/dev/null; then
        wget -q -T 60 -O - -- "$1"
        case $? in 0) ;; 8) return 22 ;; *) return 1 ;; esac
    else
        python3 -c '
import sys, urllib.error, urllib.request
try:
    sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1], timeout=60).read())
except urllib.error.HTTPError as error:
    sys.stderr.write("%s\n" % error)
    sys.exit(22)' "$1"
    fi
}

# look_at URL FILE: the work.
look_at() {
    printf '%s\n' "$1"
}

# links URL: whole addresses on the same host, of what the page on standard input links to.
links() {
    PAGE=$1 LC_ALL=C awk '
        BEGIN {
            match(ENVIRON["PAGE"], "^[a-z]+://[^/?#]*")
            site = substr(ENVIRON["PAGE"], 1, RLENGTH)
            path = substr(ENVIRON["PAGE"], RLENGTH + 1)
            sub("[?#].*", "", path)
            sub("[^/]*$", "", path)
            if (path == "") path = "/"
        }
        function whole(link) {
            sub("#.*", "", link)
            gsub("&amp;", "\\&", link)
            if (index(link "/", site "/") == 1) link = substr(link, length(site) + 1)
            if (link == "" || link ~ "^//" || link ~ "^[A-Za-z][A-Za-z0-9+.-]*:") return ""
            if (link !~ "^/") link = path link
            while (sub("/[.]/", "/", link)) {}
            while (sub("^/[.][.]/", "/", link) || sub("/[^/]*[^./][^/]*/[.][.]/", "/", link)) {}
            return site link
        }
        {
            while (match($0, "[Hh][Rr][Ee][Ff] *= *\"[^\"]*\"")) {
                link = substr($0, RSTART, RLENGTH - 1)
                $0 = substr($0, RSTART + RLENGTH)
                sub("^[^\"]*\"", "", link)
                link = whole(link)
                if (link != "") print link
            }
        }'
}

if [ "$1" = --page ]; then
    queue=$2 url=$3
    page=$(mktemp) || exit 75
    trap 'rm -f "$page"' EXIT
    fetch "$url" >"$page"
    case $? in 0) ;; 22) exit 65 ;; *) exit 1 ;; esac
    look_at "$url" "$page" || exit
    links "$url" <"$page" | wq-push -q --once "$once" "$queue"
    exit
fi

if [ $# -lt 2 ]; then
    echo "usage: $me QUEUE URL..." >&2
    exit 64
fi
queue=$1
shift
for url; do
    case $url in
        http://?* | https://?*) ;;
        *)
            echo "$me: $url: an address begins with http:// or https://" >&2
            exit 64
            ;;
    esac
done
wq-push -q --once "$once" "$queue" "$@" || exit
exec wq-work -j 4 "$queue" sh "$0" --page "$queue"
