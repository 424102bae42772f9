#!/bin/sh
# resize.sh: pictures made smaller, as many at a time as there are cores, by any number of machines that see
# the same folder. To try it: wq-local examples/resize.sh photos/*.jpg
#
#   resize.sh PICTURE...
#
# A copy of each, at most SIZE (800x800), goes into the folder OUT (small). It needs GraphicsMagick's gm. To
# help from another machine, run it there with no PICTURE.

export OUT="${OUT:-small}" SIZE="${SIZE:-800x800}"
queue=${QUEUE:-resize}

mkdir -p "$OUT" || exit
[ $# -eq 0 ] || wq-push -q "$queue" -- "$@" || exit

# The work may be done twice, or be killed: so the copy gets its name when it is whole. What gm cannot read
# will not be better the next time: 65.
# shellcheck disable=SC2016 # the variables are for the command
exec wq-work -j 0 --max-time 5m --reason-from-stderr "$queue" -- sh -c '
    to=$OUT/${1##*/}
    part=$OUT/.$WQ_LEASE.${1##*.}
    trap "rm -f \"\$part\"" EXIT
    # A name that begins with a dash is no option, nor one like gif:x a format.
    case $1 in /*) ;; *) set -- "./$1" ;; esac
    gm convert "$1" -resize "$SIZE>" "$part" || exit 65
    mv "$part" "$to"' resize
