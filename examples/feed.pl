#!/usr/bin/perl
# feed.pl: a worker that lives, for wq-work --feed --null: counts the lines of the file that each item names.
#
#   wq-work -j 2 --feed --null files feed.pl
#
# Results are appended to the file OUT (lines.tsv). With --null an item may have newlines in it. An answer must not stay in
# a buffer: $| = 1.
use strict;
use warnings;

$| = 1;
my $path = $ENV{OUT} // 'lines.tsv';
open my $out, '>>', $path or die "$path: $!\n";

while (defined(my $item = do { local $/ = "\0"; <STDIN> })) {
    $item =~ s/\0\z//;
    if (!open my $file, '<', $item) {
        print "65 cannot read it\n";
    } else {
        my $count = 0;
        $count++ while <$file>;
        print syswrite($out, "$count\t$item\n") ? "0\n" : "75 $!\n";
    }
}
