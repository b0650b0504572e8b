# SPDX-License-Identifier: Apache-2.0
"""`lazaret run` with its registrar on free ports of loopback, in a folder of
its own."""
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

import freeradius

BUILD = pathlib.Path(os.environ.get("LAZARET_BUILD") or "build").absolute()
LAZARET = BUILD / "lazaret"
READER = BUILD / "tests" / "interop" / "registrar_reader"
READY_WAIT_S = 30

CONFIG = """network: {{ name: example, inside: [10.0.0.0/8, "2001:db8::/32"],
  source_filtered: true }}
state_dir: {folder}/state
run_dir: {folder}/run
listen: {{ netflow: "127.0.0.1:0", ipfix: "127.0.0.1:0",
  sflow: "127.0.0.1:0",
  metrics: "127.0.0.1:0", portal: "127.0.0.1:0", accounting: "127.0.0.1:0",
  syslog: "127.0.0.1:0", syslog_tcp: "127.0.0.1:0", nat: "127.0.0.1:0",
  api: "127.0.0.1:0" }}
{more}
"""

CLIENTS = """registrar:
  accounting:
    clients:
      - {{ address: 127.0.0.1, name: bng, secret_file: secret,
          proxy: {proxy}, interim: 10m, clock_error: 2s,
          holder: [class, user-name] }}
"""


def clients(proxy=False):
    return CLIENTS.format(proxy="true" if proxy else "false")


class Registrar:
    """Running from the beginning; `more` is YAML behind the listeners."""

    def __init__(self, folder, more, roles=("registrar", "metrics"),
                 secret=freeradius.SECRET):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "lazaret.yaml"
        (self.folder / "secret").write_text(secret + "\n")
        self.config.write_text(CONFIG.format(folder=self.folder, more=more))
        self.roles = roles
        self.process = None
        self.start()

    def start(self):
        words = [word for role in self.roles for word in ("--role", role)]
        with open(self.folder / "out", "wb") as out, \
                open(self.folder / "err", "ab") as err:
            self.process = subprocess.Popen(
                [LAZARET, "run", "--config", self.config, "--json", *words],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.until("registrar: ready", lambda: all(
            f"{role}: ready" in self.said() for role in self.roles))

    def until(self, what, condition, wait_s=READY_WAIT_S):
        """Waits for a condition, with a deadline; how long it took."""
        begun = time.monotonic()
        while not condition():
            if self.process.poll() is not None or \
                    time.monotonic() - begun > wait_s:
                raise RuntimeError(f"not in time: {what}\n{self.said()}")
            time.sleep(0.01)
        return time.monotonic() - begun

    def said(self):
        return (self.folder / "err").read_text(errors="replace")

    def port(self, name):
        """Of a listener, by its name."""
        for line in (self.folder / "out").read_text().splitlines():
            said = json.loads(line)
            if said.get("kind") == "listening" and said.get("name") == name:
                return int(said["address"].rsplit(":", 1)[1])
        raise RuntimeError(f"nobody listens for {name}:\n{self.said()}")

    def pid(self, role="registrar"):
        """Of a role; 0: there is none just now."""
        wanted = f"lazaret-{role}"[:15]  # the kernel keeps so many characters
        parent = self.process.pid
        try:
            with open(f"/proc/{parent}/task/{parent}/children",
                      encoding="ascii") as children:
                pids = [int(pid) for pid in children.read().split()]
        except FileNotFoundError:
            return 0
        for pid in pids:
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                    name, rest = stat.read().split("(", 1)[1].rsplit(")", 1)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if name == wanted and rest.split()[0] not in "ZX":
                return pid
        return 0

    def processor_seconds(self):
        return freeradius.processor_seconds(self.pid())

    def intake_seconds(self):
        """Processor time of what listens, stores and answers: all but the
        indexer, which is the role's first thread."""
        pid = self.pid()
        return sum(freeradius.processor_seconds(pid, thread)
                   for thread in os.listdir(f"/proc/{pid}/task")
                   if int(thread) != pid)

    def counter(self, name):
        """Of the metrics page, 0 where it isn't there."""
        url = f"http://127.0.0.1:{self.port('metrics')}/metrics"
        with urllib.request.urlopen(url, timeout=10) as page:
            for line in page.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[-1])
        return 0.0

    def indexed(self):
        """Has the index read all that is durable?"""
        return self.counter("lazaret_registrar_raw_indexed") >= \
            self.counter("lazaret_registrar_raw_last")

    def read(self, what, asked=""):
        """What it has kept: "raw" or "index"."""
        done = subprocess.run(
            [READER, what, self.folder / "state" / "registrar" / what],
            input=asked, text=True, capture_output=True, check=False,
            timeout=120)
        if done.returncode:
            raise RuntimeError(f"{what} can't be read: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def lazaret(self, *words):
        done = subprocess.run([LAZARET, *words, "--config", self.config],
                              text=True, capture_output=True, check=False)
        return done

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(READY_WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode
