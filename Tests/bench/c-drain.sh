# shellcheck shell=sh
# (c) Draining a queue, a thousand items a time, beside the plainest request there is.
rounds=9
items=100000
export ITEMS=$items

awk -v n=$items 'BEGIN { for (i = 1; i <= n; i++) printf "photos/2024/%07d.jpg\n", i }' >"$WORK/text"
cat >"$WORK/drain" <<'DRAIN'
PATH=$WQ_BIN:$PATH
left=$ITEMS
while [ $left -gt 0 ]; do
    wq-lease -n 1000 jobs | wq-complete jobs - || exit
    left=$((left - 1000))
done
wq-empty jobs
DRAIN

round=0
while [ $round -lt $rounds ]; do
    "$WQ_BIN/wq-push" -q jobs <"$WORK/text"
    "$PEERS/race" 1 -- drain sh "$WORK/drain" >"$WORK/time"
    awk -F '\t' -v n=$items '{ print n / $3 * 1000000 }' "$WORK/time" >>"$WORK/drained"
    redis-benchmark -s "$SOCKET" -P 1 -c 50 -n $items -t ping_mbulk --csv |
        awk -F '"' '$2 ~ /^PING/ { print $4 }' >>"$WORK/pinged"
    round=$((round + 1))
done
same 'completed items' $((rounds * items)) "$(ask hget jobs:stats completed)"
same 'rounds of ping' $rounds "$(wc -l <"$WORK/pinged")"

# range FILE: least to most, in thousands a second.
range() {
    sort -n "$1" | awk '
        { n[NR] = $1 }
        END { printf "%.0f to %.0f", n[1] / 1000, n[NR] / 1000 }'
}
drained=$(median "$WORK/drained")
pinged=$(median "$WORK/pinged")
ratio=$(calc "$drained / $pinged")
row 'wq-lease -n 1000, piped into wq-complete' "$(calc "$drained / 1000" %.0f) k items/s" \
    "$(range "$WORK/drained")" '' '' '' ''
row 'redis-benchmark -P 1 -c 50 ping' "$(calc "$pinged / 1000" %.0f) k requests/s" \
    "$(range "$WORK/pinged")" '' "wq $ratio times the rate" 'at least 1.0' "$(verdict "$ratio" '>=' 1)"
