# shellcheck shell=sh
# (f) wq-work: ten thousand items of no work beside xargs and GNU parallel on the same list, a hundred a command, and fed to one sh beside a loop
# of wq-lease and wq-complete; what waiting workers cost Redis; how soon a pushed item is begun.
items=10000
seq $items >"$WORK/list"
waiting=200
cat >"$WORK/xargs" <<'XARGS'
xargs -P 2 -n 1 /bin/true <"$WORK/list"
XARGS
cat >"$WORK/parallel" <<'PARALLEL'
parallel -j 2 /bin/true <"$WORK/list"
PARALLEL
export WORK

round=0
while [ $round -lt 5 ]; do
    "$WQ_BIN/wq-push" -q jobs <"$WORK/list"
    "$WQ_BIN/wq-push" -q ahead <"$WORK/list"
    "$WQ_BIN/wq-push" -q batch <"$WORK/list"
    "$PEERS/race" 1 -- work "$WQ_BIN/wq-work" -j 2 --prefetch 0 jobs /bin/true \
        -- ahead "$WQ_BIN/wq-work" -j 2 ahead /bin/true \
        -- batch "$WQ_BIN/wq-work" -j 2 --batch 100 batch /bin/true \
        -- xargs sh "$WORK/xargs" >>"$WORK/worked"
    round=$((round + 1))
done
same 'items worked on' $((5 * items)) "$(ask hget jobs:stats completed)"
same 'items worked on' $((5 * items)) "$(ask hget ahead:stats completed)"
same 'items worked on' $((5 * items)) "$(ask hget batch:stats completed)"

# once NAME: the medians of its rounds, in ms.
once() {
    awk -F '\t' -v name="$1" '$1 == name { print $3 / 1000 }' "$WORK/worked" >"$WORK/one"
    median "$WORK/one"
}
spread() {
    sort -n "$WORK/one" | awk '{ n[NR] = $1 } END { printf "%.0f to %.0f", n[1], n[NR] }'
}
xargs=$(once xargs)
row "xargs -P 2 -n 1 /bin/true, $items items" "$(calc "$xargs" %.0f) ms" "$(spread)" '' '' '' ''
for name in work ahead; do
    time=$(once $name)
    ratio=$(calc "$time / $xargs")
    what='wq-work -j 2 /bin/true' most=1.03
    [ $name = ahead ] || what='wq-work -j 2 --prefetch 0 /bin/true' most=1.15
    row "$what" "$(calc "$time" %.0f) ms" "$(spread)" '' "$ratio of xargs" "at most $most" \
        "$(verdict "$ratio" '<=' $most)"
done
ahead=$(once ahead)
batch=$(once batch)
ratio=$(calc "$ahead / $batch" %.1f)
row 'wq-work -j 2 --batch 100 /bin/true' "$(calc "$batch" %.0f) ms" "$(spread)" '' "$ratio times as fast as without" \
    'at least 20' "$(verdict "$ratio" '>=' 20)"
if command -v parallel >/dev/null; then
    "$PEERS/race" 1 -- parallel sh "$WORK/parallel" >>"$WORK/worked"
    ratio=$(calc "$(once parallel) / $(once ahead)")
    time=$(once parallel)
    row 'GNU parallel -j 2 /bin/true' "$(calc "$time" %.0f) ms" '' '' "wq-work $ratio times as fast" \
        'at least 5' "$(verdict "$ratio" '>=' 5)"
fi

# Commands that live, beside the loop that a script would have: an item's time of each.
few=1000
seq $few >"$WORK/few"
cat >"$WORK/loop" <<'LOOP'
while lease=$("$WQ_BIN/wq-lease" loop); do "$WQ_BIN/wq-complete" loop "${lease%%"	"*}"; done
LOOP
round=0
while [ $round -lt 5 ]; do
    "$WQ_BIN/wq-push" -q loop <"$WORK/few"
    "$WQ_BIN/wq-push" -q fed <"$WORK/list"
    # shellcheck disable=SC2016 # for the shell inside
    "$PEERS/race" 1 -- loop sh "$WORK/loop" \
        -- fed "$WQ_BIN/wq-work" -q --feed fed sh -c 'while IFS= read -r item; do echo 0; done' >>"$WORK/worked"
    round=$((round + 1))
done
same 'items of the loop' $((5 * few)) "$(ask hget loop:stats completed)"
same 'items fed' $((5 * items)) "$(ask hget fed:stats completed)"
loop=$(once loop)
row "sh with wq-lease and wq-complete, $few items" "$(calc "$loop" %.0f) ms" "$(spread)" '' '' '' ''
fed=$(once fed)
ratio=$(calc "($loop / $few) / ($fed / $items)" %.1f)
row "wq-work --feed sh, $items items" "$(calc "$fed" %.0f) ms" "$(spread)" '' "$ratio times as many a second" \
    'at least 20' "$(verdict "$ratio" '>=' 20)"

# cpu: seconds of processor that Redis used so far.
cpu() {
    ask info cpu | tr -d '\r' | awk -F : '/^used_cpu_(sys|user):/ { sum += $2 } END { print sum }'
}
# blocked N: so many clients wait in Redis.
blocked() {
    ask info clients | tr -d '\r' | grep -qx "blocked_clients:$1"
}
pids=''
"$WQ_BIN/wq-config" idle open=yes
worker=0
while [ $worker -lt $waiting ]; do
    "$WQ_BIN/wq-work" idle true &
    pids="$pids $!"
    worker=$((worker + 1))
done
until_true blocked $waiting
# They learn how many they are, and settle.
sleep 10
before=$(cpu)
sleep 20
share=$(calc "($(cpu) - $before) / 20 * 100")
row "$waiting waiting workers, an empty queue" "$share % of a core" '' '' '' 'below 1 %' "$(verdict "$share" '<' 1)"
# shellcheck disable=SC2086 # a list
kill $pids
# shellcheck disable=SC2086
wait $pids || :

# The time of the push is Redis', that of the start is the job log's: one clock, if one machine.
"$WQ_BIN/wq-work" --forever --joblog "$WORK/joblog" soon /bin/true &
pid=$!
until_true blocked 1
round=0
while [ $round -lt 101 ]; do
    ask eval "local t = redis.call('TIME') redis.call('LPUSH', KEYS[1], ARGV[1])
        return t[1] .. '.' .. ('%06d'):format(t[2])" 1 soon $round >>"$WORK/pushed"
    round=$((round + 1))
    begun() { [ "$(wc -l <"$WORK/joblog")" -eq $((round + 1)) ] && blocked 1; }
    until_true begun
done
kill $pid
wait $pid || :
sed 1d "$WORK/joblog" | cut -f 1 | paste "$WORK/pushed" - | awk '{ d = ($2 - $1) * 1000; print d < 0 ? 0 : d }' >"$WORK/soon"
middle=$(median "$WORK/soon")
row 'from a push to the start, a waiting worker' "$(calc "$middle" %.1f) ms" \
    "$(sort -n "$WORK/soon" | awk '{ n[NR] = $1 } END { printf "%.1f to %.1f", n[1], n[int(NR * 0.9)] }')" '' '' \
    'below 5 ms' "$(verdict "$middle" '<' 5)"
