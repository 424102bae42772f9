"""What the programs are known to say wrongly, by the name of the judgement, with the reason. It should be empty."""

TOLERATED = {
    "complete-unproven": "after a cut, an unknown lease is taken for one that the lost call completed",
    "release-unproven": "after a cut, an unknown lease is taken for one that the lost call gave back",
}
