#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lazaret-enforcer on a real kernel: a gateway between a subscriber, its
neighbour and the outside, each in a network namespace of its own.

Measures are written into a desk's store by enforcer_desk; what they do is seen
by packets alone. Prints what took how long. Needs root, namespaces and nft(8);
else it is skipped. Nothing is left behind: all namespaces go with their names.
"""
import atexit
import ctypes
import errno
import os
import selectors
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("LAZARET_BUILD", "build")
TAG = f"lze{os.getpid()}"
PLACES = ["sub", "nb", "gw", "out"]
LIMIT = 32000
BURST = 65536
TIMEOUT = 8.0
DEADLINE = 15.0

SUB4, SUB6, SUBD = "192.0.2.7", "2001:db8:0:1::7", "2001:db8:7:1::1"
NB4, NB6 = "192.0.2.8", "2001:db8:0:2::8"
OUT4, OUT6 = "198.51.100.9", "2001:db8:f000::9"
VOICE4, VOICE6 = "203.0.113.10", "2001:db8:e000::10"
DNS4, DNS6 = "203.0.113.53", "2001:db8:e000::53"
GW4, GW6 = "192.0.2.1", "2001:db8:0:1::1"
WAN4, WAN6 = "198.51.100.1", "2001:db8:f000::1"

CONF = """network:
  name: example
  inside: [192.0.2.0/24, {{ prefix: "2001:db8::/40", assign: 64 }}]
  source_filtered: true
mode: {mode}
{essential}
live: [filter, limit, garden, block]
state_dir: {folder}/state
run_dir: {folder}/run
quarantine:
  driver: nftables
  resolver: ["{DNS4}", "{DNS6}"]
  portal: ["{WAN4}:8081", "[{WAN6}]:8081"]
  infrastructure: ["{GW4}/32"]
  limit: {LIMIT}
  timeout: {timeout}s
"""
ESSENTIAL = f'essential: [{VOICE4}/32, "{VOICE6}/128"]'

libc = ctypes.CDLL(None, use_errno=True)


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        fail(f"{' '.join(words)}: {done.stderr.strip()}")
    return done


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def fail(why):
    print(f"FAILED: {why}", flush=True)
    sys.exit(1)


def check(condition, what):
    if not condition:
        fail(what)


def enter(name):
    handle = os.open(f"/run/netns/{TAG}{name}", os.O_RDONLY | os.O_CLOEXEC)
    failed = libc.setns(handle, 0x40000000)
    os.close(handle)
    if failed:
        raise OSError(ctypes.get_errno(), "setns")


class Inside:
    """The calling thread in a namespace; sockets made there stay there."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        enter(self.name)

    def __exit__(self, *_):
        libc.setns(self.home, 0x40000000)
        os.close(self.home)


def until(condition, what, seconds=DEADLINE):
    """Waits for it; answers how long that took."""
    began = time.monotonic()
    while True:
        found = condition()
        if found:
            return time.monotonic() - began
        check(time.monotonic() - began < seconds, f"not in time: {what}")
        threading.Event().wait(0.005)


# ------------------------------------------------------------------- the net


def ip(place, *words):
    run("ip", "-n", TAG + place, *words)


def net_down():
    for place in PLACES:
        run("ip", "netns", "del", TAG + place, check=False)


def sysctl(place, **values):
    with Inside(place):
        for name, value in values.items():
            path = "/proc/sys/net/" + name.replace("__", "/")
            with open(path, "w", encoding="ascii") as file:
                file.write(str(value))


def host(place, port, addr4, addr6):
    """A subscriber's side of the wire; all it sends goes by the gateway."""
    ip("gw", "link", "add", port, "type", "veth", "peer", "name", "eth0",
       "netns", TAG + place)
    ip("gw", "link", "set", port, "master", "br0", "up")
    run("ip", "netns", "exec", TAG + "gw", "bridge", "link", "set", "dev",
        port, "isolated", "on")
    ip(place, "link", "set", "eth0", "up")
    ip(place, "addr", "add", addr4 + "/32", "dev", "eth0")
    ip(place, "addr", "add", addr6 + "/64", "dev", "eth0", "nodad")
    ip(place, "route", "add", "default", "via", GW4, "dev", "eth0", "onlink")
    gate = addr6.rsplit("::", 1)[0] + "::1"
    ip(place, "-6", "route", "add", "default", "via", gate, "dev", "eth0")


def net_up():
    net_down()
    atexit.register(net_down)
    for place in PLACES:
        if run("ip", "netns", "add", TAG + place, check=False).returncode:
            skip("no network namespaces here")
        ip(place, "link", "set", "lo", "up")
    sysctl("gw", ipv4__ip_forward=1, ipv6__conf__all__forwarding=1,
           ipv4__conf__all__send_redirects=0,
           ipv4__conf__default__send_redirects=0)
    if run("ip", "netns", "exec", TAG + "gw", "nft", "add table inet probe; "
           "delete table inet probe", check=False).returncode:
        skip("no nf_tables in this kernel")
    ip("gw", "link", "add", "br0", "type", "bridge")
    ip("gw", "link", "set", "br0", "up")
    ip("gw", "addr", "add", GW4 + "/32", "dev", "br0")
    for gate in [GW6, "2001:db8:0:2::1"]:
        ip("gw", "addr", "add", gate + "/64", "dev", "br0", "nodad")
    host("sub", "p-sub", SUB4, SUB6)
    host("nb", "p-nb", NB4, NB6)
    ip("sub", "addr", "add", SUBD + "/128", "dev", "lo", "nodad")
    for addr in [SUB4, NB4]:
        ip("gw", "route", "add", addr + "/32", "dev", "br0")
    ip("gw", "-6", "route", "add", "2001:db8:7::/56", "via", SUB6)
    ip("gw", "link", "add", "wan", "type", "veth", "peer", "name", "eth0",
       "netns", TAG + "out")
    ip("gw", "link", "set", "wan", "up")
    ip("out", "link", "set", "eth0", "up")
    ip("gw", "addr", "add", WAN4 + "/24", "dev", "wan")
    ip("gw", "addr", "add", WAN6 + "/64", "dev", "wan", "nodad")
    ip("out", "addr", "add", OUT4 + "/24", "dev", "eth0")
    ip("out", "addr", "add", OUT6 + "/64", "dev", "eth0", "nodad")
    for addr in [VOICE4, DNS4]:
        ip("out", "addr", "add", addr + "/32", "dev", "lo")
        ip("gw", "route", "add", addr + "/32", "via", OUT4)
    for addr in [VOICE6, DNS6]:
        ip("out", "addr", "add", addr + "/128", "dev", "lo", "nodad")
        ip("gw", "-6", "route", "add", addr + "/128", "via", OUT6)
    ip("out", "route", "add", "default", "via", WAN4)
    ip("out", "-6", "route", "add", "default", "via", WAN6)


# ------------------------------------------------------------------- servers


