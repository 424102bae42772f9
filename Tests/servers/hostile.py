"""hostile.py FAMILY FOLDER [SOCKET]: runs the programs against servers that do not answer like Redis, and tells of
each program that does not end as it must: by itself, with a status that the case allows, with a message of its own on
standard error if that is an error, and in little memory. FAMILY is one of the functions below; SOCKET is a real Redis,
for those that change what it answers."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))

from changed import cut, numbers, steps  # noqa: E402
from midway import ending, extra, holding, waiting  # noqa: E402
from misleading import clusters, sentinels  # noqa: E402
from nonsense import greetings, large, lengths, memory, types  # noqa: E402
from trials import Trials  # noqa: E402

FAMILIES = (
    types, greetings, lengths, memory, large, cut, numbers, steps, waiting, holding, ending, extra, clusters, sentinels,
)

family = next(each for each in FAMILIES if each.__name__ == sys.argv[1])
trials = Trials(sys.argv[2])
family(trials, sys.argv[3] if len(sys.argv) > 3 else None)
trials.finish()
