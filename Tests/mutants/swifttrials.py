"""Mutants of the core's decisions: a copy of the tree with all of them in it is built once, in .build-mutants, and the unit
tests run with each."""

import os
import re
import signal
import subprocess

from mutant import ROOT

import swift
from swift import NONE

NAME = "swift"
# Values without a connection or a process.
FILES = {
    "Base": "Bytes ByteList Clock Duration Escape Secrets",
    "WorkQueue": "Holding Lease Outstanding Queue Record Recovery Settings Sighting State Waiting",
    "Worker": "Answers Block Heartbeat Intake Job Keeping Schedule Stopping",
}
BUILD = ROOT / ".build-mutants"
TREE = BUILD / "tree"
TESTS = BUILD / "build/debug/wqPackageTests.xctest"
# What did not compile before is not tried again.
REFUSED = BUILD / "refused"
SUPPORT = TREE / "Sources/Base/Mutants.swift"
# The unit tests take less than a second.
SECONDS = 20
# A build after which nothing more is refused comes before that.
BUILDS = 30


def paths():
    return [ROOT / f"Sources/{module}/{name}.swift" for module, names in FILES.items() for name in names.split()]


def files():
    return [path.name for path in paths()]


def all_sites():
    """The sites of each file. Mutants have their numbers."""
    table, number = {}, 0
    for path in paths():
        table[path] = swift.sites(path.name, path.read_text(), number)
        for site in table[path]:
            for mutant in site.mutants:
                mutant.number, number = number, number + 1
    return table


def candidates():
    return [mutant for sites in all_sites().values() for site in sites for mutant in site.mutants]


def write(path, text):
    """Leaves a file alone that is so already, so that it is not compiled again."""
    if not path.exists() or path.read_bytes() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def copy_tree():
    """Everything that git knows or would add, but for the files that are changed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE,
        check=True).stdout.decode().split("\0")
    known = {name for name in listed if name and (ROOT / name).is_file()}
    changed = {str(path.relative_to(ROOT)) for path in paths()}
    for name in known - changed:
        write(TREE / name, (ROOT / name).read_bytes())
    for path in [*TREE.glob("Sources/**/*"), *TREE.glob("Tests/**/*")]:
        if path.is_file() and str(path.relative_to(TREE)) not in known and path != SUPPORT:
            path.unlink()


def build(table):
    """Writes the text with these sites and compiles it. Answers the lines that do not compile, as file and number."""
    sites = [site for sites in table.values() for site in sites]
    write(SUPPORT, swift.support(sites).encode())
    for path, sites in table.items():
        name = path.relative_to(ROOT)
        text = swift.changed(path.read_text(), sites, name.parts[1] == "Base")
        write(TREE / name, text.encode())
    command = ["swift", "build", "--build-tests", "--package-path", str(TREE), "--scratch-path", str(BUILD / "build")]
    swift_folder = os.path.dirname(os.path.realpath(subprocess.check_output(["which", "swift"], text=True).strip()))
    command += ["-Xlinker", "-rpath", "-Xlinker", f"{swift_folder}/../lib/swift/linux"]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode == 0:
        return set()
    wrong = set(re.findall(r"^(/[^\n:]*\.swift):(\d+):\d+: error:", made.stdout, re.M))
    if not wrong:
        raise SystemExit(made.stdout)
    return {(os.path.basename(file), int(row)) for file, row in wrong}


def prepared(mutants):
    """Those that compile, in a build of all of them."""
    if not mutants:
        return []
    table = all_sites()
    copy_tree()
    refused = set(REFUSED.read_text().split("\n\n")) if REFUSED.exists() else set()
    for _ in range(BUILDS):
        table = {path: [site for site in sites if not refused & {mutant.name() for mutant in site.mutants}]
                 for path, sites in table.items()}
        wrong = build(table)
        if not wrong:
            failed = run(NONE)
            if failed:
                raise SystemExit(f"mutants: {failed} without any mistake")
            break
        new = {mutant.name() for sites in table.values() for site in sites for mutant in site.mutants
               if (mutant.file, mutant.row) in wrong}
        if not new:
            raise SystemExit(f"mutants: what does not compile is no mutant: {sorted(wrong)}")
        print(f"# {len(new)} mutants do not compile", flush=True)
        refused |= new
        REFUSED.write_text("\n\n".join(sorted(refused)))
    kept = {mutant.number for sites in table.values() for site in sites for mutant in site.mutants}
    return [mutant for mutant in mutants if mutant.number in kept]


def run(number):
    """What the unit tests have to tell with that mutant; None if they pass."""
    tests = subprocess.Popen(
        [str(TESTS), "--testing-library", "swift-testing", "--filter", "UnitTests"],
        env={**os.environ, "WQ_MUTANT": str(number)}, cwd=TREE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True)
    try:
        told = tests.communicate(timeout=SECONDS)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(tests.pid, signal.SIGKILL)
        tests.communicate()
        return "the unit tests, which did not end"
    if tests.returncode == 0:
        return None
    failed = re.search(r"Test (\w+)\(.*?\) recorded an issue", told) or re.search(r"Test (\w+)\(.*?failed after", told)
    return f"the unit test {failed[1]}" if failed else f"the unit tests, which ended with {tests.returncode}"


def trial(mutant):
    return run(mutant.number)