class Servers(threading.Thread):
    """Echo by UDP and TCP, a page for GET, a sink that counts bytes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        self.sunk = 0

    def add(self, place, addr, ports, name, sink=None):
        family = socket.AF_INET6 if ":" in addr else socket.AF_INET
        with Inside(place):
            for port in ports:
                udp = socket.socket(family, socket.SOCK_DGRAM)
                udp.bind((addr, port))
                udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                tcp = socket.socket(family, socket.SOCK_STREAM)
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tcp.bind((addr, port))
                tcp.listen(64)
                self.selector.register(
                    udp, selectors.EVENT_READ,
                    self.sink if port == sink else self.echo)
                self.selector.register(
                    tcp, selectors.EVENT_READ,
                    lambda server, name=name: self.accept(server, name))

    def echo(self, udp):
        data, peer = udp.recvfrom(2048)
        try:
            udp.sendto(data, peer)
        except OSError:
            pass

    def sink(self, udp):
        self.sunk += len(udp.recv(2048)) + 28

    def accept(self, server, name):
        connection = server.accept()[0]
        self.selector.register(connection, selectors.EVENT_READ,
                               lambda it: self.answer(it, name))

    def answer(self, connection, name):
        try:
            data = connection.recv(4096)
            if data.startswith(b"GET"):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: "
                                   b"%d\r\n\r\n%s" % (len(name), name))
            elif data:
                connection.sendall(data)
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(connection)
            connection.close()

    def run(self):
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)


# ------------------------------------------------------------------- clients


def client(place, kind, source, seconds):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with Inside(place):
        made = socket.socket(family, kind)
    made.settimeout(seconds)
    made.bind((source, 0))
    return made


def udp(place, source, to, port, seconds=0.3):
    """'answered', 'refused' or 'silent', and how long it took."""
    with client(place, socket.SOCK_DGRAM, source, seconds) as asked:
        began = time.monotonic()
        try:
            asked.connect((to, port))
            asked.send(b"?" * 32)
            asked.recv(2048)
            said = "answered"
        except socket.timeout:
            said = "silent"
        except OSError as problem:
            said = "refused" if problem.errno in (
                errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.EACCES,
                errno.EPERM) else str(problem)
        return said, time.monotonic() - began


def tcp(place, source, to, port, seconds=0.6, ask=b"hello"):
    """What was answered, 'refused' or 'silent', and how long it took."""
    with client(place, socket.SOCK_STREAM, source, seconds) as asked:
        began = time.monotonic()
        try:
            asked.connect((to, port))
            asked.sendall(ask)
            said = asked.recv(4096).decode()
        except socket.timeout:
            said = "silent"
        except OSError as problem:
            said = "refused" if problem.errno in (
                errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE
            ) else str(problem)
        return said, time.monotonic() - began


def page(place, source, to):
    return tcp(place, source, to, 80, ask=b"GET / HTTP/1.1\r\n\r\n")[0]


def ping(place, source, to):
    with Inside(place):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                            socket.IPPROTO_ICMP)
    with raw:
        raw.settimeout(0.3)
        raw.bind((source, 0))
        body = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
        total = sum(struct.unpack("!4H", body))
        total = (total >> 16) + (total & 0xffff)
        body = struct.pack("!BBHHH", 8, 0, ~total & 0xffff, 7, 1)
        raw.sendto(body, (to, 0))
        try:
            while raw.recvfrom(2048)[1][0] != to:
                pass
            return True
        except socket.timeout:
            return False


class Held:
    """A connection that stays open."""

    def __init__(self, source, to, port):
        self.socket = client("sub", socket.SOCK_STREAM, source, 1.0)
        self.socket.connect((to, port))
        check(self.ask() == "hello", f"no connection to {to}")

    def ask(self, what=b"hello"):
        try:
            self.socket.sendall(what)
            said = self.socket.recv(4096).decode()
            return said if said else "closed"
        except socket.timeout:
            return "silent"
        except OSError:
            return "reset"


# ------------------------------------------------------------------ the role


class Enforcer:
    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self.number = 0
        self.log = os.path.join(folder, "log")
        self.tool = os.path.join(BUILD, "tests", "interop", "enforcer_desk")

    def configure(self, mode="live", essential=ESSENTIAL):
        with open(self.folder + "/lazaret.yaml", "w", encoding="utf-8") as out:
            out.write(CONF.format(mode=mode, essential=essential,
                                  folder=self.folder, timeout=int(TIMEOUT),
                                  **{k: globals()[k] for k in (
                                      "DNS4", "DNS6", "GW4", "WAN4",
                                      "WAN6", "LIMIT")}))

    def launch(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(BUILD, "lazaret-enforcer"), "--config",
                 self.folder + "/lazaret.yaml"], stderr=log,
                preexec_fn=lambda: enter("gw"))

    def said(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def start(self):
        before = self.said().count("ready")
        self.launch()
        return until(lambda: self.alive() and
                     self.said().count("ready") > before, "ready")

    def alive(self):
        check(self.process.poll() is None,
              f"the enforcer ended with {self.process.poll()}: {self.said()}")
        return True

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        code = self.process.wait(DEADLINE)
        self.process = None
        return code

    def desk(self, *words):
        return run(self.tool, self.folder + "/state", self.folder + "/run",
                   *map(str, words)).stdout

    def on(self, kind, target, seconds=600, act="on"):
        self.number += 1
        self.desk(act, self.number, kind, target, seconds)
        return self.number

    def off(self, number):
        self.desk("off", number)

    def effects(self, number):
        lines = [line.split() for line in self.desk("effects").splitlines()]
        return [(words[1] + " " + words[2], int(words[3])) for words in lines
                if words[0] == str(number)]

    def wait(self, number, what):
        until(lambda: self.alive() and
              what in [it[0] for it in self.effects(number)],
              f"measure {number} {what}: {self.said()}")


def fine(place, source, to):
    return udp(place, source, to, 5000)[0] == "answered"


def essential_works(where):
    for source, voice in [(SUB4, VOICE4), (SUB6, VOICE6), (SUBD, VOICE6)]:
        check(udp("sub", source, voice, 5060)[0] == "answered",
              f"{where}: voice by UDP from {source}")
        check(tcp("sub", source, voice, 5060)[0] == "hello",
              f"{where}: voice by TCP from {source}")


def neighbour_works(where):
    for source, to in [(NB4, OUT4), (NB6, OUT6)]:
        check(fine("nb", source, to), f"{where}: the neighbour {source}")
        check(page("nb", source, to).endswith("outside"),
              f"{where}: the neighbour's pages")
        check(tcp("nb", source, to, 443)[0] == "hello",
              f"{where}: the neighbour's HTTPS")


def neighbour_latency():
    return statistics.median(udp("nb", NB4, OUT4, 5000)[1]
                             for _ in range(50)) * 1000


# --------------------------------------------------------------------- tests


def try_refusals(enforcer):
    enforcer.configure(essential="essential: []")
    enforcer.launch()
    check(enforcer.process.wait(DEADLINE) == 3, "an empty essential set")
    check("essential" in enforcer.said(), "it isn't said")
    print("an empty essential set is refused")


def tables():
    return run("ip", "netns", "exec", TAG + "gw", "nft", "list", "tables").stdout


def try_shadow(enforcer):
    enforcer.configure(mode="shadow")
    enforcer.start()
    number = enforcer.on("garden", SUB4)
    check("lazaret" not in tables(), "shadow touches the firewall")
    check(fine("sub", SUB4, OUT4), "shadow stops traffic")
    enforcer.kill(signal.SIGTERM)
    enforcer.off(number)
    print("shadow: no table, no effect")


def try_start(enforcer):
    enforcer.configure()
    took = enforcer.start()
    with open(f"/proc/{enforcer.process.pid}/status", encoding="ascii") as file:
        status = dict(line.split(":\t", 1) for line in file if ":\t" in line)
    check(status["Uid"].split()[0] == "61006", "user " + status["Uid"])
    for name in ["CapEff", "CapPrm", "CapBnd"]:
        check(int(status[name], 16) == 1 << 12, name + " " + status[name])
    check(status["Seccomp"].strip() == "2", "no seccomp")
    check("lazaret" in tables(), "no table")
    print(f"ready after {took:.2f} s: user 61006, CAP_NET_ADMIN alone")


def try_filter(enforcer):
    held = Held(SUB4, OUT4, 5000)
    began = time.monotonic()
    number = enforcer.on("filter", f"{SUB4} > {OUT4}:80/udp")
    until(lambda: udp("sub", SUB4, OUT4, 80, 0.05)[0] == "silent", "filter")
    print(f"filter: from the desk's row to the drop "
          f"{(time.monotonic() - began) * 1000:.0f} ms")
    others = [enforcer.on("filter", f"{SUB6} > [{OUT6}]:80/udp"),
              enforcer.on("filter", f"{SUB4} > {OUT4}/icmp")]
    enforcer.wait(others[-1], "on observed")
    check(udp("sub", SUB6, OUT6, 80)[0] == "silent", "filter of IPv6")
    check(not ping("sub", SUB4, OUT4), "filter of ICMP")
    check(ping("sub", SUB4, VOICE4), "more than the tuple: ICMP elsewhere")
    check(udp("sub", SUB4, OUT4, 5000)[0] == "answered", "another port")
    check(udp("sub", SUB6, OUT6, 5000)[0] == "answered", "another port")
    check(udp("sub", SUB4, DNS4, 53)[0] == "answered", "another host")
    check(page("sub", SUB4, OUT4).endswith("outside"), "another protocol")
    check(udp("nb", NB4, OUT4, 80)[0] == "answered", "another subscriber")
    check(held.ask() == "hello", "a connection outside the tuple")
    essential_works("filter")
    neighbour_works("filter")
    times = dict(enforcer.effects(number))
    print("filter: asked to acknowledged "
          f"{(times['on acknowledged'] - times['on asked']) / 1000:.1f} ms, "
          f"to observed "
          f"{(times['on observed'] - times['on asked']) / 1000:.1f} ms")
    for it in others:
        enforcer.off(it)
    began = time.monotonic()
    enforcer.off(number)
    until(lambda: udp("sub", SUB4, OUT4, 80, 0.05)[0] == "answered",
          "release of a filter")
    print(f"filter: released {(time.monotonic() - began) * 1000:.0f} ms after "
          "its row")
    until(lambda: ping("sub", SUB4, OUT4), "release of ICMP")


def garden_holds(source, to, resolver):
    check(page("sub", source, to).endswith("portal"), f"{source}: no portal")
    for port in [443, 853]:
        said, took = tcp("sub", source, to, port)
        check(said == "refused" and took < 0.1,
              f"{source}: TCP {port} {said} after {took * 1000:.0f} ms")
    said, took = udp("sub", source, to, 443)
    check(said == "refused" and took < 0.1,
          f"{source}: QUIC {said} after {took * 1000:.0f} ms")
    check(udp("sub", source, resolver, 53)[0] == "answered",
          f"{source}: its resolver")
    check(tcp("sub", source, resolver, 53)[0] == "hello",
          f"{source}: its resolver by TCP")
    check(udp("sub", source, resolver, 5000)[0] == "silent",
          f"{source}: the resolver is reached by more than DNS")
    check(udp("sub", source, to, 53)[0] in ("refused", "silent"),
          f"{source}: another resolver answers")
    check(tcp("sub", source, to, 53)[0] == "refused",
          f"{source}: another resolver by TCP")
    for port in [67, 547, 5000]:
        check(udp("sub", source, to, port)[0] == "silent",
              f"{source}: UDP {port}")
    check(tcp("sub", source, to, 5000)[0] == "silent", f"{source}: TCP")
    return took


def try_garden(enforcer):
    check(udp("sub", SUB4, NB4, 5000)[0] == "answered", "to the neighbour")
    for source, to in [(SUB4, OUT4), (SUB6, OUT6)]:
        for port in [53, 67, 443, 547]:
            check(udp("sub", source, to, port)[0] == "answered",
                  f"{source}: UDP {port} before")
    cut = [Held(SUB4, OUT4, 5000), Held(SUB6, OUT6, 5000),
           Held(SUB4, OUT4, 80)]
    voice = Held(SUB4, VOICE4, 5060)
    began = time.monotonic()
    numbers = [enforcer.on("garden", SUB4)]
    until(lambda: udp("sub", SUB4, OUT4, 5000, 0.05)[0] == "silent", "garden")
    print(f"garden: from the desk's row to the drop "
          f"{(time.monotonic() - began) * 1000:.0f} ms")
    numbers += [enforcer.on("garden", "2001:db8:0:1::/64"),
                enforcer.on("garden", "2001:db8:7::/56")]
    for number in numbers:
        enforcer.wait(number, "on observed")
    for held in cut:
        check(held.ask() in ("reset", "closed"), "a connection from before")
    check(voice.ask() == "hello", "the call was cut")
    took = [garden_holds(SUB4, OUT4, DNS4), garden_holds(SUB6, OUT6, DNS6),
            garden_holds(SUBD, OUT6, DNS6)]
    print("garden: QUIC refused after " +
          ", ".join(f"{it * 1000:.1f}" for it in took) + " ms")
    check(udp("sub", SUB4, NB4, 5000)[0] == "silent", "to the neighbour")
    check(udp("nb", NB4, SUB4, 5000)[0] == "silent", "from the neighbour")
    check(udp("out", OUT4, SUB4, 5000)[0] == "silent", "from outside")
    check(tcp("sub", SUB4, GW4, 5000)[0] == "silent", "to the gateway itself")
    essential_works("garden")
    neighbour_works("garden")
    check(voice.ask() == "hello", "the call was cut")
    return numbers, voice


def try_release(enforcer, numbers, voice):
    stale = client("sub", socket.SOCK_STREAM, SUB4, 1.0)
    stale.connect((OUT4, 80))
    stale.sendall(b"GET / HTTP/1.1\r\n\r\n")
    check(b"portal" in stale.recv(4096), "no portal")
    began = time.monotonic()
    for number in numbers:
        enforcer.off(number)
    for source, to in [(SUB4, OUT4), (SUB6, OUT6), (SUBD, OUT6)]:
        until(lambda s=source, t=to: tcp("sub", s, t, 443, 0.2)[0] == "hello",
              "release")
    took = time.monotonic() - began
    check(took < 2, f"released after {took:.1f} s")
    print(f"garden: three places released {took * 1000:.0f} ms after the "
          "first row")
    enforcer.wait(numbers[-1], "off observed")
    check(page("sub", SUB4, OUT4).endswith("outside"), "still the portal")
    try:
        stale.sendall(b"GET / HTTP/1.1\r\n\r\n")
        said = stale.recv(4096)
    except OSError:
        said = b""
    check(b"portal" not in said, "an old connection still leads to the portal")
    check(voice.ask() == "hello", "the call was cut")


def try_limit(enforcer, servers):
    number = enforcer.on("limit", SUB4)
    enforcer.on("limit", "2001:db8:0:1::/64")
    enforcer.wait(enforcer.number, "on observed")
    results = []
    for source, to in [(SUB4, OUT4), (SUB6, OUT6)]:
        with client("sub", socket.SOCK_DGRAM, source, 1.0) as sender:
            sender.connect((to, 9))
            servers.sunk = 0
            began = time.monotonic()
            while time.monotonic() - began < 3:
                sender.send(b"x" * 1000)
                threading.Event().wait(0.001)
            # The kernel's bucket holds a second's worth beside the burst.
            allowed = BURST + LIMIT * (1 + time.monotonic() - began)
        results.append(servers.sunk / allowed)
        check(0.7 < servers.sunk / allowed < 1.15,
              f"limit of {source}: {servers.sunk} of {allowed:.0f} bytes")
        essential_works("limit")
    neighbour_works("limit")
    print("limit: let through " +
          ", ".join(f"{it * 100:.0f} %" for it in results) +
          " of what is allowed in 3 s")
    for it in [number, enforcer.number]:
        enforcer.off(it)
    enforcer.wait(enforcer.number, "off observed")


def try_block(enforcer):
    numbers = [enforcer.on("block", SUB4),
               enforcer.on("block", "2001:db8:0:1::/64"),
               enforcer.on("block", "2001:db8:7::/56")]
    enforcer.wait(numbers[-1], "on observed")
    for source, to, resolver in [(SUB4, OUT4, DNS4), (SUB6, OUT6, DNS6),
                                 (SUBD, OUT6, DNS6)]:
        check(udp("sub", source, to, 5000)[0] == "silent", "block of UDP")
        check(page("sub", source, to) == "silent", "block of HTTP")
        check(udp("sub", source, resolver, 53)[0] == "silent", "block of DNS")
    essential_works("block")
    neighbour_works("block")
    for number in numbers:
        enforcer.off(number)
    enforcer.wait(numbers[-1], "off observed")
    check(fine("sub", SUB4, OUT4), "released from the block")
    print("block: nothing but the essential")


def try_guard(enforcer):
    for kind, target in [("garden", "192.0.2.0/28"), ("garden", OUT4),
                         ("block", GW4), ("garden", "2001:db8::/44"),
                         ("filter", f"{SUB4} > {VOICE4}:5060/udp"),
                         ("garden", "no target")]:
        number = enforcer.on(kind, target)
        enforcer.wait(number, "on refused")
        check([it[0] for it in enforcer.effects(number)] == ["on refused"],
              f"{kind} {target} was asked for")
        enforcer.off(number)
    enforcer.on("garden", NB4, act="would")
    enforcer.wait(enforcer.on("garden", SUB4), "on observed")
    check(fine("nb", NB4, OUT4), "what would be done was done")
    enforcer.off(enforcer.number)
    enforcer.wait(enforcer.number, "off observed")
    essential_works("guard")
    print("guard: wide, foreign, infrastructure, essential: refused")


def elements(name):
    out = run("ip", "netns", "exec", TAG + "gw", "nft", "list", "set", "inet",
              "lazaret", name).stdout
    return out.split("elements = {", 1)[1] if "elements" in out else ""


def try_foreign(enforcer):
    run("ip", "netns", "exec", TAG + "gw", "nft", "add", "element", "inet",
        "lazaret", "garden4", "{ 192.0.2.99 }")
    until(lambda: "1 entries on the device that nobody" in enforcer.said(),
          "a foreign entry is said")
    check("192.0.2.99" in elements("garden4"), "it was taken away")
    run("ip", "netns", "exec", TAG + "gw", "nft", "delete", "element", "inet",
        "lazaret", "garden4", "{ 192.0.2.99 }")
    print("a foreign entry is reported and left alone")


def try_kills(enforcer):
    """Killed at any moment; what was desired meanwhile is so afterwards."""
    slowest = 0.0
    for turn in range(6):
        kept = enforcer.on("garden", SUB4)
        if turn % 2:
            enforcer.wait(kept, "on observed")
        enforcer.kill()
        enforcer.off(kept)
        other = enforcer.on("block", "2001:db8:7::/56")
        check(turn % 2 == 0 or not fine("sub", SUB4, OUT4),
              "a death opens the gate at once")
        began = time.monotonic()
        enforcer.start()
        until(lambda: fine("sub", SUB4, OUT4), "released while dead")
        until(lambda: udp("sub", SUBD, OUT6, 5000, 0.05)[0] == "silent",
              "blocked while dead")
        slowest = max(slowest, time.monotonic() - began)
        enforcer.off(other)
        until(lambda: fine("sub", SUBD, OUT6), "released")
        enforcer.wait(other, "off observed")
    print(f"kill -9, 6 times: as desired at most {slowest:.2f} s after the "
          "start")


def try_put_back(enforcer):
    """Another file in the place of the desk's: it alone counts."""
    old = enforcer.on("garden", SUB4)
    enforcer.wait(old, "on observed")
    for name in os.listdir(enforcer.folder + "/state/desk"):
        if name.startswith("desk.sqlite"):
            os.rename(f"{enforcer.folder}/state/desk/{name}",
                      f"{enforcer.folder}/state/desk/old-{name}")
    new = enforcer.on("block", "2001:db8:7::/56")
    until(lambda: udp("sub", SUBD, OUT6, 5000, 0.05)[0] == "silent",
          "what the new file desires")
    until(lambda: fine("sub", SUB4, OUT4), "what the old file desired")
    enforcer.off(new)
    until(lambda: fine("sub", SUBD, OUT6), "released")
    print("a desk's file put in another's place is followed")


