# feed.awk: a worker that lives, for wq-work --feed: counts the lines of the file that each item names.
#
#   wq-work -j 2 --feed files -- awk -W interactive -f feed.awk
#
# Without -W interactive, mawk reads until it has some thousand bytes; other awks need no such option, and leave it be.
# Results are appended to the file OUT (lines.tsv). An answer must not stay in a buffer: fflush().

BEGIN {
    out = "OUT" in ENVIRON ? ENVIRON["OUT"] : "lines.tsv"
}

{
    count = 0
    while ((got = (getline line < $0)) > 0) count++
    close($0)
    if (got < 0) {
        print "65 cannot read it"
    } else {
        printf "%d\t%s\n", count, $0 >>out
        # The result is written before the item is completed.
        print close(out) == 0 ? 0 : 1
    }
    fflush()
}
