"""Which tests should notice a mistake, for each Lua script: files of Tests/shell and others, the quickest and likeliest
first."""

# The random run beside the model comes first, since it notices most within a second or two.
MODEL = "Tests/model/model.bats"
# These scripts it does not call, or hardly.
UNMODELLED = "adopt look orphan recall scan stray survey sweep tally".split()
# A mistake in a shared part shows in whatever stands on it.
SCRIPTS = {
    "adopt": "chaos/waiters large used",
    "back": "suspects attempts release delay",
    "calls": "servers/doubt complete release",
    "census": "empty stat stat-all used push-forgotten",
    "common": "attempts complete release used large lease reap layout",
    "complete": "complete attempts unique once unique-again",
    "complete_held": "complete layout trouble servers/doubt unique once",
    "configure": "config",
    "drop": "drop drop-beside unique once",
    "due": "suspects look delay attempts reap push-forgotten",
    "grant": "attempts large lease",
    "grant_one": "lease delay used large layout trouble config",
    "lease": "suspects lease delay used large",
    "known": "unique once unique-again",
    "limits": "limits-held limits-rate",
    "list": "list attempts list-since",
    "look": "look",
    "orphan": "reap",
    "purge": "purge purge-beside",
    "push": "push push-id unique once unique-again stat-all push-many push-forgotten large hold attempts delay doctor-findings",
    "reap": "reap delay doctor-strays",
    "recall": "servers/lost-answers",
    "records": "records attempts release doctor-strays list suspects",
    "release": "release release-options suspects",
    "renew": "renew layout",
    "retry": "retry",
    "scan": "doctor-strays doctor-findings",
    "stray": "doctor-strays reap",
    "survey": "doctor-findings",
    "suspects": "suspects",
    "sweep": "purge purge-beside",
    "tally": "stat-all",
    "weed": "drop-states drop-beside unique once",
}


def files(file):
    """The tests of a script, for the name of its file."""
    script = file[:-len(".lua")]
    names = [name if "/" in name else "shell/" + name for name in SCRIPTS[script].split()]
    tests = [f"Tests/{name}.bats" for name in names]
    return tests + [MODEL] if script in UNMODELLED else [MODEL] + tests
