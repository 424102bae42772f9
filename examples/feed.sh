#!/bin/sh
# feed.sh: a worker that lives, for wq-work --feed: counts the lines of the file that each item names, and starts no
# process for it.
#
#   wq-work -j 2 --feed files feed.sh
#
# Results are appended to the file OUT (lines.tsv). An item is a line on standard input, and is answered by a line on
# standard output: a status, and perhaps a reason. Nothing else may go there: messages go to standard error.

OUT=${OUT:-lines.tsv}

count() {
    count=0
    while IFS= read -r line || [ -n "$line" ]; do count=$((count + 1)); done <"$1"
}

while IFS= read -r item; do
    if ! [ -r "$item" ]; then
        echo 65 cannot read it
    elif count "$item" && printf '%s\t%s\n' "$count" "$item" >>"$OUT"; then
        echo 0
    else
        echo 1
    fi
done
