"""The clock of the servers, which a small library adds an offset to."""

import mmap
import pathlib
import struct
import subprocess
import time

MS = 1000


class Clock:
    """An offset (ms) that may change while servers run, and when it did."""

    def __init__(self, folder):
        self.file, self.library = folder / "clock", folder / "clock.so"
        self.file.write_bytes(struct.pack("=q", 0))
        with open(self.file, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 8)
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self.library,
                        pathlib.Path(__file__).with_name("clock.c")], check=True)
        # (since when, by the monotonic clock, the offset)
        self.history = [(0.0, 0)]

    @property
    def environment(self):
        return {"LD_PRELOAD": str(self.library), "SOAK_CLOCK": str(self.file)}

    @property
    def offset(self):
        return self.history[-1][1]

    def set(self, offset):
        """From now on. The history has the change first: who asks it meanwhile allows for both."""
        self.history.append((time.monotonic(), offset))
        self.page[:8] = struct.pack("=q", offset * MS)

    def span(self, begin):
        """The earliest and the latest time that the servers may have shown since then, in ms."""
        now, ago = time.time() * MS, (time.monotonic() - begin) * MS
        history = list(self.history)
        ends = [since for since, _ in history[1:]] + [float("inf")]
        offsets = [offset for (_, offset), end in zip(history, ends) if end >= begin]
        return now - ago + min(offsets) - 2, now + max(offsets) + 2
