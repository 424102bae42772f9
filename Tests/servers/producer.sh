#!/bin/sh
# producer.sh QUEUE COUNT LEDGER: pushes item1 to itemCOUNT, one at a time, each until it is acknowledged; then it is
# written down. Prints the status of each push that was not.
queue=$1 count=$2 ledger=$3
n=1
while [ "$n" -le "$count" ]; do
    # By its name, a push that came through unnoticed is not repeated.
    wq-push -q --id "push$n" "$queue" "item$n"
    status=$?
    case $status in
        0) echo "item$n" >>"$ledger" && n=$((n + 1)) ;;
        69 | 75) echo "$status" ;;
        *) exit "$status" ;;
    esac
done
