#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole chain by its real roles, live: a subscriber's RADIUS session, the
traffic of an infected machine behind it, the case, the notice. What only the
session's Start vouches for is probable and tells nobody; its next Interim makes
it certain, and the right account is told. Then the address goes to somebody
else: what is seen within the clocks' error of that is nobody's, and what is
seen later is the other's. Nobody is ever blamed wrongly."""
import hashlib
import pathlib
import re
import shutil
import socket
import sqlite3
import struct
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "interop"))
import freeradius  # noqa: E402
import registrar  # noqa: E402
from datagrams import check  # noqa: E402

LINE, NEXT_LINE = "10.0.0.7", "10.0.0.8"
# One for each call: the same call again is no new sighting for a while.
SERVERS, SERVER_PORT = [f"192.0.2.{66 + i}" for i in range(4)], 48101
START, STOP, INTERIM = 1, 2, 3
CERTAINTY = {0: "nobody", 1: "expired", 2: "ambiguous", 3: "probable",
             4: "certain"}
ERROR_S = 1  # of the registrar's client, each way
# All clocks' errors together: that, a second of a stamp, as much of a flow,
# and five of who asks.
APART_S = 10
MORE = f"""registrar:
  accounting:
    clients:
      - {{ address: 127.0.0.1, name: bng, secret_file: secret,
          nas: [192.0.2.1], clock_error: {ERROR_S}s }}
indicators: [ {{ csv: indicators.csv }} ]
exporters:
  - {{ address: 127.0.0.1, active_timeout: 2s, inactive_timeout: 2s }}
policy: {{ notice_at: 2 }}
mode: live
live: [ notice ]
notice: {{ maildir: outbox, from: abuse@isp.example, phone: "+1 555 0100",
  operator: Example Net, contacts: contacts.csv }}
"""
INDICATORS = ("type,value,port,proto,family,source,first_seen,last_seen,"
              "valid_until\n" + "".join(
                  f"address,{server},{SERVER_PORT},tcp,examplebot,list-a,,,\n"
                  for server in SERVERS))


def words(kind, *values):
    """Attributes of a RADIUS packet."""
    return b"".join(struct.pack("!BB", kind, 2 + len(value)) + value
                    for value in values)


class Bng:
    """Sends accounting, and waits for each answer."""

    def __init__(self, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.connect(("127.0.0.1", port))
        self.sock.settimeout(10)
        self.number = 0

    def say(self, status, user, at, line=LINE):
        self.number += 1
        inside = (words(40, struct.pack("!I", status)) +
                  words(4, socket.inet_aton("192.0.2.1")) +
                  words(44, f"session-{user}".encode()) +
                  words(1, user.encode()) +
                  words(8, socket.inet_aton(line)) +
                  words(55, struct.pack("!I", at)) +
                  words(41, struct.pack("!I", max(0, int(time.time()) - at))))
        head = struct.pack("!BBH", 4, self.number, 20 + len(inside))
        secret = freeradius.SECRET.encode()
        sign = hashlib.md5(head + bytes(16) + inside + secret).digest()
        self.sock.send(head + sign + inside)
        answer = self.sock.recv(4096)
        check(answer[:2] == bytes((5, self.number)) and answer[4:20] ==
              hashlib.md5(answer[:4] + sign + answer[20:] + secret).digest(),
              f"{user}: status {status} is answered")


class Router:
    """Exports NetFlow v9."""
    FIELDS = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4),
              (22, 4), (21, 4)]
    BOOT_S = 100

    def __init__(self, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.connect(("127.0.0.1", port))
        self.begun = time.time() - self.BOOT_S
        self.number = 0

    def uptime_ms(self, at):
        return int((at - self.begun) * 1000)

    def contact(self, line=LINE):
        """The machine behind the line has just called its server, for half a
        second; answers when."""
        now = time.time()
        at = now - 1
        template = struct.pack("!HHHH", 0, 8 + 4 * len(self.FIELDS), 256,
                               len(self.FIELDS)) + b"".join(
                                   struct.pack("!HH", *field)
                                   for field in self.FIELDS)
        record = (socket.inet_aton(line) +
                  socket.inet_aton(SERVERS[self.number]) +
                  struct.pack("!HHBBIIII", 40000 + self.number, SERVER_PORT, 6,
                              0x1a, 12, 1800, self.uptime_ms(at),
                              self.uptime_ms(at + 0.5)))
        data = struct.pack("!HH", 256, 4 + len(record) + -len(record) % 4)
        head = struct.pack("!HHIIII", 9, 2, self.uptime_ms(now), int(now),
                           self.number, 1)
        self.number += 1
        self.sock.send(head + template + data + record +
                       bytes(-len(record) % 4))
        return at


class House:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / "indicators.csv").write_text(INDICATORS)
        (folder / "contacts.csv").write_text(
            "party,mail\n" + "".join(f"{name},{name}@lines.example\n"
                                     for name in ("ann", "bob", "carol")))
        self.own = registrar.Registrar(
            folder / ".", MORE, ("sensor", "registrar", "desk", "notifier",
                                 "metrics"))
        self.until = self.own.until

    def ask(self, statement, *values):
        desk = self.folder / "state" / "desk" / "desk.sqlite"
        with sqlite3.connect(f"file:{desk}?mode=ro", uri=True,
                             timeout=10) as store:
            return store.execute(statement, values).fetchall()

    def sighting(self, at, line=LINE):
        """How certain, and whose case it is in: of what was seen then."""
        address = bytes(10) + b"\xff\xff" + socket.inet_aton(line)
        found = self.ask(
            "SELECT s.certainty, a.label FROM sighting s "
            "LEFT JOIN case_ c ON c.id = s.case_id "
            "LEFT JOIN account a ON a.party = c.party "
            "WHERE s.address = ? AND abs(s.time_us - ?) < 1500000",
            address, int(at * 1e6))
        return (CERTAINTY[found[0][0]], found[0][1]) if found else None

    def told(self):
        """Whom the desk has decided to tell, oldest first: by number of the
        notice."""
        return dict(self.ask(
            "SELECT n.id, a.label FROM notice n "
            "JOIN case_ c ON c.id = n.case_id "
            "LEFT JOIN account a ON a.party = c.party ORDER BY n.created_us"))

    def letters(self):
        """To whom the notifier's letters are; they name nobody themselves."""
        box = self.folder / "outbox" / "new"
        ids = [int(re.search(r"^Message-ID: <lz-([0-9a-f]{16})@",
                             path.read_text(), re.MULTILINE).group(1), 16)
               for path in box.iterdir()] if box.exists() else []
        told = self.told()
        return sorted(told[number - (number >> 63 << 64)] for number in ids)

    def becomes(self, at, certainty, account, line=LINE):
        self.until(f"{line} is {certainty} {account}",
                   lambda: self.sighting(at, line) == (certainty, account))
        check(True, f"{line}: {certainty} {account or '(nobody is named)'}")

    def writes_to(self, *names):
        self.until(f"letters to {names}",
                   lambda: self.letters() == sorted(names))
        check(list(self.told().values()) == list(names),
              f"told: {', '.join(names)}")


