#!/bin/sh
# dead-letters.sh: the items of a queue that were given up. For a person, and for cron, which mails
# what it prints: nothing if there are none.
#
#   dead-letters.sh QUEUE                         counts them by reason, the most frequent first
#   dead-letters.sh QUEUE save FILE               writes them to FILE, a JSON object a line
#   dead-letters.sh QUEUE retry TEXT [OPTION...]  puts those back whose item or reason contains
#                                                 TEXT; with options of wq-retry, such as --rate 10
#
# FILE has all of them or is as it was. They stay in the queue: wq-retry brings them back.
#
# Exit status: 0; 64 usage; 73 FILE cannot be written; else what wq-list or wq-retry ended with.

me=${0##*/}

usage() {
    echo "usage: $me QUEUE [save FILE | retry TEXT [OPTION...]]" >&2
    exit 64
}

# unfinished FOLDER: a file to be complete before it is used
unfinished() {
    letters=$(mktemp "$1/dead-letters.XXXXXX") || exit 73
    trap 'rm -f "$letters"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

[ $# -ge 1 ] || usage
queue=$1
case $#,${2-} in
    1,)
        unfinished "${TMPDIR:-/tmp}"
        wq-list --dead "$queue" >"$letters" || exit
        count=$(($(wc -l <"$letters")))
        [ $count -gt 0 ] || exit 0
        echo "dead in $queue: $count"
        cut -f 6 "$letters" | sort | uniq -c | sort -rn
        ;;
    3,save)
        if [ -d "$3" ]; then
            echo "$me: $3: is a folder" >&2
            exit 73
        fi
        # Beside FILE, so that it can be renamed.
        unfinished "$(dirname -- "$3")"
        wq-list --dead --json "$queue" >"$letters" || exit
        mv -f -- "$letters" "$3" || exit 73
        ;;
    [3-9],retry | [1-9][0-9],retry)
        text=$3
        shift 3
        exec wq-retry "$@" --match "$text" "$queue"
        ;;
    *) usage ;;
esac
