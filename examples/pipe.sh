#!/bin/sh
# pipe.sh: files into the queue, an item a line. Names that end in .gz, .bz2 or .xz are unpacked on
# the way; - is standard input, and so is no FILE at all. Each file is looked at first, so that a
# missing or damaged one does not leave half of the work in the queue.
#
#   pipe.sh QUEUE [FILE...]
#   find . -name '*.wav' | pipe.sh convert
#
# Prints how many items came from each file.
# Exit status: 0 everything was pushed; 66 a file cannot be read, and nothing was pushed; else what
# wq-push ended with.

me=${0##*/}

if [ $# -lt 1 ]; then
    echo "usage: $me QUEUE [FILE...]" >&2
    exit 64
fi
queue=$1
shift
[ $# -gt 0 ] || set -- -

sound() {
    case $1 in
        -) ;;
        *.gz) gzip -t <"$1" ;;
        *.bz2) bzip2 -t <"$1" ;;
        *.xz) xz -t <"$1" ;;
        *) cat <"$1" >/dev/null ;;
    esac
}

unpack() {
    case $1 in
        -) cat ;;
        *.gz) gzip -dc <"$1" ;;
        *.bz2) bzip2 -dc <"$1" ;;
        *.xz) xz -dc <"$1" ;;
        *) cat <"$1" ;;
    esac
}

for file; do
    if ! sound "$file"; then
        echo "$me: $file: cannot be read; nothing was pushed" >&2
        exit 66
    fi
done
for file; do
    count=$(unpack "$file" | wq-push "$queue") || exit
    printf '%s\t%s\n' "$count" "$file"
done
