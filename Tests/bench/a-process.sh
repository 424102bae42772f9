# shellcheck shell=sh
# (a) One lease, the whole process: spawn, connect, one EVAL, print, exit. The peers send what wq-lease was
# seen to send, so all three ask the same of the server.
rounds=1000
items=$((3 * rounds + 1))

awk -v n=$items 'BEGIN { for (i = 1; i <= n; i++) print "photo-" i ".jpg" }' |
    "$WQ_BIN/wq-push" -q jobs
capture "$WORK/lease" "$WQ_BIN/wq-lease" -l 1h jobs
od -An -v -tu1 "$WORK/lease" | sed 's/[0-9][0-9]*/&,/g' >"$WORK/lease-args.h"
build lease -lhiredis
build empty

"$PEERS/race" $rounds \
    -- wq "$WQ_BIN/wq-lease" -l 1h jobs \
    -- c "$PEERS/lease" "$SOCKET" \
    -- cli redis-cli -s "$SOCKET" -e "@$WORK/lease" \
    -- empty "$PEERS/empty" >"$WORK/times"
same 'leases after the race' $items "$(ask zcard jobs:leased)"

# report NAME WHAT [LIMIT]: wq-lease's time is the measure of the others.
report() {
    while IFS='	' read -r name _ middle least most memory; do
        case $name in
            wq) wq=$middle ;;
        esac
        [ "$name" = "$1" ] || continue
        ratio='' target='' verdict=''
        if [ "$name" != wq ]; then
            ratio="$(calc "$wq / $middle") of its time"
        fi
        if [ $# -eq 3 ]; then
            target="at most $3"
            verdict=$(verdict "$(calc "$wq / $middle")" '<=' "$3")
        fi
        row "$2" "$(calc "$middle / 1000" %.3f) ms" \
            "$(calc "$least / 1000" %.3f) to $(calc "$most / 1000" %.3f)" \
            "$(calc "$memory / 1024" %.1f) MB" "$ratio" "$target" "$verdict"
    done <"$WORK/times"
}
report wq 'wq-lease, one item'
report c 'C, hiredis as a shared library' 0.90
report cli 'redis-cli eval' 0.25
report empty 'C, empty main'

largest=0
for program in "$WQ_BIN"/wq-*; do
    name=${program##*/}
    # wq-tls carries OpenSSL, so that no other program does.
    case $name in
        wq-local | wq-tls) continue ;;
    esac
    size=$(wc -c <"$program")
    [ "$size" -gt "$largest" ] && largest=$size
    row "size of $name" "$(calc "$size / 1000000") MB" '' '' '' 'at most 1.3' \
        "$(verdict "$size" '<=' 1300000)"
done
