"""What the programs are known to say wrongly: the name of the judgement, and the reason. It should be empty."""

TOLERATED = {}
