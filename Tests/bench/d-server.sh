# shellcheck shell=sh
# (d) Server time of one lease and one completion while 10, 10,000 and 1,000,000 items are in flight: wq's
# scripts and what rediswq 0.1 sends. The commands that the programs were seen to send are replayed down
# pipelines, so that the numbers are about the server alone. Each size has a database of its own, and so has a queue in
# which everything is in use that a queue can have: settings, delayed and dead items, failed attempts, a producer.
calls=10
sizes='10 10000 1000000'
busy=10000
session=2d1a5e0c-5b0f-4d5e-9d1c-3a8a3f5f9b10
build replay -lhiredis

# text COUNT: so many items, a line each.
text() {
    awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "photos/2024/%07d.jpg\n", i }'
}

# words FILE WORD...: one command for replay.
words() {
    file=$1
    shift
    printf '%s\0' "$@" >"$file"
}

# fill_wq DB SIZE CYCLES: through the programs. What is held goes to a file.
fill_wq() {
    text $(($2 + calls * $3)) | "$WQ_BIN/wq-push" -q -u "$WQ_URL?db=$1" jobs
    "$WQ_BIN/wq-lease" -u "$WQ_URL?db=$1" -l 2h -n "$2" jobs >"$WORK/held$1"
    same "leases in database $1" "$2" "$(ask -n "$1" zcard jobs:leased)"
}

# fill_busy DB SIZE CYCLES: the same with everything else that costs something.
fill_busy() {
    url="$WQ_URL?db=$1"
    fill_wq "$1" "$2" "$3"
    "$WQ_BIN/wq-config" -u "$url" jobs max-attempts=5 retry-delay=2s retry-delay-max=1h open=yes
    text "$2" | "$WQ_BIN/wq-push" -q -u "$url" --delay 2h jobs
    ask -n "$1" zadd jobs:producers "$(($(date +%s) * 1000 + 7200000))" 0123456789abcdef >"$WORK/answer"
    "$WQ_BIN/wq-lease" -u "$url" -n 2000 jobs >"$WORK/taken"
    head -n 1000 "$WORK/taken" | "$WQ_BIN/wq-release" -u "$url" --dead --reason 'no such file' jobs -
    tail -n 1000 "$WORK/taken" | "$WQ_BIN/wq-release" -u "$url" --delay 0 jobs -
    text 2000 | sed 's/photos/others/' | "$WQ_BIN/wq-push" -q -u "$url" jobs
    same 'items with failed attempts' 1000 "$(ask -n "$1" hlen jobs:attempts)"
    same "leases in database $1" "$2" "$(ask -n "$1" zcard jobs:leased)"
}

# fill_rediswq DB SIZE CYCLES: what its clients would have left, sent as ready-made protocol.
fill_rediswq() {
    text "$2" >"$WORK/held$1"
    text $(($2 + calls * $3)) | awk -v db="$1" -v size="$2" -v session=$session '
        function send(words, n, i) {
            printf "*%d\r\n", n
            for (i = 1; i <= n; i++) printf "$%d\r\n%s\r\n", length(words[i]), words[i]
        }
        BEGIN {
            split("SELECT " db, words, " ")
            send(words, 2)
        }
        NR <= size {
            key = $0
            while (length(key) < 56) key = "0" key
            split("LPUSH jobs:processing " $0, words, " ")
            send(words, 3)
            split("SETEX jobs:leased_by_session:" key " 7200 " session, words, " ")
            send(words, 4)
        }
        NR > size {
            split("LPUSH jobs " $0, words, " ")
            send(words, 3)
        }' | redis-cli -s "$SOCKET" --pipe >"$WORK/answer"
    same "leases in database $1" "$2" "$(ask -n "$1" llen jobs:processing)"
}

# What the programs send. The lease to complete does not exist yet; replay puts those that do in its place.
echo apple | "$WQ_BIN/wq-push" -q jobs
capture "$WORK/lease" "$WQ_BIN/wq-lease" -l 2h jobs
capture "$WORK/complete" "$WQ_BIN/wq-complete" jobs 1.000000000000
sed -i 's/1\.000000000000/<held>/' "$WORK/complete"
# What rediswq sends: lease() without waiting, complete().
words "$WORK/rpoplpush" RPOPLPUSH jobs jobs:processing
words "$WORK/setex" SETEX 'jobs:leased_by_session:<key>' 7200 "$session"
words "$WORK/lrem" LREM jobs:processing 0 '<held>'
words "$WORK/hdel" HDEL jobs:retries '<held>'
words "$WORK/del" DEL 'jobs:leased_by_session:<key>' "$session"

