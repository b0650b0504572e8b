# SPDX-License-Identifier: Apache-2.0
"""`lazaret run` in the test bed's gateway, and what its cases say."""
import datetime
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import threading
import time

import bed
import bed_plan as plan
import bed_traffic as traffic

BUILD = pathlib.Path(os.environ.get("LAZARET_BUILD") or "build").absolute()
LAZARET = BUILD / "lazaret"
READY_WAIT_S = 20
LATENESS_S = 10    # softflowd's two timeouts
TIMEOUT_S = 10     # of what the enforcer no longer refreshes
INFECTED, BENIGN = "line-7", "line-8"
CONTACT = "7@lines.example"

CONFIG = """network:
  name: example
  inside:
    - 192.0.2.0/24
    - {{ prefix: "2001:db8:1::/48", assign: 64 }}
    - {{ prefix: "2001:db8:a000::/48", assign: 56 }}
  source_filtered: true
bindings: [ {{ csv: bindings.csv }} ]
indicators: [ {{ csv: indicators.csv }} ]
exporters:
  - {{ address: 127.0.0.1, active_timeout: 5s, inactive_timeout: 5s }}
essential: [ {essential} ]
{mode}
state_dir: {folder}/state
run_dir: {folder}/run
quarantine:
  driver: nftables
  resolver: [ {resolvers} ]
  portal: [ "{portal4}:80", "[{portal6}]:80" ]
  timeout: {timeout}s
listen: {{ portal: "[::]:80" }}
portal:
  url: https://portal.{zone}
  emergency: "112"
  proxies: [ 127.0.0.1 ]
notice:
  operator: Example Net
  from: abuse@isp.example
  phone: "+1 555 0100"
{post}
"""
BY_MAIL = """  smtp: "{server}:25"
  contacts: contacts.csv"""
INTO_FOLDER = "  maildir: {folder}/outbox"  # no mail server on this machine
LIVE = "mode: live\nlive: [ notice, filter, garden ]"
SHADOW = "mode: shadow"


def when(text):
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()


