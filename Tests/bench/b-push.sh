# shellcheck shell=sh
# (b) A million lines from a file into a list.
rounds=7
lines=1000000

awk -v n=$lines -v text="$WORK/text" -v protocol="$WORK/protocol" 'BEGIN {
    for (i = 1; i <= n; i++) {
        line = sprintf("photos/2024/%07d.jpg", i)
        print line >text
        printf "*3\r\n$5\r\nLPUSH\r\n$4\r\njobs\r\n$%d\r\n%s\r\n", length(line), line >protocol
    }
}'

# push NAME: into an empty server.
push() {
    case $1 in
        wq) set -- wq "<$WORK/text" "$WQ_BIN/wq-push" jobs ;;
        pipe) set -- pipe "<$WORK/protocol" redis-cli -s "$SOCKET" --pipe ;;
        xargs) set -- xargs "<$WORK/text" xargs -n 1000 redis-cli -s "$SOCKET" rpush jobs ;;
    esac
    "$PEERS/race" 1 -- "$@" >>"$WORK/pushed"
    same "items pushed by $1" $lines "$(ask llen jobs)"
    ask flushall sync >"$WORK/answer"
}

order='wq pipe xargs'
round=0
while [ $round -lt $rounds ]; do
    for name in $order; do
        push "$name"
    done
    order="${order#* } ${order%% *}"
    round=$((round + 1))
done

# pushed NAME: sets middle (median), least and most (seconds) and memory (MB).
pushed() {
    awk -F '\t' -v name="$1" '$1 == name { print $3 / 1000000 }' "$WORK/pushed" | sort -n >"$WORK/one"
    middle=$(median "$WORK/one")
    least=$(head -n 1 "$WORK/one")
    most=$(tail -n 1 "$WORK/one")
    memory=$(awk -F '\t' -v name="$1" '$1 == name && $6 > most { most = $6 } END { printf "%.1f", most / 1024 }' \
        "$WORK/pushed")
}

pushed wq
wq=$middle
row 'wq-push, a million lines' "$(calc "$middle") s" "$(calc "$least") to $(calc "$most")" \
    "$memory MB" '' 'at most 16 MB' "$(verdict "$memory" '<=' 16)"
pushed pipe
faster=$(calc "$middle / $wq")
row 'redis-cli --pipe, protocol ready made' "$(calc "$middle") s" "$(calc "$least") to $(calc "$most")" \
    "$memory MB" "wq $faster times as fast" 'at least 1.5' "$(verdict "$faster" '>=' 1.5)"
pushed xargs
row 'xargs -n 1000 redis-cli rpush' "$(calc "$middle") s" "$(calc "$least") to $(calc "$most")" \
    "$memory MB" "wq $(calc "$middle / $wq") times as fast" '' ''
