# shellcheck shell=sh
# (e) Memory of Redis for an item that is ready and for one that is leased, beside rediswq's list and lease key.
number=200000
item_bytes=23

used() { ask info memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p'; }

# each BEFORE AFTER: bytes an item
each() { awk -v b="$1" -v a="$2" -v n="$number" 'BEGIN { printf "%.0f", (a - b) / n }'; }

awk -v n="$number" 'BEGIN { for (i = 1; i <= n; i++) printf "photos/2024/%07d.jpg\n", i }' >"$WORK/items"
sed 1q "$WORK/items" >"$WORK/first"
same 'bytes of an item' $item_bytes $(($(wc -c <"$WORK/first") - 1))

ask flushall sync >"$WORK/answer"
empty=$(used)
"$WQ_BIN/wq-push" -q jobs <"$WORK/items"
ready=$(used)
same 'ready items' $number "$(ask llen jobs)"
"$WQ_BIN/wq-lease" -l 2h -n $number jobs >"$WORK/answer"
leased=$(used)
same 'leased items' $number "$(ask zcard jobs:leased)"

ask flushall sync >"$WORK/answer"
bare=$(used)
awk '{
    key = sprintf("%056d", NR)
    printf "*3\r\n$5\r\nLPUSH\r\n$15\r\njobs:processing\r\n$%d\r\n%s\r\n", length($0), $0
    printf "*4\r\n$5\r\nSETEX\r\n$79\r\njobs:leased_by_session:%s\r\n$4\r\n7200\r\n$36\r\n%036d\r\n", key, NR
}' "$WORK/items" | redis-cli -s "$SOCKET" --pipe >"$WORK/answer"
same 'rediswq items' $number "$(ask llen jobs:processing)"
rediswq=$(used)

row "a ready item of $item_bytes bytes, in Redis" "$(each "$empty" "$ready") bytes" '' '' '' '' ''
row "a leased item of $item_bytes bytes, in Redis" "$(each "$empty" "$leased") bytes" '' '' \
    "$(calc "$(each "$empty" "$leased") / $(each "$bare" "$rediswq")") of rediswq's" '' ''
row "rediswq: the same, taken and leased" "$(each "$bare" "$rediswq") bytes" '' '' '' '' ''
