#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real Kea servers lease addresses and prefixes, and our tail and decoder
follow their lease files through Kea's own cleanup (LFC): every row once.

Clients are a relay of ours (many subscribers, option 82, DHCPv6 18 and 37) and
one real dhclient. All of it lives in network and process namespaces of its own
and ends with the test, however that ends. Needs root, kea-dhcp4, kea-dhcp6.
"""
import collections
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("LAZARET_BUILD", "build"))
WAIT_S = 20
POLL_S = 0.02
LFC_S = 3
LIFETIME_S = 600
SERVER4, RELAY4 = "192.0.2.1", "192.0.2.2"
SERVER6, RELAY6 = "2001:db8::1", "2001:db8::2"
NEEDED = ("kea-dhcp4", "kea-dhcp6", "kea-lfc", "dhclient", "unshare", "ip")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def until(what, check):
    """Waits until check() is true; what it answered."""
    deadline = time.monotonic() + WAIT_S
    while not (found := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {WAIT_S} s")
        time.sleep(POLL_S)
    return found


# -- clients, in the namespace at the other end of the cable ------------------


def options(data, size):
    """Code and bytes of DHCP options; `size` of code and length: 1 or 2."""
    found = {}
    form = "!BB" if size == 1 else "!HH"
    at = 0
    while at + 2 * size <= len(data) and data[at] != 255:
        if size == 1 and data[at] == 0:
            at += 1
            continue
        code, length = struct.unpack_from(form, data, at)
        at += 2 * size
        found[code] = data[at:at + length]
        at += length
    return found


def option4(code, data):
    return bytes([code, len(data)]) + data


def option6(code, data):
    return struct.pack("!HH", code, len(data)) + data


class Relay4:
    """A relay agent that puts option 82 in."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((RELAY4, 67))
        self.socket.settimeout(WAIT_S)
        self.number = 0

    def send(self, kind, mac, more=b"", client="0.0.0.0", line=None):
        self.number += 1
        packet = struct.pack("!BBBBIHH", 1, 1, 6, 1, self.number, 0, 0)
        packet += socket.inet_aton(client) + bytes(8)
        packet += socket.inet_aton(RELAY4) + mac + bytes(10) + bytes(192)
        packet += b"\x63\x82\x53\x63" + option4(53, bytes([kind])) + more
        if line:
            circuit, remote = (text.encode() for text in line)
            packet += option4(82, option4(1, circuit) + option4(2, remote))
        self.socket.sendto(packet + b"\xff", (SERVER4, 67))

    def ask(self, *args, **more):
        self.send(*args, **more)
        answer = self.socket.recv(2000)
        assert struct.unpack_from("!I", answer, 4)[0] == self.number
        return socket.inet_ntoa(answer[16:20]), options(answer[240:], 1)

    def lease(self, mac, line=None):
        address, told = self.ask(1, mac, line=line)
        server = option4(54, told[54])
        wanted = option4(50, socket.inet_aton(address))
        address, told = self.ask(3, mac, wanted + server, line=line)
        assert told[53] == b"\x05", "no ACK"
        return address

    def renew(self, mac, address, line=None):
        _, told = self.ask(3, mac, client=address, line=line)
        assert told[53] == b"\x05", "no ACK"

    def release(self, mac, address, line=None):
        self.send(7, mac, option4(54, socket.inet_aton(SERVER4)),
                  client=address, line=line)


