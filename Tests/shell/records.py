"""records.py SOCKET: has the reader of records in Lua read each record of records.json in a real Redis, and writes those
back that are not damaged. Prints what is not as the table says, and then ends with 1."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "fakes")]

from resp import Redis  # noqa: E402

SCRIPTS = HERE / "../../Sources/WorkQueue/Scripts"
# Numbers of Lua lose their type on the way out, so they become text.
ASK = """
local attempt, owner, since, reason, item = fields(ARGV[1])
local fresh = record(ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
return {('%.0f'):format(attempt), owner, ('%s'):format(since), reason, item, fresh}
"""


def main():
    redis = Redis(sys.argv[1])
    script = "".join((SCRIPTS / name).read_text() for name in ("common.lua", "records.lua")) + ASK
    most = int(redis("EVAL", script.replace(ASK, "return ('%.0f'):format(MOST_ATTEMPTS)"), 0))
    cases = json.loads((HERE / "records.json").read_text())["cases"]
    wrong = 0
    for case in cases:
        record, *wanted = (text.encode("latin-1") for text in case)
        answer = redis("EVAL", script, 0, record, *(wanted or [b""] * 5))
        if wanted:
            # Lua counts with the attempt.
            attempt = b"%d" % min(int(wanted[0]), most)
            expected = [attempt, *wanted[1:], record]
        else:
            expected = [b"1", b"", b"0", b"damaged record", record, b"\t" * 4]
        if answer != expected:
            wrong += 1
            print("%r is read as %r, not as %r" % (record, answer, expected))
    print("# %d records" % len(cases))
    sys.exit(wrong > 0)


main()
