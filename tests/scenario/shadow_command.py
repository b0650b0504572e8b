#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lazaret shadow` beside the real roles in shadow, over the traffic of an
invented provider: what would be done stands in the report and nothing is done,
the sample is drawn by seed, a person's verdict comes into the bound, the
desk's own tickets are compared row by row, and no account is ever shown.
"""
import csv
import datetime
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("LAZARET_BUILD", "build"))
LAZARET = BUILD / "lazaret"
WAIT_S = 60
QUIET_S, DURATION_S = 2, 26


def lazaret(*arguments, code=0):
    done = subprocess.run([LAZARET, *map(str, arguments)], text=True,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done.stdout, done.stderr


class Roles:
    """`lazaret run` in a folder."""

    def __init__(self, conf, folder):
        self.log = open(folder / "run.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [LAZARET, "run", "--config", conf, "--json"], text=True,
            stdout=subprocess.PIPE, stderr=self.log)
        self.address = {}
        while not {"netflow", "ipfix", "metrics"} <= self.address.keys():
            line = json.loads(self.process.stdout.readline())
            if line["kind"] == "listening":
                self.address[line["name"]] = line["address"]
        until("ready", self.healthy)

    def healthy(self):
        host, port = self.address["metrics"].rsplit(":", 1)
        try:
            with socket.create_connection((host, int(port)), 1) as peer:
                peer.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return b" 200 " in peer.recv(4096).split(b"\r\n")[0]
        except OSError:
            return False

    def end(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()


def until(what, check):
    deadline = time.monotonic() + WAIT_S
    while not (found := check()):
        assert time.monotonic() < deadline, f"no {what} within {WAIT_S} s"
        time.sleep(0.2)
    return found


class Shadow:
    def __init__(self, conf):
        self.conf = conf

    def lines(self, *more, code=0):
        said, _ = lazaret("shadow", "report", "--config", self.conf, "--json",
                          *more, code=code)
        assert not re.search(r"line-\d|198\.51\.100\.(?!0/)|203\.0\.113\.(?!0/)", said)
        return [json.loads(line) for line in said.splitlines()]

    def one(self, kind, *more, **named):
        return next(line for line in self.lines(*more)
                    if line["kind"] == kind and
                    all(line[key] == value for key, value in named.items()))


def told_cases(shadow):
    """Once the scanners' and the floods' cases are there, the report."""
    lines = shadow.lines("--days", 1)
    classes = {line["class"] for line in lines
               if line["kind"] == "day" and line["would_notices"]}
    return {"scanner", "ddos"} <= classes and lines


def check_days(lines):
    head = lines[0]
    days = [line for line in lines if line["kind"] == "day"]
    assert head["kind"] == "shadow" and head["told"] >= 3, head
    assert head["exporters_heard"] >= 1, head
    assert all(line["notices"] == line["measures"] == line["filters"] == 0
               for line in days), "in shadow nothing is done"
    source = next(line for line in lines if line["kind"] == "source")
    assert source["name"].endswith("bindings.csv"), source
    assert source["certain"] == source["sightings"] > 0, source
    networks = {line.get("name") for line in lines
                if line["kind"] == "network"}
    assert "198.51.100.0/24" in networks, networks
    exporters = {line.get("name") for line in lines
                 if line["kind"] == "exporter"}
    assert "127.0.0.1" in exporters, exporters


def check_sample(shadow):
    def drawn(*more):
        return [line["case"] for line in shadow.lines("--days", 1, *more)
                if line["kind"] == "sample"]
    every = drawn("--sample", 1000)
    assert len(every) == len(set(every)) >= 3, every
    two = drawn("--sample", 2, "--seed", 5)
    assert len(two) == 2 and set(two) <= set(every)
    assert two == drawn("--sample", 2, "--seed", 5), "the same seed, the same"
    assert len({tuple(drawn("--sample", 2, "--seed", seed))
                for seed in range(12)}) > 1, "other seeds draw others"
    assert drawn("--sample", 0) == []
    return every


def check_judging(shadow, cases):
    def bound():
        return shadow.one("bound", "--days", 1, of="notices")
    judge = ("shadow", "judge", "--config", shadow.conf)
    assert bound()["judged"] == 0 and "bound" not in bound()
    lazaret(*judge, cases[0], "right", "--note", "she found it herself")
    lazaret(*judge, cases[1], "wrong", "--as", "bo")
    until("verdicts", lambda: bound()["judged"] == 2)
    assert bound()["wrong"] == 1
    # The same judge thinks again: the last word holds.
    lazaret(*judge, cases[1], "unclear", "--as", "bo")
    until("second word", lambda: bound()["unclear"] == 1)
    assert (bound()["judged"], bound()["wrong"]) == (1, 0)
    assert abs(bound()["bound"] - 0.95) < 1e-6, "one right: 1 - 0.05"
    lazaret(*judge, cases[2], "right")
    until("third", lambda: bound()["judged"] == 2)
    assert abs(bound()["bound"] - (1 - 0.05 ** 0.5)) < 1e-6, bound()
    assert bound()["needed"] == 2995 and bound()["days"] > 0
    left = [line["case"] for line in shadow.lines("--days", 1)
            if line["kind"] in ("sample", "doubt")]
    assert not set(cases[:3]) & set(left), "the judged aren't asked again"
    for wrong in (["nonsense", "right"], [cases[0], "perhaps"],
                  [cases[0], "right", "--note", " "],
                  [cases[0], "right", "--as", "\x1b[2J"]):
        lazaret(*judge, *wrong, code=2)
    lazaret(*judge, "f" * 16, "right", code=1)


def check_tickets(shadow, folder, truth):
    """Semicolons, a BOM, CRLF, quotes, dates, times; rows that are no row."""
    infected = [row for row in truth if row["infected"] == "yes" and
                row["behaviour"] == "scanner"]
    healthy = next(row for row in truth if row["infected"] == "no")
    now = datetime.datetime.now(datetime.timezone.utc)
    rows = ["\ufeffTicket;Account;Time;Address",
            f"1;;{now:%Y-%m-%d};{infected[0]['address']}",
            f'2;"{infected[1]["party"]}";{now:%Y-%m-%dT%H:%M:%SZ};',
            f"3;;{now:%Y-%m-%d};{healthy['address']}",
            f"4;nobody-we-know;{now:%Y-%m-%d};",
            f"5;;{now - datetime.timedelta(days=400):%Y-%m-%d};192.0.2.1",
            "6;;yesterday;192.0.2.1", f"7;;{now:%Y-%m-%d};192.0.2.300",
            f"8;;{now:%Y-%m-%d};", "9;\"open;;", "", ";;;"]
    path = folder / "tickets.csv"
    path.write_bytes("\r\n".join(rows).encode())
    lines = shadow.lines("--days", 1, "--tickets", path, code=1)
    sums = next(line for line in lines if line["kind"] == "tickets")
    assert (sums["tickets"], sums["outside"], sums["rejected"]) == (4, 1, 4)
    assert (sums["both"], sums["never_seen"]) == (2, 2), sums
    assert sums["cases"] - sums["cases_alone"] == 2, sums
    assert [line["line"] for line in lines
            if line["kind"] == "rejected"] == [7, 8, 9, 10]
    path.write_text("address\n192.0.2.1\n")
    report = ("shadow", "report", "--config", shadow.conf, "--tickets")
    _, why = lazaret(*report, path, code=4)
    assert "names no time" in why, why
    lazaret(*report, folder / "none.csv", code=4)
    path.write_text("time,address\n")
    lazaret(*report, path)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)
        lazaret("generate", "--out", folder / "isp", "--start", "now")
        conf = folder / "isp/lazaret.yaml"
        with open(conf, "a", encoding="utf-8") as file:
            file.write(f"state_dir: {folder}/state\nrun_dir: {folder}/run\n"
                       "listen: { netflow: \"127.0.0.1:0\", ipfix: "
                       "\"127.0.0.1:0\", sflow: \"127.0.0.1:0\", "
                       "metrics: \"127.0.0.1:0\" }\n")
        lazaret("shadow", "report", "--config", conf, code=5)
        roles = Roles(conf, folder)
        try:
            lazaret("generate", "--netflow", roles.address["netflow"],
                    "--ipfix", roles.address["ipfix"], "--quiet", QUIET_S,
                    "--duration", DURATION_S)
            shadow = Shadow(conf)
            lines = until("cases", lambda: told_cases(shadow))
            with open(folder / "isp/truth.csv", encoding="utf-8") as file:
                truth = list(csv.DictReader(file))
            check_days(lines)
            cases = check_sample(shadow)
            check_tickets(shadow, folder, truth)
            check_judging(shadow, cases)
            text, _ = lazaret("shadow", "report", "--config", conf)
            for word in ("day by day", "to judge", "most likely wrong",
                         "bindings.csv", "by lot"):
                assert word in text, word
            for wrong in (["--days", 0], ["--bound", 1], ["--sample", 1001],
                          ["--since", "2199-01-01T00:00:00Z"]):
                lazaret("shadow", "report", "--config", conf, *wrong, code=2)
            lazaret("shadow", code=2)
        finally:
            roles.end()
    print("shadow: ok")


sys.stdout.reconfigure(line_buffering=True)
main()
