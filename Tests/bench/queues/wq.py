"""wq itself, with the programs in $WQ_BIN."""
import os
import subprocess

from base import BATCH, COMMANDS_AT_ONCE, STAMP, OnRedis

BIN = os.environ["WQ_BIN"]


class Wq(OnRedis):
    title = "wq"
    client = "its programs"
    patience = "a lease of 20 s"

    def start(self):
        super().start()
        self.env = {"WQ_URL": f"unix://{self.socket}", "PATH": f"{BIN}:{os.environ['PATH']}"}

    def work(self, *words, **options):
        return self.spawn(f"{BIN}/wq-work", "-q", *words, env={**os.environ, **self.env}, **options)

    def push(self, lines):
        self.shell('wq-push -q job <"$1"', self.lines(lines), env=self.env)

    def drain(self):
        self.shell(f"until wq-empty job; do wq-lease -n {BATCH} job | wq-complete job - || exit; done", env=self.env)

    def commands(self):
        self.shell(f"wq-work -q -j {COMMANDS_AT_ONCE} job /bin/true", env=self.env)

    def loop(self):
        self.shell('while lease=$(wq-lease job); do wq-complete job "${lease%%"\t"*}"; done', env=self.env)

    def feed(self):
        self.shell("wq-work -q --feed job sh -c 'while IFS= read -r item; do echo 0; done'", env=self.env)

    def begin(self, stamps, seconds):
        return self.work("--forever", "job", STAMP, stamps, str(seconds))

    def take(self, count):
        subprocess.run([f"{BIN}/wq-lease", "-l", "1h", "-n", str(count), "job"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, **self.env})
