"""Which tests should notice a mistake, for each Lua script: files of Tests/shell and others, the quickest and likeliest
first."""

# The random run beside the model comes first, since it notices most within a second or two.
MODEL = "Tests/model/model.bats"
# These scripts it does not call, or hardly.
UNMODELLED = "adopt orphan reasons recall scan stray survey".split()
# A mistake in a shared part shows in whatever stands on it.
SCRIPTS = {
    "adopt": "chaos/waiters large lease config used hold",
    "back": "attempts release reap delay retry doctor-strays complete",
    "census": "empty stat config hold stat-watch doctor",
    "common": "used attempts complete renew config release empty lease hold layout delay push stat large list",
    "complete": "complete attempts used layout",
    "configure": "config used stat",
    "due": "delay attempts reap hold lease used empty large",
    "grant": "attempts lease complete large layout release used",
    "lease": "lease delay attempts used large config hold",
    "list": "list list-since attempts push hold",
    "look": "lease hold config empty delay used work",
    "orphan": "reap attempts",
    "purge": "purge used",
    "push": "push push-id hold push-many delay used large config layout stat list-since",
    "reap": "reap delay hold doctor-strays",
    "reasons": "stat retry",
    "recall": "chaos/cut servers/lost-answers connection",
    "records": "attempts complete list release delay doctor large",
    "release": "release attempts release-options delay",
    "renew": "renew work-leases",
    "retry": "retry large doctor",
    "scan": "doctor-strays stat doctor doctor-findings",
    "stray": "doctor-strays reap doctor",
    "survey": "doctor-findings doctor doctor-strays stat",
}


def files(file):
    """The tests of a script, for the name of its file."""
    script = file[:-len(".lua")]
    names = [name if "/" in name else "shell/" + name for name in SCRIPTS[script].split()]
    tests = [f"Tests/{name}.bats" for name in names]
    return tests + [MODEL] if script in UNMODELLED else [MODEL] + tests