def try_lost(enforcer):
    number = enforcer.on("garden", SUB4)
    enforcer.wait(number, "on observed")
    run("ip", "netns", "exec", TAG + "gw", "nft", "flush", "set", "inet",
        "lazaret", "garden4")
    enforcer.wait(number, "on lost")
    until(lambda: not fine("sub", SUB4, OUT4), "garden again")
    run("ip", "netns", "exec", TAG + "gw", "nft", "flush", "ruleset")
    check(enforcer.process.wait(DEADLINE) == 5, "the table is gone unnoticed")
    enforcer.start()
    until(lambda: not fine("sub", SUB4, OUT4), "garden in a new table")
    print("a flushed set and a flushed ruleset are mended")
    return number


def try_refresh(enforcer, number):
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 1.5 * TIMEOUT or
          fine("sub", SUB4, OUT4), "", 3 * TIMEOUT)
    check(not fine("sub", SUB4, OUT4), "an entry wasn't refreshed")
    check(number, "")
    enforcer.kill()
    began = time.monotonic()
    until(lambda: fine("sub", SUB4, OUT4), "the gate opens", 2 * TIMEOUT)
    took = time.monotonic() - began
    check(took <= TIMEOUT + 1, f"the gate opened after {took:.1f} s")
    check(elements("garden4") == "", "entries are left")
    print(f"refreshed for {1.5 * TIMEOUT:.0f} s; killed for good, the gate "
          f"opens after {took:.1f} s of {TIMEOUT:.0f} s")