class Relay6:
    """A relay agent that puts an interface-id and a remote-id in."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.socket.bind((RELAY6, 547))
        self.socket.settimeout(WAIT_S)
        self.number = 0

    def ask(self, kind, duid, body, line):
        self.number += 1
        message = bytes([kind]) + self.number.to_bytes(3, "big")
        message += option6(1, duid) + option6(8, b"\0\0") + body
        packet = bytes([12, 0])
        packet += socket.inet_pton(socket.AF_INET6, RELAY6)
        packet += socket.inet_pton(socket.AF_INET6, "fe80::1")
        packet += option6(9, message) + option6(18, line[0].encode())
        packet += option6(37, struct.pack("!I", 3561) + line[1].encode())
        self.socket.sendto(packet, (SERVER6, 547))
        reply = options(self.socket.recv(2000)[34:], 2)[9]
        assert int.from_bytes(reply[1:4], "big") == self.number
        return options(reply[4:], 2)

    def lease(self, duid, line):
        """The address and the prefix it was given, as texts."""
        wish = struct.pack("!III", 7, 0, 0)
        offer = self.ask(1, duid, option6(3, wish) + option6(25, wish), line)
        reply = self.ask(3, duid, option6(2, offer[2]) +
                         option6(3, offer[3]) + option6(25, offer[25]), line)
        address = options(reply[3][12:], 2)[5]
        prefix = options(reply[25][12:], 2)[26]
        return (socket.inet_ntop(socket.AF_INET6, address[:16]),
                socket.inet_ntop(socket.AF_INET6, prefix[9:25]) +
                f"/{prefix[8]}")


def dhclient(folder):
    """What it says until it has its lease; then it is ended, and gives none
    back."""
    said = ""
    with subprocess.Popen(
            ["timeout", str(WAIT_S), "dhclient", "-4", "-1", "-d", "-lf",
             f"{folder}/dhclient", "-pf", f"{folder}/dhclient.pid", "-sf",
             "/bin/true", "-cf", "/dev/null", "cli"], text=True,
            stderr=subprocess.STDOUT, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            said += line
            if "bound to" in line:
                break
        process.terminate()
    return said


def clients(folder):
    """Answers requests on standard input, a JSON list each."""
    relays = {}
    for text in sys.stdin:
        verb, *args = json.loads(text)
        if verb == "up":
            for command in (["ip", "link", "set", "lo", "up"],
                            ["ip", "link", "set", "cli", "address",
                             "02:00:5e:00:53:ff"],
                            ["ip", "addr", "add", f"{RELAY4}/24", "dev",
                             "cli"],
                            ["ip", "addr", "add", f"{RELAY6}/64", "dev",
                             "cli", "nodad"],
                            ["ip", "link", "set", "cli", "up"]):
                subprocess.run(command, check=True)
            answer = True
        elif verb == "dhclient":
            answer = dhclient(folder)
        else:
            family, call = verb.split(".")
            if family not in relays:
                relays[family] = Relay4() if family == "v4" else Relay6()
            args[0] = bytes.fromhex(args[0])
            answer = getattr(relays[family], call)(*args)
        print(json.dumps(answer), flush=True)


# -- the test ------------------------------------------------------------------


class Talk:
    """A child that answers lines with lines."""

    def __init__(self, argv, **more):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        **more)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        assert line, "the child has ended"
        return json.loads(line)

    def ask(self, *request):
        self.say(json.dumps(request))
        return self.hear()

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(WAIT_S) == 0


class Follower:
    """kea_follow; each run goes on where the one before stopped."""

    def __init__(self, path, place):
        self.argv = [str(BUILD / "tests/interop/kea_follow"), str(path),
                     str(place)]
        self.talk = Talk(self.argv)

    def restart(self):
        self.talk.end()
        self.talk = Talk(self.argv)

    def read(self):
        """Events since the last look, and the counts of this run."""
        self.talk.say("read")
        events = []
        while "caught_up" not in (line := self.talk.hear()):
            assert "refused" not in line, line
            events.append(line)
        return events, line


def configuration(folder, version):
    common = {
        "data-directory": str(folder),
        "valid-lifetime": LIFETIME_S, "renew-timer": LIFETIME_S // 2,
        "rebind-timer": LIFETIME_S * 3 // 4, "store-extended-info": True,
        "lease-database": {"type": "memfile", "persist": True,
                           "name": str(folder / f"leases{version}.csv"),
                           "lfc-interval": LFC_S},
        "loggers": [{"name": f"kea-dhcp{version}", "severity": "INFO",
                     "output_options": [
                         {"output": str(folder / f"kea{version}.log")}]}],
    }
    if version == 4:
        del common["data-directory"]
        common.update({
            "interfaces-config": {"interfaces": ["srv"],
                                  "dhcp-socket-type": "raw"},
            "subnet4": [{"subnet": "192.0.2.0/24", "id": 1,
                         "pools": [{"pool": "192.0.2.10 - 192.0.2.250"}]}]})
    else:
        common.update({
            "preferred-lifetime": LIFETIME_S // 2,
            "interfaces-config": {"interfaces": [f"srv/{SERVER6}"]},
            "subnet6": [{"subnet": "2001:db8::/64", "id": 1,
                         "pools": [{"pool": "2001:db8::1000-2001:db8::1fff"}],
                         "pd-pools": [{"prefix": "2001:db8:100::",
                                       "prefix-len": 40,
                                       "delegated-len": 56}]}]})
    path = folder / f"kea{version}.json"
    path.write_text(json.dumps({f"Dhcp{version}": common}), encoding="ascii")
    return path


def start_kea(folder, version):
    """The server, once it serves."""
    environment = dict(os.environ, KEA_PIDFILE_DIR=str(folder),
                       KEA_LOCKFILE_DIR=str(folder))
    log = folder / f"kea{version}.log"
    process = subprocess.Popen(
        [f"kea-dhcp{version}", "-c", str(configuration(folder, version))],
        env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)

    def serves():
        assert process.poll() is None, log.read_text(errors="replace")
        return log.exists() and f"DHCP{version}_STARTED" in log.read_text(
            errors="replace")
    until(f"kea-dhcp{version}", serves)
    return process


def stop_kea(process):
    process.send_signal(signal.SIGTERM)
    process.wait(WAIT_S)


def inode(path):
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def mac_of(number):
    return bytes([2, 0, 0x5e, 0, 0x53, number])


def colons(data):
    return ":".join(f"{byte:02x}" for byte in data)


class Kea4:
    """What was leased, and what has been heard of it."""

    def __init__(self, bench, folder):
        self.bench, self.folder = bench, folder
        self.path = folder / "leases4.csv"
        self.follower = Follower(self.path, folder / "place4")
        self.wanted = collections.Counter()
        self.heard = collections.Counter()
        self.next = 1

    def line(self, number):
        return (f"ge-0/0/{number}", "node-1") if number % 2 else None

    def holder(self, number):
        if number % 2:
            return f"line:node-1|ge-0/0/{number}"
        return "mac:" + colons(mac_of(number))

    def lease(self, count):
        """Leases of new subscribers; their numbers and addresses."""
        made = []
        for number in range(self.next, self.next + count):
            address = self.bench.ask("v4.lease", mac_of(number).hex(),
                                     self.line(number))
            self.wanted[address, self.holder(number), False] += 1
            made.append((number, address))
        self.next += count
        return made

    def renew(self, number, address):
        self.bench.ask("v4.renew", mac_of(number).hex(), address,
                       self.line(number))
        self.wanted[address, self.holder(number), False] += 1

    def release(self, number, address):
        self.bench.ask("v4.release", mac_of(number).hex(), address,
                       self.line(number))
        self.wanted[address, self.holder(number), True] += 1

    def read(self):
        events, counts = self.follower.read()
        for event in events:
            self.heard[event["subject"], event["holder"],
                       event["released"]] += 1
            if not event["released"]:
                assert event["end"] - event["start"] == LIFETIME_S, event
            assert abs(event["at"] - time.time()) < 60, event
        return events, counts

    def settle(self, what):
        """Reads until all that was leased is heard; exactly that."""
        def same():
            self.read()
            return sum(self.heard.values()) >= sum(self.wanted.values())
        until(what, same)
        assert self.heard == self.wanted, \
            (what, self.heard - self.wanted, self.wanted - self.heard)

    def rotation(self, during=lambda: None):
        """Waits for Kea's next cleanup; `during` is done while it goes on."""
        before = inode(self.path)

        def rotated():
            during()
            return inode(self.path) not in (None, before)
        until("cleanup of the lease file", rotated)