def wait_until(house, moment):
    house.until("a moment", lambda: time.time() >= moment)


def chain(folder):
    house = House(folder)
    try:
        bng = Bng(house.own.port("accounting"))
        router = Router(house.own.port("netflow"))
        ann_is_told(house, bng, router)
        carol_came_late(house, bng, router)
        between = bob_comes(house, bng, router)
        check(house.sighting(between)[0] not in ("certain", "nobody") and
              not house.sighting(between)[1],
              "what was seen in between is still nobody's")
        check(house.letters() == ["ann", "bob", "carol"],
              "one letter each: nobody was blamed wrongly")
        check("died" not in house.own.said(), "no role has died")
    finally:
        house.own.end()


def ann_is_told(house, bng, router):
    bng.say(START, "ann", int(time.time()) - 60)
    house.until("the Start is indexed", lambda: house.own.counter(
        "lazaret_registrar_raw_indexed") == 1)
    seen = router.contact()
    house.becomes(seen, "probable", None)
    wait_until(house, seen + APART_S)
    check(house.sighting(seen) == ("probable", None) and not house.told() and
          not house.letters(), "probable tells nobody")
    bng.say(INTERIM, "ann", int(time.time()))
    house.becomes(seen, "certain", "ann")
    house.writes_to("ann")


def carol_came_late(house, bng, router):
    """Her machine was quicker than her line's Start."""
    seen = router.contact(NEXT_LINE)
    house.becomes(seen, "nobody", None, NEXT_LINE)
    bng.say(START, "carol", int(time.time()) - 60, NEXT_LINE)
    house.becomes(seen, "probable", None, NEXT_LINE)
    wait_until(house, seen + APART_S)
    check(house.letters() == ["ann"], "probable tells nobody")
    bng.say(INTERIM, "carol", int(time.time()), NEXT_LINE)
    house.becomes(seen, "certain", "carol", NEXT_LINE)
    house.writes_to("ann", "carol")


def bob_comes(house, bng, router):
    """Onto ann's address; answers when something was seen in between."""
    moved = int(time.time())
    bng.say(STOP, "ann", moved)
    wait_until(house, moved + 1)
    bng.say(START, "bob", moved + 1)
    between = router.contact()
    house.until("a sighting", lambda: house.sighting(between))
    check(house.sighting(between)[0] in ("probable", "ambiguous") and
          not house.sighting(between)[1],
          "between two holders nobody is certain")
    wait_until(house, moved + 1 + APART_S)
    seen = router.contact()
    house.becomes(seen, "probable", None)
    wait_until(house, seen + APART_S)
    bng.say(INTERIM, "bob", int(time.time()))
    house.becomes(seen, "certain", "bob")
    house.writes_to("ann", "carol", "bob")
    return between


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lazaret-chain-"))
    folder.chmod(0o755)
    try:
        chain(folder / "house")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