def main():
    if os.geteuid() != 0:
        skip("not root")
    if not shutil.which("nft", path="/usr/sbin:/sbin:/usr/local/sbin"):
        skip("no nft(8): install the package nftables")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    # However it ends, what it made goes.
    for number in [signal.SIGTERM, signal.SIGHUP]:
        signal.signal(number, lambda *_: sys.exit(1))
    net_up()
    folder = tempfile.mkdtemp(prefix="lazaret-enforcer-")
    os.chmod(folder, 0o711)
    atexit.register(shutil.rmtree, folder, True)
    servers = Servers()
    outside = [53, 67, 80, 443, 547, 853, 5000]
    for addr in [OUT4, OUT6]:
        servers.add("out", addr, outside + [9], b"outside", 9)
    for addr in [VOICE4, VOICE6]:
        servers.add("out", addr, [5060], b"voice")
    for addr in [DNS4, DNS6]:
        servers.add("out", addr, [53, 5000], b"resolver")
    for addr in [WAN4, WAN6]:
        servers.add("gw", addr, [5000, 8081], b"portal")
    servers.add("gw", GW4, [5000], b"gateway")
    servers.add("nb", NB4, [5000], b"neighbour")
    servers.add("sub", SUB4, [5000], b"subscriber")
    servers.start()
    for source, to in [(SUB4, OUT4), (SUB6, OUT6), (SUBD, OUT6)]:
        until(lambda s=source, t=to: fine("sub", s, t), f"{source} to {to}")
    before = neighbour_latency()
    enforcer = Enforcer(folder)
    with open(enforcer.log, "wb"):
        pass
    os.makedirs(folder + "/state/desk")
    try:
        try_refusals(enforcer)
        try_shadow(enforcer)
        try_start(enforcer)
        try_filter(enforcer)
        try_release(enforcer, *try_garden(enforcer))
        try_limit(enforcer, servers)
        try_block(enforcer)
        try_guard(enforcer)
        try_foreign(enforcer)
        after = neighbour_latency()
        print(f"the neighbour's median round trip: {before:.3f} ms before, "
              f"{after:.3f} ms after")
        try_kills(enforcer)
        try_put_back(enforcer)
        try_refresh(enforcer, try_lost(enforcer))
    finally:
        if enforcer.process and enforcer.process.poll() is None:
            enforcer.kill()
    print("enforcer: all as desired")


if __name__ == "__main__":
    main()