# measure SYSTEM CYCLES: fills the databases and writes the lanes' times.
measure() {
    ask flushall sync >"$WORK/answer"
    db=0
    for size in $sizes; do
        "fill_$1" $db "$size" "$2"
        db=$((db + 1))
    done
    [ "$1" != wq ] || fill_busy $db $busy "$2"
    set -- "$1" "$2" "$PEERS/replay" "$SOCKET" "$2" $calls
    db=0
    for size in $sizes; do
        if [ "$1" = wq ]; then
            set -- "$@" -- "$size" $db "$WORK/held$db" take "$WORK/lease" finish "$WORK/complete"
        else
            set -- "$@" -- "$size" $db "$WORK/held$db" take "$WORK/rpoplpush" "$WORK/setex" \
                finish "$WORK/lrem" "$WORK/hdel" "$WORK/del"
        fi
        db=$((db + 1))
    done
    if [ "$1" = wq ]; then
        set -- "$@" -- busy $db "$WORK/held$db" take "$WORK/lease" finish "$WORK/complete"
    fi
    system=$1
    shift 2
    "$@" >"$WORK/times"
    grep -v ^busy "$WORK/times" >"$WORK/$system.times"
    if [ "$system" = wq ]; then cp "$WORK/times" "$WORK/busy.times"; fi
}

# report SYSTEM COLUMN WHAT [LIMIT]: rows for all sizes, the first being the measure of the others.
report() {
    first=''
    while IFS='	' read -r size line; do
        middle=$(echo "$line" | cut -f "$2")
        spread=$(echo "$line" | cut -f "$(($2 + 1))-" | awk '{ printf "%.1f to %.1f", $1, $2 }')
        ratio='' target='' verdict=''
        if [ -n "$first" ]; then
            ratio=$(calc "$middle / $first")
            if [ $# -eq 4 ] && [ "$size" = "${sizes##* }" ]; then
                target="at most $4"
                verdict=$(verdict "$ratio" '<=' "$4")
            fi
            ratio="$ratio times that at ${sizes%% *}"
        fi
        first=${first:-$middle}
        row "$3, $size in flight" "$(calc "$middle" %.1f) us" "$spread" '' "$ratio" "$target" "$verdict"
    done <"$WORK/$1.times"
}

# report_busy COLUMN WHAT LIMIT: beside a queue of that size in which nothing else is.
report_busy() {
    plain=$(awk -v size=$busy -v column=$(($1 + 1)) '$1 == size { print $column }' "$WORK/busy.times")
    middle=$(awk -v column=$(($1 + 1)) '$1 == "busy" { print $column }' "$WORK/busy.times")
    spread=$(awk -v column=$(($1 + 1)) '$1 == "busy" { printf "%.1f to %.1f", $(column + 1), $(column + 2) }' \
        "$WORK/busy.times")
    ratio=$(calc "$middle / $plain")
    row "$2, $busy in flight, everything in use" "$(calc "$middle" %.1f) us" "$spread" '' \
        "$ratio times that without" "at most $3" "$(verdict "$ratio" '<=' "$3")"
}

# untouched KEY-SUFFIX COUNT-COMMAND: the replay left as many in flight as it found.
untouched() {
    db=0
    for size in $sizes; do
        same "in jobs:$1 of database $db" "$size" "$(ask -n $db "$2" "jobs:$1")"
        db=$((db + 1))
    done
}

measure wq 200
untouched leased zcard
measure rediswq 20
untouched processing llen

report wq 1 'wq lease' 1.5
report_busy 1 'wq lease' 1.2
report rediswq 1 'rediswq rpoplpush, setex'
report wq 4 'wq complete' 1.5
report_busy 4 'wq complete' 1.2
report rediswq 4 'rediswq lrem, hdel, del'