def stamp(moment):
    return datetime.datetime.fromtimestamp(
        moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def configure(b, folder, mode=LIVE):
    """Two lines with all their addresses, and one command server."""
    folder.mkdir()
    rows = ["address,port_first,port_last,party,start,end"]
    for host, party in ((b.sub, INFECTED), (b.neigh, BENIGN)):
        rows += [f"{address},,,{party},2026-01-01T00:00:00Z,"
                 for address in (host.v4, host.link, host.delegated)]
    (folder / "bindings.csv").write_text("\n".join(rows) + "\n")
    (folder / "contacts.csv").write_text(
        f"party,mail\n{INFECTED},{CONTACT}\n{BENIGN},8@lines.example\n")
    post = (INTO_FOLDER if b.missing else BY_MAIL).format(
        folder=folder, server=b.mail.v4)
    now = time.time()
    (folder / "indicators.csv").write_text(
        "type,value,port,proto,family,source,first_seen,last_seen,"
        "valid_until\n" +
        "".join(f"address,{address},{plan.C2_PORT},tcp,examplebot,list-a,"
                f"{stamp(now - 5 * 86400)},{stamp(now - 86400)},\n"
                for address in (b.out.c2_v4, b.out.c2_v6)))
    spared = [f'"{v4}/32", "{v6}/128"' for v4, v6 in (
        (b.voice.v4, b.voice.v6), (b.resolver.v4, b.resolver.v6),
        (b.gw.portal_v4, b.gw.portal_v6))]
    (folder / "lazaret.yaml").write_text(CONFIG.format(
        folder=folder, mode=mode, zone=plan.ZONE, post=post, essential=", ".join(spared),
        resolvers=f'{b.resolver.v4}, "{b.resolver.v6}"',
        portal4=b.gw.portal_v4, portal6=b.gw.portal_v6, timeout=TIMEOUT_S))
    return folder / "lazaret.yaml"


class House:
    """A running `lazaret run`."""

    def __init__(self, b, config):
        self.bed = b
        self.config = config
        self.log = config.parent / "run.log"
        with open(self.log, "ab") as log:
            self.process = b.popen("gw", [LAZARET, "run", "--config", config,
                                          "--json"],
                                   stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=log)
        self.until_ready()
        b.export_anew()

    def until_ready(self):
        deadline = time.monotonic() + READY_WAIT_S
        while not self.healthy():
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                raise bed.Failed("lazaret run:\n" + self.said())
            time.sleep(0.02)

    def healthy(self):
        try:
            return self.bed.http("gw", "127.0.0.1", "/healthz", 9464,
                                 timeout=1).status == 200
        except OSError:
            return False

    def said(self):
        return self.log.read_text(errors="replace")

    def command(self, *words, check=True):
        done = subprocess.run([LAZARET, *words, "--config", self.config],
                              text=True, capture_output=True)
        if check and done.returncode:
            raise bed.Failed(f"lazaret {' '.join(words)}: {done.returncode}: "
                             f"{done.stderr}")
        return done.stdout

    def lines(self, *words):
        return [json.loads(line) for line in
                self.command(*words, "--json").splitlines()]

    def case(self):
        """The only case there is, or None; another one is a fault."""
        cases = self.lines("case", "list", "--all")
        if len(cases) > 1:
            raise bed.Failed(f"{len(cases)} cases: {cases}")
        return cases[0] if cases else None

    def story(self):
        """Lines of the case by kind."""
        found = {}
        case = self.case()
        for line in self.lines("case", "show", case["case"]) if case else []:
            found.setdefault(line["kind"], []).append(line)
        return found

    def notices(self):
        """What stands where notices go: files of messages."""
        outbox = self.config.parent / "outbox" / "new"
        return (self.bed.mails() if not self.bed.missing else
                sorted(outbox.iterdir()) if outbox.exists() else [])

    def receipts(self):
        return {line["receipt"] for line in self.story().get("receipt", [])}

    def measures(self, kind, action="on"):
        return [line for line in self.story().get("measure", [])
                if line["measure"] == kind and line["action"] == action]

    def role(self, name):
        """The process of a role, or None."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/"
                                f"{self.process.pid}/children")
        for pid in children.read_text().split():
            try:
                line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if line.split(b"\0")[0].endswith(f"lazaret-{name}".encode()):
                return int(pid)
        return None

    def kill_role(self, name):
        """SIGKILL, and waits for the one that takes its place."""
        old = self.role(name)
        if not old:
            raise bed.Failed(f"no role {name}")
        os.kill(old, signal.SIGKILL)
        deadline = time.monotonic() + READY_WAIT_S
        while self.role(name) in (None, old):
            if time.monotonic() > deadline:
                raise bed.Failed(f"{name} doesn't come back:\n" + self.said())
            time.sleep(0.005)
        self.until_ready()

    def kill_all(self):
        """As a power cut would: supervisor and roles at once."""
        self.process.send_signal(signal.SIGSTOP)
        children = pathlib.Path(f"/proc/{self.process.pid}/task/"
                                f"{self.process.pid}/children")
        for pid in [*children.read_text().split(), self.process.pid]:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def end(self):
        self.process.terminate()
        self.process.wait(30)


class ExportTap:
    """When each export datagram passed: (seconds since the epoch)."""

    def __init__(self, b):
        self.sock = b.socket("gw", socket.AF_PACKET, socket.SOCK_DGRAM,
                             socket.htons(0x0800))
        self.sock.setsockopt(socket.SOL_SOCKET, traffic.SO_TIMESTAMPNS, 1)
        self.sock.bind(("lo", 0x0800))
        self.times = []
        self.going = True
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()

    def _hear(self):
        while self.going:
            if select.select([self.sock], [], [], 0.2)[0]:
                packet, control, _, _ = self.sock.recvmsg(64, 64)
                seconds, ns = struct.unpack("qq", control[0][2])
                if packet[9] == 17 and packet[22:24] == struct.pack(
                        "!H", plan.NETFLOW_PORT):
                    self.times.append(seconds + ns / 1e9)

    def last_before(self, moment):
        return max((at for at in self.times if at <= moment), default=None)

    def stop(self):
        self.going = False
        self.thread.join()
        self.sock.close()


class TableWatch:
    """What becomes of the gateway's elements, as nft(8) sees it."""

    def __init__(self, b):
        self.process = b.popen("gw", ["nft", "monitor", "elements"],
                               text=True, stdout=subprocess.PIPE)
        self.seen = []
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()

    def _hear(self):
        for line in self.process.stdout:
            self.seen.append((time.time(), line.strip()))

    def first(self, *words, after=0.0):
        """When a line with all these words first came, or None."""
        return next((at for at, line in list(self.seen) if at >= after and
                     all(word in line for word in words)), None)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()
