#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make demo: the main job on one machine, in real time.

An invented provider of 300 lines exports NetFlow v9 and IPFIX over loopback
into a running `lazaret run`; the truth about its lines is known, so what was
found, told and would be measured is compared with it. Notices alone are live,
into a Maildir of a temporary folder; nothing leaves the machine. As root, where
network namespaces can be made, one line is then filtered, put into a garden and
released for real, on the test bed of tests/interop.

On a terminal it stays up after that, to be looked at, until Ctrl-C; with
ONCE=1, or without a terminal, it ends. Ends with 1 when a line was missed or
named wrongly, 70 when the demo itself went wrong.
"""
import collections
import csv
import datetime
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

QUIET_S = 90     # a UDP flood is only known by what a line did before
DURATION_S = 210
SETTLE_S = 60    # after the last datagram
FAULT = 70

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("LAZARET_BUILD") or ROOT / "build")
LAZARET = BUILD / "lazaret"
TERMINAL = sys.stdout.isatty()


class Fault(Exception):
    """The demo can't go on."""


def say(text=""):
    print(text, flush=True)


def lazaret(*arguments):
    """Runs a command that ends by itself; its standard output."""
    done = subprocess.run([LAZARET, *map(str, arguments)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1):
        raise Fault(f"lazaret {' '.join(map(str, arguments))}: "
                    f"{done.returncode}: {done.stderr.strip()}")
    return done.stdout


def lines_of(*arguments):
    return [json.loads(line) for line in lazaret(*arguments).splitlines()]


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Truth:
    """Who is infected in the invented provider, by address."""

    def __init__(self, path):
        with open(path, newline="", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))
        self.by_v4 = {row["address"]: row for row in self.rows}
        self.by_v6 = {ipaddress.ip_network(row["prefix"]): row
                      for row in self.rows}

    def line(self, address):
        row = self.by_v4.get(address)
        if row:
            return row
        parsed = ipaddress.ip_address(address)
        return next((row for prefix, row in self.by_v6.items()
                     if parsed in prefix), None)

    def infected(self):
        return [row for row in self.rows if row["infected"] == "yes"]


