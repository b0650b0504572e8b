#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real FreeRADIUS hands accounting on to our registrar, and radclient is its
NAS: what it answers is in the raw log and in the index, over any number of
kill -9; and the detail file that FreeRADIUS writes beside, read by another
registrar, makes the same bindings."""
import datetime
import ipaddress
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import freeradius  # noqa: E402
import registrar  # noqa: E402
from datagrams import check, need  # noqa: E402

START, STOP, INTERIM = "Start", "Stop", "Interim-Update"
STATUS = {START: 1, STOP: 2, INTERIM: 3}
KILLS = 25
BATCH = 1500  # sessions that begin at once
KEPT, KEPT_KILLS = 2000, 3  # by FreeRADIUS, which hands on some 600 a second
QUICK_DEATH_S = 1.05  # who lives longer is started again at once
DETAIL = """registrar:
  files:
    - {{ path: {path}, format: radius-detail, name: detail, interim: 10m,
        clock_error: 2s, holder: [class, user-name] }}
"""


def prefix(more, length):
    """Of 2001:db8::/32."""
    return str(ipaddress.ip_network(((0x20010db8 << 96) + more, length)))


class Session:
    """A subscriber who comes, stays and perhaps goes."""

    def __init__(self, number, at):
        self.number = number
        self.name = f"s{number:07x}"
        self.begun = at
        self.ended = None
        self.v4 = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        self.v6 = prefix(number << 64, 64) if number % 3 == 0 else None
        self.delegated = prefix((1 << 23 | number) << 72, 56)
        self.by_class = number % 2 == 0
        self.account = f"class-{number}".encode().hex()
        self.party = f"class:0x{self.account}" if self.by_class else \
            f"user:user-{number}"
        self.said = set()  # what was answered

    def request(self, what, at):
        words = [f'Acct-Session-Id = "{self.name}"',
                 f"Acct-Status-Type = {what}",
                 f'User-Name = "user-{self.number}"',
                 f"NAS-IP-Address = 192.0.2.{1 + self.number % 4}",
                 f"Framed-IP-Address = {self.v4}",
                 f"Delegated-IPv6-Prefix = {self.delegated}",
                 f"Event-Timestamp = {at}",
                 # Else the NAS's clock is taken to be off.
                 f"Acct-Delay-Time = {max(0, int(time.time()) - at)}"]
        if self.v6:
            words.append(f"Framed-IPv6-Prefix = {self.v6}")
        if self.by_class:
            words.append(f"Class = 0x{self.account}")
        if what != START:
            words.append(f"Acct-Session-Time = {at - self.begun}")
        if what == STOP:
            words.append("Acct-Terminate-Cause = User-Request")
        return "\n".join(words) + "\n"

    def subjects(self):
        return [self.v4, self.delegated] + ([self.v6] if self.v6 else [])

    def addresses(self):
        return [subject.split("/")[0] for subject in self.subjects()]


def stamp(at):
    return datetime.datetime.fromtimestamp(
        at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


class Nas:
    """radclient with what it sends."""

    def __init__(self, folder, port):
        self.program = need("radclient")
        self.file = folder / "requests"
        self.port = port
        self.more = ""

    def send(self, words, secret=freeradius.SECRET, patience=("0.25", "120")):
        """(session, what, at) each; marks what was answered, and answers how
        many were not."""
        self.file.write_text("\n".join(session.request(what, at) + self.more
                                       for session, what, at in words))
        done = subprocess.run(
            [self.program, "-x", "-f", self.file, "-p", "100", "-t",
             patience[0], "-r", patience[1], f"127.0.0.1:{self.port}", "acct",
             secret],
            capture_output=True, text=True, check=False, timeout=120)
        silent = {int(number) for number in re.findall(
            r"^\((\d+)\) No reply", done.stdout + done.stderr,
            re.MULTILINE)}
        answers = done.stdout.count("\nReceived Accounting-Response ")
        if answers != len(words) - len(silent):
            raise RuntimeError(f"{answers} answers to {len(words)} words, "
                               f"{len(silent)} silent\n{done.stderr}")
        for number, (session, what, at) in enumerate(words):
            if number not in silent:
                session.said.add(what)
                if what == STOP:
                    session.ended = at
        return len(silent)


def stored(own):
    """Which words stand in the raw log."""
    return {(line["session"], line["status"]) for line in own.read("raw")}


def bindings(own, sessions):
    """By subject: party, begin, end."""
    rows = {}
    asked = "".join(address + "\n" for session in sessions
                    for address in session.addresses())
    for line in own.read("index", asked):
        rows.setdefault(line["subject"], set()).add(
            (line["party"], line["start"], line.get("end")))
    return rows


def expected(sessions):
    rows = {}
    for session in sessions:
        if session.said:
            row = (session.party, stamp(session.begun),
                   stamp(session.ended) if session.ended else None)
            for subject in session.subjects():
                rows.setdefault(subject, set()).add(row)
    return rows


def compare(what, found, wanted):
    for subject in sorted(set(found) | set(wanted)):
        if found.get(subject) != wanted.get(subject):
            check(False, f"{what}: {subject} is {found.get(subject)}, "
                         f"not {wanted.get(subject)}")
    check(wanted, f"{what}: {len(wanted)} subjects, each as it was said")


def all_is_kept(own, sessions):
    answered = {(session.name, STATUS[what]) for session in sessions
                for what in session.said}
    lost = answered - stored(own)
    check(not lost, f"{len(answered)} words answered, {len(lost)} of them "
                    f"not in the raw log {sorted(lost)[:3]}")
    own.until("the index has all", own.indexed, 120)
    compare("index", bindings(own, sessions), expected(sessions))


def who(own, address, at):
    done = own.lazaret("who", address, "--at", stamp(at), "--reveal", "--json",
                       "--why", "interop test")
    if done.returncode:
        check(False, f"who {address}: {done.stderr.strip()}")
    return json.loads(done.stdout.splitlines()[-1])


def words_arrive(folder):
    """Start, Interim, Stop; wrong secret, unknown client."""
    own = registrar.Registrar(folder / "own", registrar.clients(True))
    peer = freeradius.through_to(folder / "peer", own.port("accounting"),
                                 folder / "detail")
    now = int(time.time())
    sessions = [Session(number, now - 3600) for number in range(30)]
    try:
        nas = Nas(folder, peer.port)
        for what, at in ((START, now - 3600), (INTERIM, now - 1800)):
            check(nas.send([(s, what, at) for s in sessions]) == 0,
                  f"each {what} is answered through FreeRADIUS")
        check(nas.send([(s, STOP, now - 900) for s in sessions[::2]]) == 0,
              "each Stop is answered")
        all_is_kept(own, sessions)
        people_are_told(own, sessions, now)
        strangers_stay_out(folder, own, now)
    finally:
        peer.end()
        own.end()


def people_are_told(own, sessions, now):
    """`lazaret who` on what came through FreeRADIUS."""
    for session in sessions[:6]:
        for address in session.addresses():
            for at, what in ((now - 2400, "certain"), (now - 1000, "certain"),
                             (now - 300, "nobody"), (now - 5400, "nobody")):
                if not session.ended and at > now - 1800:
                    what = "probable"  # not heard of since
                said = who(own, address, at)
                if said["certainty"] != what or (
                        what != "nobody" and
                        said.get("account") !=
                        session.party.removeprefix("user:")):
                    check(False, f"{session.party} {what}: {said}")
    check(True, "who names the right account, certain only up to its last word")


def strangers_stay_out(folder, own, now):
    direct = Nas(folder, own.port("accounting"))
    stranger = Session(9999, now)
    before = len(stored(own))
    wrong = "lazaret_registrar_refused_total{reason=\"authenticator\"}"
    check(direct.send([(stranger, START, now)], secret="another",
                      patience=("0.2", "2")) == 1,
          "who has another secret isn't answered")
    direct.more = "Packet-Src-IP-Address = 127.0.0.9\n"
    check(direct.send([(stranger, START, now)], patience=("0.2", "2")) == 1,
          "nor who has the secret and isn't known")
    unknown = "lazaret_registrar_refused_total{reason=\"client\"}"
    check(own.counter(wrong) >= 1 and own.counter(unknown) >= 1,
          "both are counted")
    liar = freeradius.through_to(folder / "liar", own.port("accounting"),
                                 secret="another")
    try:
        check(Nas(folder, liar.port).send([(stranger, START, now)],
                                          patience=("0.2", "2")) == 1,
              "nor who comes through a FreeRADIUS with another secret")
    finally:
        liar.end()
    check(len(stored(own)) == before and not stranger.said,
          "nothing of it is stored")


class Killing:
    """Kills the registrar at random moments, and waits until it is back."""

    def __init__(self, own, kills):
        self.own = own
        self.rng = random.Random(20260117)
        self.left = kills
        self.failed = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        try:
            while self.left:
                time.sleep(QUICK_DEATH_S + self.rng.random() / 2)
                pid = self.own.pid()
                os.kill(pid, signal.SIGKILL)
                self.own.until("the registrar is back", lambda before=pid:
                               self.own.pid() not in (0, before))
                self.left -= 1
        except (RuntimeError, OSError) as error:
            self.failed = error
            self.left = 0


def nothing_is_lost(folder):
    own = registrar.Registrar(folder / "own", registrar.clients(True))
    detail = folder / "detail"
    peer = freeradius.through_to(folder / "peer", own.port("accounting"),
                                 detail)
    sessions, batches, unanswered = [], [], 0
    try:
        nas = Nas(folder, peer.port)
        killing = Killing(own, KILLS)
        while killing.left:
            now = int(time.time())
            batches.append([Session(len(sessions) + i, now)
                            for i in range(BATCH)])
            sessions += batches[-1]
            words = [(s, START, now) for s in batches[-1]]
            if len(batches) > 1:
                words += [(s, INTERIM, now) for s in batches[-2]]
            if len(batches) > 2:
                words += [(s, STOP, max(now, s.begun + 1))
                          for s in batches[-3][::2]]
            # A session's own words are in different batches.
            random.Random(len(batches)).shuffle(words)
            unanswered += nas.send(words)
        killing.thread.join()
        check(not killing.failed, f"{KILLS} kills {killing.failed or ''}")
        check(unanswered == 0, "each word was answered in the end "
                               f"({unanswered} were not)")
        all_is_kept(own, sessions)
        same_by_detail(folder, detail, own, sessions)
    finally:
        peer.end()
        own.end()


def what_it_keeps_comes_too(folder):
    """FreeRADIUS answers by itself and hands on from its file, over kills."""
    own = registrar.Registrar(folder / "own", registrar.clients(True))
    peer = freeradius.keeping_for(folder / "peer", own.port("accounting"),
                                  folder / "kept")
    try:
        now = int(time.time())
        sessions = [Session(number, now) for number in range(KEPT)]
        check(Nas(folder, peer.port).send(
            [(s, START, now) for s in sessions]) == 0,
              "FreeRADIUS answers each Start itself")
        killing = Killing(own, KEPT_KILLS)
        killing.thread.join()
        check(not killing.failed, f"{KEPT_KILLS} kills {killing.failed or ''}")
        own.until("all is handed on", lambda: own.counter(
            "lazaret_registrar_raw_last") >= KEPT and
                  len(stored(own)) == KEPT, 120)
        all_is_kept(own, sessions)
    finally:
        peer.end()
        own.end()


def same_by_detail(folder, detail, live, sessions):
    own = registrar.Registrar(folder / "tail", DETAIL.format(path=detail))
    try:
        own.until("the detail file is read", lambda: own.counter(
            "lazaret_registrar_file_bytes_total") >= detail.stat().st_size and
                  own.indexed(), 120)
        compare("detail file", bindings(own, sessions),
                bindings(live, sessions))
    finally:
        own.end()


def main():
    need("radclient")
    need("freeradius")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lazaret-radius-"))
    folder.chmod(0o755)
    try:
        for test in (words_arrive, nothing_is_lost, what_it_keeps_comes_too):
            place = folder / test.__name__
            place.mkdir()
            place.chmod(0o755)
            test(place)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
