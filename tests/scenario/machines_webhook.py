#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rented machines by POST /api/v1/machines: who may say it, what can't be
understood, what is certain of it; and what was answered is in the index, over
kill -9 of the role that answered and of the one that indexes."""
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "interop"))
import registrar  # noqa: E402
from datagrams import check  # noqa: E402

MORE = """registrar: { webhook: true }
api: { tokens: tokens }
"""
TOKENS = {"the hypervisor": ("hypervisor-1", "machines"),
          "the noc": ("noc", "who")}
PATH = "/api/v1/machines"
KILLS = 6
QUICK_DEATH_S = 1.05  # who lives longer is started again at once


def stamp(at):
    return datetime.datetime.fromtimestamp(
        at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class House:
    def __init__(self, folder):
        folder.mkdir()
        (folder / "tokens").write_text("".join(
            f"{hashlib.sha256(token.encode()).hexdigest()} {name} {may}\n"
            for token, (name, may) in TOKENS.items()))
        self.own = registrar.Registrar(folder, MORE,
                                       ("registrar", "web", "metrics"))

    def post(self, body, token="the hypervisor", method="POST"):
        """Status and answer; None where nobody answers."""
        link = http.client.HTTPConnection("127.0.0.1", self.own.port("api"),
                                          timeout=10)
        try:
            link.request(method, PATH, body if method == "POST" else None,
                         {"Authorization": f"Bearer {token}"})
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            link.close()

    def who(self, address, at):
        done = self.own.lazaret("who", address, "--at", stamp(at), "--reveal",
                                "--json", "--why", "scenario")
        if done.returncode:
            check(False, f"who {address}: {done.stderr}")
        said = json.loads(done.stdout)
        return said["certainty"], said.get("account")


def row(event, address, at, **more):
    return {"event": event, "address": address, "vm": "vm-7", "time": stamp(at),
            **more}


def still(address, since, **more):
    return {"address": address, "vm": "vm-7", "valid_from": stamp(since),
            **more}


def who_may_say_what(house):
    good = json.dumps(row("assign", "10.0.0.7", time.time(), account="ann"))
    for status, asked in ((401, {"token": "nobody's"}),
                          (403, {"token": "the noc"}), (405, {"method": "GET"})):
        check(house.post(good, **asked)[0] == status, f"{asked}: {status}")
    for why, body in (("no JSON", "{"), ("nothing", "[]"),
                      ("no zone", good.replace("Z\"", "\"")),
                      ("no address", good.replace("10.0.0.7", "line 7")),
                      ("one of two", f"[{good}, {{}}]")):
        status, answer = house.post(body)
        check(status == 400 and answer["error"], f"{why}: {answer}")


def one_machine(house, now):
    address = "10.0.0.7"
    check(house.post(json.dumps(row("assign", address, now - 600,
                                    account="ann"))) ==
          (200, {"stored": 1}), "an assignment is stored")
    house.own.until("it is indexed", lambda: house.who(
        address, now - 300) == ("probable", "ann"))
    check(True, "not said again since: probable")
    # A second assignment doesn't say what was in between; this does.
    house.post(json.dumps([still(address, now - 600, account="ann"),
                           still("10.0.0.8", now - 600, reseller="dana",
                                 account="eve")]))
    house.own.until("it is certain", lambda: house.who(
        address, now - 300) == ("certain", "ann"))
    check(True, "said again: certain")
    check(house.who("10.0.0.8", now - 60)[1] == "dana",
          "a reseller is the holder of what he lets on")
    moved = int(time.time()) + 1
    house.post(json.dumps([row("release", address, moved),
                           row("assign", address, moved, account="bob")]))
    house.own.until("bob has it", lambda: house.who(
        address, moved + 30) == ("probable", "bob"))
    check(house.who(address, now - 300) == ("certain", "ann"),
          "it has moved to bob, and ann had it before")
    check(house.who(address, moved)[0] in ("ambiguous", "probable"),
          "where it moved nobody is certain")


class Killing:
    """Kills both roles at random moments, and waits until they are back."""

    def __init__(self, own):
        self.own = own
        self.left = KILLS
        self.failed = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        rng = random.Random(20260117)
        try:
            while self.left:
                time.sleep(QUICK_DEATH_S + rng.random() / 2)
                before = {role: self.own.pid(role)
                          for role in ("web", "registrar")}
                for pid in before.values():
                    os.kill(pid, signal.SIGKILL)
                self.own.until("both are back", lambda before=before: all(
                    self.own.pid(role) not in (0, pid)
                    for role, pid in before.items()))
                self.left -= 1
        except (RuntimeError, OSError) as error:
            self.failed = error
            self.left = 0


def nothing_is_lost(house, now):
    """Kills while words are said: each that was answered is there."""
    answered, number = [], 0
    killing = Killing(house.own)
    while killing.left:
        address = f"10.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        said = house.post(json.dumps(row("assign", address, now,
                                         account=f"account-{number}")))
        if said == (200, {"stored": 1}):
            answered.append((address, f"account:account-{number}"))
        number += 1
    killing.thread.join()
    check(not killing.failed, f"{KILLS} kills of both {killing.failed or ''}")
    check(len(answered) > KILLS, f"{len(answered)} of {number} were answered")
    house.own.until("all is indexed", lambda: house.own.indexed() and
                    held(house, answered[-1:]) == set(answered[-1:]))
    lost = set(answered) - held(house, answered)
    check(not lost, f"{len(lost)} of what was answered isn't in the index")


def held(house, asked):
    return {(row["subject"], row["party"]) for row in house.own.read(
        "index", "".join(address + "\n" for address, _ in asked))}


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lazaret-webhook-"))
    folder.chmod(0o755)
    try:
        house = House(folder / "house")
        try:
            now = int(time.time())
            who_may_say_what(house)
            one_machine(house, now)
            nothing_is_lost(house, now)
        finally:
            house.own.end()
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