def follow4(bench, folder):
    server = start_kea(folder, 4)
    kea = Kea4(bench, folder)
    first = kea.lease(30)
    kea.settle("first leases")
    # Half of the rows are read before the cleanup, half of them are not, and
    # leasing goes on during it.
    kea.lease(10)
    kea.rotation(lambda: kea.next < 60 and kea.lease(1))
    kea.lease(5)
    kea.settle("leases through a cleanup")
    for number, address in first[:5]:
        kea.renew(number, address)
    for number, address in first[5:10]:
        kea.release(number, address)
    kea.rotation()
    kea.settle("renewals and releases through a second cleanup")
    _, counts = kea.read()
    assert counts["rotated"] >= 2 and not counts["vanished"], counts
    print(f"v4: {sum(kea.heard.values())} rows once, cleanups: "
          f"{counts['rotated']}")

    # A restart of ours between two rows of one file.
    kea.lease(3)
    kea.follower.restart()
    kea.settle("leases over a restart")
    # We are away while a cleanup takes the file we were in: what it has left
    # of each address is read again, and that is said.
    rows = kea.lease(4)
    kea.follower.talk.end()
    kea.rotation()
    until("end of the cleanup",
          lambda: (folder / "leases4.csv.2").exists() and
          not (folder / "leases4.csv.1").exists())
    late = kea.lease(2)
    kea.follower.talk = Talk(kea.follower.argv)
    events, counts = kea.read()
    assert counts["vanished"] == 1, counts
    heard = {(event["subject"], event["holder"]) for event in events}
    for number, address in rows + late + first[10:]:
        assert (address, kea.holder(number)) in heard, address
    print("v4: away over a cleanup: all that Kea kept, and it is said")

    # A client of another maker.
    said = bench.ask("dhclient")
    assert "bound to" in said, said
    events, _ = kea.read()
    assert any(event["holder"] == "mac:02:00:5e:00:53:ff"
               for event in events), events
    print("v4: dhclient")
    kea.follower.talk.end()
    stop_kea(server)


