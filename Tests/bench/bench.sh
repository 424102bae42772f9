# shellcheck shell=sh
# What the parts share: a private server, the peers, and the table. Read by `run`, which sets WORK (a
# temporary folder), PEERS (built programs), HERE (this folder), SOCKET and WQ_BIN.
: "${WORK:?}" "${PEERS:?}" "${HERE:?}" "${SOCKET:?}" "${WQ_BIN:?}"
ROWS=$WORK/rows
SERVER='' MONITOR=''

# Waits until a command succeeds, ten seconds at most.
until_true() {
    tries=1000
    until "$@" >"$WORK/probe" 2>&1; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ]; then
            echo "bench: still failing: $*" >&2
            cat "$WORK/probe" >&2
            exit 70
        fi
        sleep 0.01
    done
}

ask() {
    redis-cli -s "$SOCKET" -e "$@"
}

answers() {
    [ "$(ask ping)" = PONG ]
}

# Persistence would measure the disk, so there is none.
start_server() {
    redis-server --port 0 --unixsocket "$SOCKET" --dir "$WORK" --save '' --appendonly no \
        --daemonize no >"$WORK/server.log" &
    SERVER=$!
    until_true answers
}

stop_server() {
    for pid in $MONITOR $SERVER; do
        kill "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    MONITOR='' SERVER=''
}

# build PEER [FLAG...]: compiles a program that wq is measured against or with.
build() {
    peer=$1
    shift
    mkdir -p "$PEERS"
    gcc -std=gnu11 -O2 -Wall -Wextra -I "$WORK" -o "$PEERS/$peer" "$HERE/peers/$peer.c" "$@"
}

# capture FILE COMMAND...: the one command that a program sends to Redis, into FILE, each argument
# ended by a NUL.
capture() {
    file=$1
    shift
    redis-cli -s "$SOCKET" monitor >"$WORK/monitored" &
    MONITOR=$!
    until_true grep -q '^OK' "$WORK/monitored"
    "$@" >"$WORK/answer" || :
    ask echo captured >"$WORK/answer"
    until_true grep -q '"echo" "captured"' "$WORK/monitored"
    kill "$MONITOR"
    wait "$MONITOR" 2>/dev/null || :
    MONITOR=''
    grep -v '"echo" "captured"' "$WORK/monitored" | "$PEERS/args" >"$file"
}

# same WHAT EXPECTED SEEN: a wrong number here would make wrong numbers in the table.
same() {
    if [ "$2" != "$3" ]; then
        echo "bench: $1: expected $2, seen $3" >&2
        exit 70
    fi
}

# median FILE: of the numbers in FILE.
median() {
    sort -n "$1" | awk '
        { n[NR] = $1 }
        END { print (n[int((NR + 1) / 2)] + n[int(NR / 2) + 1]) / 2 }'
}

# calc EXPRESSION [FORMAT]
calc() {
    awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}

# verdict VALUE '<='|'>=' LIMIT
verdict() {
    awk "BEGIN { print ($1 $2 $3) ? \"met\" : \"NOT MET\" }"
}

# row WHAT RESULT SPREAD MEMORY RATIO TARGET VERDICT: a line of the table, in part PART.
row() {
    {
        printf '%s' "${PART:?}"
        printf '\t%s' "$@"
        echo
    } >>"$ROWS"
}

# The load tells how far to trust the rest: what else runs slows the rivals unevenly.
LOAD=$(cut -d ' ' -f 1 /proc/loadavg)
facts() {
    cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
    printf -- '- %s\n' \
        "Machine: ${cpu:-$(uname -m)}, $(nproc) cores, $(uname -s) $(uname -r), load $LOAD at the start" \
        "Server: $(redis-server --version | sed 's/ sha=.*//'), on a Unix socket, without persistence" \
        "Peers: $(gcc --version | head -n 1); $(redis-cli --version)" \
        "wq: $("$WQ_BIN/wq-lease" --version | head -n 1)"
}

summary() {
    awk -F '\t' '
        { n[$NF]++ }
        END { printf "Targets: %d met, %d not met.\n", n["met"], n["NOT MET"] }' "$ROWS"
}

# The rows as a table in Markdown that reads well on a terminal too.
table() {
    {
        printf '\tWhat\tResult\tmin to p90\tPeak memory\tRatio\tTarget\tVerdict\n-\t-\t-\t-\t-\t-\t-\t-\n'
        cat "$ROWS"
    } | awk -F '\t' '
        {
            for (i = 1; i <= 8; i++) {
                cell[NR, i] = $i
                if (length($i) > width[i]) width[i] = length($i)
            }
        }
        END {
            for (r = 1; r <= NR; r++) {
                line = "|"
                for (i = 1; i <= 8; i++) {
                    text = cell[r, i]
                    while (length(text) < width[i]) text = text (r == 2 ? "-" : " ")
                    line = line " " text " |"
                }
                print line
            }
        }'
}