class Run:
    """`lazaret run` in a folder of its own."""

    def __init__(self, folder):
        self.config = folder / "isp" / "lazaret.yaml"
        self.listening = {}
        self.log = open(folder / "run.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [LAZARET, "run", "--config", self.config, "--json"], text=True,
            stdout=subprocess.PIPE, stderr=self.log, start_new_session=True)

    def wait_ready(self):
        while not {"netflow", "ipfix", "metrics"} <= self.listening.keys():
            line = self.process.stdout.readline()
            if not line:
                raise Fault("lazaret run ended:\n" + self.said())
            line = json.loads(line)
            if line.get("kind") == "listening":
                self.listening[line["name"]] = line["address"]
        deadline = time.monotonic() + 30
        while not self.healthy():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Fault("the roles don't get ready:\n" + self.said())
            time.sleep(0.05)

    def healthy(self):
        host, port = self.listening["metrics"].rsplit(":", 1)
        try:
            with socket.create_connection((host, int(port)), 1) as peer:
                peer.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return b" 200 " in peer.recv(4096).split(b"\r\n")[0]
        except OSError:
            return False

    def said(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(encoding="utf-8")

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.log.close()


def configure(folder):
    lazaret("generate", "--out", folder / "isp", "--start", "now")
    with open(folder / "isp" / "lazaret.yaml", "a", encoding="utf-8") as file:
        file.write(f"""
# Added by the demo: notices alone are live, everything is in one folder.
mode: live
live: [notice]
state_dir: {folder}/state
run_dir: {folder}/run
listen: {{ netflow: "127.0.0.1:0", ipfix: "127.0.0.1:0",
  sflow: "127.0.0.1:0", metrics: "127.0.0.1:0" }}
notice:
  operator: Example Net
  from: abuse@isp.example
  phone: "+1 555 0100"
  maildir: {folder}/mail
""")


class Watch:
    """What the desk says, asked for again and again."""

    def __init__(self, run):
        self.run = run
        self.cases = {}
        self.started = time.monotonic()

    def ask(self):
        for case in lines_of("case", "list", "--all", "--json", "--config",
                             self.run.config):
            new = case["case"] not in self.cases
            self.cases[case["case"]] = case
            if new and not TERMINAL:
                say(f"  {self.passed():5.0f} s  case {case['case']}: "
                    f"{', '.join(case.get('classes', []))}")

    def passed(self):
        return time.monotonic() - self.started

    def bar(self):
        if not TERMINAL:
            return
        passed = min(self.passed(), DURATION_S)
        done = int(passed * 30 / DURATION_S)
        print(f"\r  [{'#' * done}{'.' * (30 - done)}] {passed:3.0f} of "
              f"{DURATION_S} s, attacks from {QUIET_S} s on, "
              f"{len(self.cases)} found ", end="", flush=True)


def send(run, watch):
    """The traffic, in real time; the desk is asked once a second."""
    sender = subprocess.Popen(
        [LAZARET, "generate", "--netflow", run.listening["netflow"],
         "--ipfix", run.listening["ipfix"], "--quiet", str(QUIET_S),
         "--duration", str(DURATION_S)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while sender.poll() is None:
            if run.process.poll() is not None:
                raise Fault("lazaret run ended:\n" + run.said())
            watch.ask()
            watch.bar()
            time.sleep(1)
    finally:
        if sender.poll() is None:
            sender.terminate()
    if sender.returncode:
        raise Fault(f"lazaret generate ended with {sender.returncode}")


def settle(run, watch, truth):
    """Until all that is infected is told, or nothing comes any more."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        watch.ask()
        stories = [Story(run, case, truth) for case in watch.cases]
        told = {story.line["party"] for story in stories
                if story.line and story.delivered}
        if told >= {row["party"] for row in truth.infected()}:
            return stories
        time.sleep(1)
    return stories


class Story:
    """One case: what was seen, whom it names, what came of it."""

    def __init__(self, run, case, truth):
        by_kind = collections.defaultdict(list)
        for line in lines_of("case", "show", case, "--json", "--config",
                             run.config):
            by_kind[line["kind"]].append(line)
        self.case = by_kind["case"][0]
        self.sightings = by_kind["sighting"]
        self.measures = by_kind["measure"]
        self.notices = by_kind["notice"]
        self.receipts = by_kind["receipt"]
        addresses = [sighting["address"] for sighting in self.sightings]
        self.address = addresses[0] if addresses else "?"
        self.line = truth.line(addresses[0]) if addresses else None
        self.certain = self.case["certainty"] == "certain"
        self.delivered = [receipt for receipt in self.receipts
                          if receipt["receipt"] == "delivered"]

    def steps(self):
        """(what, seconds since the first packet that counted)."""
        if not self.sightings:
            return []
        begin = min(when(s["first"]) for s in self.sightings)
        found = [("seen", min(when(s["known"]) for s in self.sightings)),
                 ("case", when(self.case["opened"]))]
        if self.delivered:
            found.append(("told", when(self.delivered[0]["time"])))
        if self.measures:
            found.append(("measure", min(when(m["time"])
                                         for m in self.measures)))
        return [(what, (at - begin).total_seconds()) for what, at in found]


def report(run, stories, truth, folder):
    say("\nFound, with the seconds since the first packet that counted:\n")
    for story in sorted(stories, key=lambda s: s.case["opened"]):
        steps = "  ".join(f"{what} +{s:.1f}" for what, s in story.steps())
        say(f"  {story.address:<26} {', '.join(story.case['classes']):<26} "
            f"{steps}")
        for measure in story.measures:
            say(f"    would be measured: {measure['measure']} "
                f"{measure['target']}: {measure['reason']}")
    others = collections.Counter(row["behaviour"] for row in truth.rows
                                 if row["infected"] == "no")
    say("\nNot infected, and not to be named: " +
        ", ".join(f"{n} {name}" for name, n in others.most_common()))
    if stories:
        most = max(stories, key=lambda s: len(s.measures))
        say("\nWhy, in full, for one of them:\n\n  $ lazaret explain " +
            most.case["case"] + "\n")
        say(lazaret("explain", most.case["case"], "--config", run.config))
    mails = sorted((folder / "mail" / "new").iterdir())
    if mails:
        say(f"One of {len(mails)} notices in {folder}/mail/new:\n")
        say(mails[0].read_text(encoding="utf-8"))


def judge(stories, truth):
    infected = {row["party"] for row in truth.infected()}
    found = {s.line["party"] for s in stories
             if s.line and s.certain and s.line["party"] in infected}
    told = {s.line["party"] for s in stories if s.line and s.delivered}
    held = {s.line["party"] for s in stories if s.line and s.measures}
    wrong = {s.address for s in stories
             if not s.line or s.line["party"] not in infected}
    for row in truth.infected():
        if row["party"] not in found:
            say(f"missed: {row['party']} ({row['behaviour']})")
    for address in sorted(wrong):
        say(f"blamed wrongly: {address}")
    missed = infected - (found & told)
    line = (f"demo: {len(found)} infected, {len(told)} noticed, "
            f"{len(held)} quarantined, {len(wrong)} blamed wrongly")
    return line, 1 if missed or wrong else 0


def stay(run, folder):
    say(f"\nStill running; look around in another terminal, Ctrl-C ends it "
        f"and takes {folder} away:\n"
        f"  export LAZARET_CONFIG={run.config}\n"
        f"  {LAZARET} case list\n"
        f"  curl http://{run.listening['metrics']}/metrics")
    try:
        while run.process.poll() is None:
            time.sleep(1)
    except KeyboardInterrupt:
        say()


def measures():
    """The measures themselves, on a bed of namespaces; 1 if one went wrong."""
    os.environ["LAZARET_BUILD"] = str(BUILD)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT / "tests" / "interop"))
    import bed
    import night_test
    say("\nMeasures in force, on one gateway in network namespaces (softflowd, "
        "unbound, a SIP call, nftables; seen from all sides):\n")
    try:
        b = bed.Bed()
    except bed.Failed as error:
        say(f"  not shown, so all measures above are dry: {error}")
        return 0
    with b:
        try:
            night_test.short(b)
        except (night_test.Wrong, bed.Failed, OSError) as error:
            say(f"  went wrong: {error}")
            return 1
    return 0


def demo(folder):
    say("An invented provider of 300 lines; nothing leaves this machine.")
    configure(folder)
    truth = Truth(folder / "isp" / "truth.csv")
    run = Run(folder)
    try:
        run.wait_ready()
        say(f"  NetFlow v9 to {run.listening['netflow']}, IPFIX to "
            f"{run.listening['ipfix']}, both UDP, {DURATION_S} s in real "
            f"time; attacks begin after {QUIET_S} s")
        watch = Watch(run)
        send(run, watch)
        if TERMINAL:
            say()
        stories = settle(run, watch, truth)
        report(run, stories, truth, folder)
        line, code = judge(stories, truth)
        code = measures() or code
        if TERMINAL and not os.environ.get("ONCE"):
            say(line)
            stay(run, folder)
        return line, code
    finally:
        run.end()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAULT))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lazaret-demo-"))
    # The roles' users pass through it; they can't list it.
    folder.chmod(0o711)
    try:
        line, code = demo(folder)
    except Fault as fault:
        print(f"demo: {fault}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(line)
    return code


if __name__ == "__main__":
    sys.exit(main())