def follow6(bench, folder):
    server = start_kea(folder, 6)
    path = folder / "leases6.csv"
    follower = Follower(path, folder / "place6")
    wanted, heard = collections.Counter(), collections.Counter()
    before = inode(path)

    def lease(number):
        line = (f"slot1/port{number}", f"line-{number}")
        duid = bytes.fromhex("00030001") + mac_of(number)
        for subject in bench.ask("v6.lease", duid.hex(), line):
            wanted[subject, f"line:3561/{line[1]}|{line[0]}"] += 1

    def read():
        for event in follower.read()[0]:
            heard[event["subject"], event["holder"]] += 1
        return sum(heard.values()) >= sum(wanted.values())

    for number in range(1, 11):
        lease(number)
    until("first leases", read)
    lease(11)
    numbers = iter(range(12, 40))

    def rotated():
        number = next(numbers, None)
        if number:
            lease(number)
        return inode(path) not in (None, before)
    until("cleanup of the lease file", rotated)
    lease(40)
    until("leases of both kinds", read)
    assert heard == wanted, (heard - wanted, wanted - heard)
    print(f"v6: {sum(heard.values())} rows once, addresses and prefixes")
    follower.talk.end()
    stop_kea(server)


def inner(folder):
    """First process of the namespaces: when it ends, all of it ends."""
    folder = pathlib.Path(folder)
    for command in (["ip", "link", "set", "lo", "up"],
                    ["ip", "link", "add", "srv", "type", "veth", "peer",
                     "name", "cli"],
                    ["ip", "addr", "add", f"{SERVER4}/24", "dev", "srv"],
                    ["ip", "addr", "add", f"{SERVER6}/64", "dev", "srv",
                     "nodad"],
                    ["ip", "link", "set", "srv", "up"]):
        subprocess.run(command, check=True)
    bench = Talk(["unshare", "--net", sys.executable, __file__, "clients",
                  str(folder)])
    outside = os.readlink("/proc/self/ns/net")
    until("namespace of the clients", lambda: os.readlink(
        f"/proc/{bench.process.pid}/ns/net") != outside)
    subprocess.run(["ip", "link", "set", "cli", "netns",
                    str(bench.process.pid)], check=True)
    assert bench.ask("up") is True
    follow4(bench, folder)
    follow6(bench, folder)
    bench.end()


def main():
    if len(sys.argv) == 3:
        return {"inner": inner, "clients": clients}[sys.argv[1]](sys.argv[2])
    if os.geteuid() != 0:
        skip("not root")
    for name in NEEDED:
        if not shutil.which(name):
            skip(f"{name} isn't installed")
    spaces = ["unshare", "--net", "--mount", "--pid", "--fork",
              "--kill-child", "--mount-proc"]
    if subprocess.run(spaces + ["true"], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        skip("namespaces can't be made here")
    with tempfile.TemporaryDirectory(prefix="lz-kea-") as folder:
        done = subprocess.run(spaces + [sys.executable, __file__, "inner",
                                        folder], timeout=100, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
