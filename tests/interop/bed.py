#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A test bed of network namespaces with real peers; the map is bed_plan.py.

    bed.py up DIR              brings it up (DIR: absent or empty); it stays
    bed.py exec DIR NAME CMD…  runs a command in one of its namespaces
    bed.py down DIR            takes all of it away, also what a killed run left
    bed.py show DIR            its addresses

As a module:

    with bed.Bed() as b:                 # ends with the test, however it ends
        b.run("gw", ["ip", "route"])
        b.ping("sub", b.out.v4).lost

Needs root. Nothing of it is visible outside: every process lives in one PID
namespace, whose first process (bed_keeper.py) holds the network namespaces;
when that ends, the kernel takes everything away. Copies run side by side.
"""
import array
import dataclasses
import http.client
import json
import os
import pathlib
import random
import re
import select
import signal
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import bed_plan as plan

HERE = pathlib.Path(__file__).resolve().parent
TRAFFIC = str(HERE / "bed_traffic.py")
DOWN_WAIT_S = 10
EXPORT_WAIT_S = 20
ANSWER_WAIT_S = 4
RTP_EVERY_S = 0.02  # 50 packets of 160 bytes a second, as G.711

UAC = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call">
  <send retrans="500"><![CDATA[
    INVITE sip:help@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:line@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:help@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:line@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=line 1 1 IN IP[local_ip_type] [local_ip]
    s=-
    c=IN IP[local_ip_type] [local_ip]
    t=0 0
    m=audio RTP_PORT RTP/AVP 0
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200"/>
  <send><![CDATA[
    ACK sip:help@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:line@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:help@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <pause/>
  <send retrans="500"><![CDATA[
    BYE sip:help@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:line@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:help@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 2 BYE
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>
"""


NGINX = """daemon off;
user root;
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/pid;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {v4}:443 ssl;
    listen [{v6}]:443 ssl;
    ssl_certificate {tls}/portal.pem;
    ssl_certificate_key {tls}/portal.key;
    location / {{
      proxy_pass http://{backend};
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
    }}
  }}
}}
"""


class Failed(Exception):
    """The bed can't be brought up; the text says why."""


class Impossible(Failed):
    """Not on this machine, by no fault of anybody's: a test skips."""


def impossible():
    """Why no bed can stand here, or None."""
    if os.geteuid() != 0:
        return "not root"
    child = os.fork()
    if child == 0:
        try:
            plan.unshare(plan.NEWNET | plan.NEWNS | plan.NEWPID)
        except OSError:
            os._exit(1)
        try:
            plan.mount("none", "/", None, plan.MS_REC | plan.MS_SLAVE)
            # Whoever enters a mount namespace stands in its own root, which
            # a chroot's is not.
            root = os.stat("/")
            plan.setns(os.open("/proc/self/ns/mnt", os.O_RDONLY), plan.NEWNS)
            if not os.path.samestat(root, os.stat("/")):
                os._exit(2)
        except OSError:
            os._exit(2)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (None, "namespaces can't be made here",
            "no bed in a chroot: namespaces have roots of their own")[code]


# -- finding what is there, and ending it ------------------------------------


def start_of(pid):
    """When a process began, in clock ticks, or None; with its number it names
    a process for good."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return int(file.read().rpartition(")")[2].split()[19])
    except OSError:
        return None


def keepers_of(folder):
    """Every keeper of this folder: by its state file, and by its name for
    what was killed before it wrote one."""
    found = set()
    state = read_state(folder)
    if state and start_of(state["keeper"]) == state["started"]:
        found.add(state["keeper"])
    wanted = os.fsencode(folder)
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = pathlib.Path(entry.path, "cmdline").read_bytes()
        except OSError:
            continue
        words = line.split(b"\0")
        if any(word.endswith(b"/bed_keeper.py") for word in words) and \
                wanted in words:
            found.add(int(entry.name))
    return found


def read_state(folder):
    try:
        return json.loads((folder / plan.STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def end_process(pid):
    """Kills a keeper and waits until it, and so all of its bed, is gone."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(fd, signal.SIGKILL)
        if not select.select([fd], [], [], DOWN_WAIT_S)[0]:
            raise Failed(f"process {pid} doesn't end")
    except ProcessLookupError:
        pass
    finally:
        os.close(fd)


def down(folder):
    """Takes away the bed of a folder, whatever is left of it. Removes the
    folder only where `up` made or marked it. Doing it twice does no harm."""
    folder = pathlib.Path(folder).absolute()
    for pid in keepers_of(folder):
        end_process(pid)
    if (folder / plan.MARK).exists():
        plan.remove_tree(folder)
    try:
        folder.rmdir()  # `up` killed before it marked it
    except OSError:
        pass


# -- what measurements answer with -------------------------------------------


@dataclasses.dataclass
class Ping:
    sent: int
    received: int
    times_ms: list

    @property
    def lost(self):
        return self.sent - self.received

    @property
    def median_ms(self):
        return statistics.median(self.times_ms) if self.times_ms else None


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict
    body: bytes
    seconds: float


@dataclasses.dataclass
class Call:
    """`connected`: answered, acknowledged and hung up as SIP has it. `times`:
    of each media packet when it was sent and, echoed, came back, or None."""
    connected: bool
    said: str
    times: list

    @property
    def sent(self):
        return len(self.times)

    @property
    def lost(self):
        return sum(back is None for _, back in self.times)


@dataclasses.dataclass
class Delivery:
    """A flood against what arrived; times in seconds since the epoch."""
    sent: int
    arrived: int
    first_lost: float  # sending time of the first that never arrived, or None
    last_arrival: float


class Pinger:
    """A ping that runs until `stop`."""

    def __init__(self, process, log):
        self.process = process
        self.log = log

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        said = self.log.read_text(errors="replace")
        totals = re.search(r"(\d+) packets transmitted, (\d+) received", said)
        if not totals:
            raise Failed("ping: " + said)
        return Ping(int(totals[1]), int(totals[2]),
                    [float(t) for t in re.findall(r"time=([\d.]+) ms", said)])


class Flood:
    """A running sender; `stop` answers {sent, errors, seconds, pps}."""

    def __init__(self, process, log):
        self.process = process
        self.log = log

    def sent_at(self):
        """Sending times in ns, by sequence number."""
        return read_log(self.log, 1)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait()

    def wait(self):
        said = self.process.communicate(timeout=60)[0]
        if self.process.returncode:
            raise Failed(f"flood ended with {self.process.returncode}")
        return json.loads(said)


class Arrivals:
    """A running tap on a flood's target."""

    def __init__(self, process, log):
        self.process = process
        self.log = log

    def seen(self):
        """(sequence number, arrival in ns) of what came so far."""
        rows = read_log(self.log, 2)
        return list(zip(rows[::2], rows[1::2]))

    def since(self, when):
        """How many arrived at or after a time (s since the epoch)."""
        return sum(at >= when * 1e9 for _, at in self.seen())

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=60)
        return self.seen()


class Recorder:
    """Stands where lazaret would, and keeps what softflowd exports."""

    def __init__(self, sock):
        self.sock = sock
        self.got = []
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()

    def _hear(self):
        while True:
            payload, (_, port) = self.sock.recvfrom(65535)
            if not payload:
                return
            self.got.append((time.time_ns(), port, payload))

    def stop(self, path):
        """Ends it and writes a capture of bare IPv4 packets."""
        address = self.sock.getsockname()
        self.sock.sendto(b"", address)
        self.thread.join()
        self.sock.close()
        home = socket.inet_aton(address[0])
        with open(path, "wb") as file:
            file.write(struct.pack("!IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                   101))
            for at, port, payload in self.got:
                size = 28 + len(payload)
                file.write(struct.pack(
                    "!IIIIBBHHHBBH", at // 10**9, at % 10**9 // 1000, size,
                    size, 0x45, 0, size, 0, 0, 64, 17, 0) + home + home +
                    struct.pack("!HHHH", port, address[1], size - 20, 0) +
                    payload)


def read_log(path, words):
    """What a running writer has put into its log, whole rows only."""
    data = pathlib.Path(path).read_bytes()
    numbers = array.array("q")
    numbers.frombytes(data[:len(data) // (8 * words) * 8 * words])
    return numbers


def delivery(flood, arrivals):
    """Compares the two logs; both have been stopped."""
    times = flood.sent_at()
    seen = arrivals.seen()
    came = {number for number, _ in seen}
    lost = next((n for n in range(len(times)) if n not in came), None)
    return Delivery(len(times), len(seen),
                    None if lost is None else times[lost] / 1e9,
                    max((at for _, at in seen), default=0) / 1e9)


# -- the bed -----------------------------------------------------------------


class Bed:
    """A bed that is up. `Bed()` brings one up that ends with this process;
    Bed.attach(folder) enters one that stands. Its hosts are attributes: b.sub,
    b.gw … with their addresses (bed_plan.Host)."""

    def __init__(self, folder=None, say=None, stays=False):
        reason = impossible()
        if reason:
            raise Impossible(reason)
        self._files()
        self.folder = make_folder(folder)
        self.stays = stays
        self.keeper = None
        try:
            self._start_keeper()
            self._follow(say or (lambda text: None))
            self._enter()
        except BaseException:
            self.down()
            raise
        if stays:
            self._detach()

    def _files(self):
        self.lock = threading.Lock()
        self.own_pid_ns = os.open("/proc/self/ns/pid", os.O_RDONLY)
        self.fds = []
        self.started = []
        self.logs = 0
        self.control = None
        self.missing = []

    @classmethod
    def attach(cls, folder):
        bed = cls.__new__(cls)
        bed._files()
        bed.folder = pathlib.Path(folder).absolute()
        bed.keeper = None
        bed.stays = True
        bed._enter()
        return bed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    def _start_keeper(self):
        """It is the first process of a PID namespace made for it."""
        read, self.control = os.pipe()
        with self.lock, open(self.folder / "keeper.log", "wb") as log:
            plan.unshare(plan.NEWPID)
            try:
                self.keeper = subprocess.Popen(
                    [sys.executable, str(HERE / "bed_keeper.py"),
                     str(self.folder)],
                    stdin=read, stdout=subprocess.PIPE, stderr=log, text=True,
                    start_new_session=True)
            finally:
                plan.setns(self.own_pid_ns, plan.NEWPID)
                os.close(read)

    def _follow(self, say):
        for line in self.keeper.stdout:
            line = json.loads(line)
            if "progress" in line:
                say(line["progress"])
            if "failed" in line:
                raise Failed(line["failed"])
            if "ready" in line:
                self.missing = line["missing"]
                return
        raise Failed(f"the keeper ended with {self.keeper.wait()}\n" +
                     (self.folder / "keeper.log").read_text(errors="replace"))

    def _detach(self):
        os.write(self.control, b"d")
        os.close(self.control)
        self.control = None

    def _enter(self):
        state = read_state(self.folder)
        if not state or start_of(state["keeper"]) != state["started"]:
            raise Failed(f"no bed stands in {self.folder}")
        self.keeper_pid = state["keeper"]
        proc = f"/proc/{self.keeper_pid}"

        def keep(path):
            self.fds.append(os.open(path, os.O_RDONLY))
            return self.fds[-1]
        self.pid_ns = keep(proc + "/ns/pid")
        self.mount_ns = keep(proc + "/ns/mnt")
        self.net = {name: keep(f"{proc}/fd/{fd}")
                    for name, fd in state["ns"].items()}
        self.hosts = plan.hosts()
        self.__dict__.update(self.hosts)

    def down(self):
        """Ends the bed and waits until nothing of it is left."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        for fd in self.fds + [self.own_pid_ns]:
            os.close(fd)
        self.fds, self.own_pid_ns, self.started = [], None, []
        if self.control is not None and self.keeper:
            # Not through the pipe: then files would be gone before it is.
            end_process(self.keeper.pid)
            os.close(self.control)
            self.control = None
        if self.keeper:
            self.keeper.kill()
            self.keeper.wait()
            self.keeper.stdout.close()
        down(self.folder)

    # -- processes and sockets inside

    def popen(self, name, argv, **options):
        """A process in a namespace, of the bed's life; as subprocess.Popen.
        It sees the bed's resolver as /etc/resolv.conf."""
        where = str(options.pop("cwd", None) or os.getcwd())

        def enter():
            plan.setns(self.mount_ns, plan.NEWNS)
            plan.setns(self.net[name], plan.NEWNET)
            plan.use_resolver(str(self.folder))
            os.chdir(where)
        with self.lock:
            plan.setns(self.pid_ns, plan.NEWPID)
            try:
                process = subprocess.Popen([str(a) for a in argv],
                                           preexec_fn=enter, **options)
            finally:
                plan.setns(self.own_pid_ns, plan.NEWPID)
        self.started.append(process)
        return process

    def run(self, name, argv, timeout=60, check=True):
        """Runs a command to its end; its CompletedProcess, output as text."""
        with self.popen(name, argv, text=True, stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        if check and process.returncode:
            raise Failed(f"{' '.join(map(str, argv))} in {name}: "
                         f"{process.returncode}: {err.strip()}")
        return subprocess.CompletedProcess(argv, process.returncode, out, err)

    def socket(self, name, family=socket.AF_INET, kind=socket.SOCK_STREAM,
               proto=0):
        """A socket of this process that lives in a namespace."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            plan.setns(self.net[name], plan.NEWNET)
            return socket.socket(family, kind, proto)
        finally:
            plan.setns(own, plan.NEWNET)
            os.close(own)

    def connect(self, name, address, port, timeout=5, source=None):
        sock = self.socket(name, plan.family_of(address))
        sock.settimeout(timeout)
        try:
            if source:
                sock.bind((source, 0))
            sock.connect((address, port))
        except BaseException:
            sock.close()
            raise
        return sock

    def log_path(self, kind):
        with self.lock:
            self.logs += 1
            return self.folder / "tmp" / f"{kind}-{os.getpid()}-{self.logs}"

    # -- measurements

    def ping_start(self, name, target, interval=0.02, source=None):
        path = self.log_path("ping")
        with open(path, "wb") as log:
            return Pinger(self.popen(
                name, ["ping", "-n", "-i", interval,
                       *(["-I", source] if source else []), target],
                stdout=log, stderr=subprocess.STDOUT), path)

    def ping(self, name, target, count=5, interval=0.02, wait=1, source=None):
        said = self.run(name, ["ping", "-n", "-i", interval, "-c", count, "-W",
                               wait, *(["-I", source] if source else []),
                               target], check=False).stdout
        times = [float(t) for t in re.findall(r"time=([\d.]+) ms", said)]
        return Ping(count, len(times), times)

    def dns(self, name, question, kind="A", server=None, timeout=2,
            source=None):
        """Addresses a server answers with, as text. OSError where none
        does."""
        server = server or self.hosts["resolver"].v4
        with self.socket(name, plan.family_of(server),
                         socket.SOCK_DGRAM) as sock:
            sock.settimeout(timeout)
            if source:
                sock.bind((source, 0))
            sock.connect((server, 53))
            number = random.getrandbits(16)
            sock.send(dns_query(number, question, kind))
            while True:
                answer = sock.recv(4096)
                if answer[:2] == number.to_bytes(2, "big"):
                    return dns_addresses(answer)

    def http(self, name, host, path="/", port=None, tls=False, timeout=5,
             source=None, form=None, address=None):
        """GET, or POST of a form's fields, by name (asking the bed's resolver
        unless its address is said) or address; Reply, or the OSError of
        whatever refused. TLS is verified against the bed's CA."""
        began = time.monotonic()
        address = address or (host if is_address(host) else
                              self.dns(name, host)[0])
        port = port or (443 if tls else 80)
        sock = self.connect(name, address, port, timeout, source)
        try:
            if tls:
                context = ssl.create_default_context(
                    cafile=self.folder / "tls" / "ca.pem")
                sock = context.wrap_socket(sock, server_hostname=host)
            peer = http.client.HTTPConnection(host, port)
            peer.sock = sock
            if form is None:
                peer.request("GET", path)
            else:
                peer.request("POST", path, urllib.parse.urlencode(form), {
                    "Content-Type": "application/x-www-form-urlencoded"})
            reply = peer.getresponse()
            return Reply(reply.status, dict(reply.getheaders()), reply.read(),
                         time.monotonic() - began)
        finally:
            sock.close()

    def contact(self, name, address, port=plan.C2_PORT, source=None):
        """What a bot does: connects, sends a line, reads one."""
        with self.connect(name, address, port, source=source) as sock:
            sock.sendall(b"here\n")
            return sock.recv(64)

    def record_netflow(self):
        """For a bed without `lazaret run`: both want the port."""
        sock = self.socket("gw", socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", plan.NETFLOW_PORT))
        recorder = Recorder(sock)
        self.export_anew()
        return recorder

    def export_anew(self):
        """Restarts softflowd, whose templates come first: for a collector
        that listens by now."""
        mark = self.folder / plan.EXPORTING
        mark.unlink(missing_ok=True)
        os.kill(self.keeper_pid, signal.SIGHUP)
        deadline = time.monotonic() + EXPORT_WAIT_S
        while not mark.exists():
            if time.monotonic() > deadline:
                raise Failed("softflowd doesn't begin anew")
            time.sleep(0.01)

    def flood(self, name, target, port=80, pps=2000, seconds=600, kind="udp",
              size=64, source=None):
        """Starts a flood; kind udp or syn (for that, a dark target: else its
        answers make the traffic two-sided)."""
        host = self.hosts[name]
        source = source or (host.v6 if ":" in target else host.v4)
        log = self.log_path("flood")
        log.touch()
        return Flood(self.popen(
            name, [sys.executable, TRAFFIC, "flood", kind, target, port, pps,
                   seconds, size, source, log], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE), log)

    def arrivals(self, name, target, port=80):
        """Taps a flood's target; when this returns it is counting."""
        log = self.log_path("arrivals")
        process = self.popen(name, [sys.executable, TRAFFIC, "arrivals",
                                    target, port, log], text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if process.stdout.readline() != "ready\n":
            raise Failed("the tap didn't start")
        return Arrivals(process, log)

    def call(self, name="sub", seconds=2, v6=False):
        return self.call_start(name, seconds, v6).wait()

    def call_start(self, name="sub", seconds=2, v6=False):
        """A call to the voice platform, media both ways; wait() -> Call."""
        return RunningCall(self, name, seconds, v6)

    def tls_front(self, backend):
        """Nginx on the portal's addresses, port 443, before `backend`
        (host:port in the gateway); answers when it listens."""
        folder = self.log_path("nginx")
        folder.mkdir()
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(
            folder=folder, v4=self.hosts["gw"].portal_v4,
            v6=self.hosts["gw"].portal_v6, tls=self.folder / "tls",
            backend=backend), encoding="ascii")
        nginx = self.popen("gw", ["nginx", "-p", folder, "-c", config, "-e",
                                  folder / "error.log"])
        deadline = time.monotonic() + EXPORT_WAIT_S
        while True:
            try:
                self.connect("gw", self.hosts["gw"].portal_v6, 443).close()
                return nginx
            except OSError as error:
                if nginx.poll() is not None or time.monotonic() > deadline:
                    raise Failed("nginx: " + (folder / "error.log").read_text(
                        errors="replace")) from error
            time.sleep(0.02)

    def browser(self, name, width, height, *argv, timeout=60):
        """Chromium without a window, in a namespace (the bed's CA is nobody
        it knows: `http` is what verifies)."""
        profile = self.log_path("browser")
        return self.run(name, ["chromium", "--headless", "--no-sandbox",
                               "--disable-gpu",
                               "--disable-background-networking",
                               "--ignore-certificate-errors",
                               "--no-first-run", "--hide-scrollbars",
                               f"--user-data-dir={profile}",
                               f"--window-size={width},{height}", *argv],
                        timeout)

    def screenshot(self, name, url, png, width, height):
        """What Chromium shows of a page there, as a person would see it."""
        self.browser(name, width, height, f"--screenshot={png}", url)

    def landed(self, name, url, width, height):
        """The page Chromium lands on, as it has understood it."""
        return self.browser(name, width, height, "--dump-dom", url).stdout

    def mails(self):
        """Files of what the mail server has delivered."""
        new = self.folder / "mail" / "Maildir" / "new"
        return sorted(new.iterdir()) if new.exists() else []


class RunningCall:
    """Sipp does the signalling; the media packets are ours, so that each can
    be counted, and come back from the platform's echo."""

    def __init__(self, bed, name, seconds, v6):
        host, voice = bed.hosts[name], bed.hosts["voice"]
        local, remote = (host.v6, voice.v6) if v6 else (host.v4, voice.v4)
        self.media = bed.socket(name, plan.family_of(local), socket.SOCK_DGRAM)
        self.media.bind((local, 0))
        self.media.connect((remote, plan.RTP_PORT))
        scenario = bed.log_path("call").with_suffix(".xml")
        scenario.write_text(UAC.replace(
            "RTP_PORT", str(self.media.getsockname()[1])), encoding="ascii")
        bracket = "[{}]" if v6 else "{}"
        self.said = bed.log_path("sipp")
        with open(self.said, "wb") as log:
            self.sipp = bed.popen(
                name, ["sipp", "-sf", scenario, "-m", "1", "-nostdin",
                       "-d", int(seconds * 1000), "-i", bracket.format(local),
                       "-timeout", int(seconds + ANSWER_WAIT_S),
                       "-timeout_error",
                       f"{bracket.format(remote)}:{plan.SIP_PORT}"],
                stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=bed.folder / "tmp")
        self.count = int(seconds / RTP_EVERY_S)
        self.times = []
        self.thread = threading.Thread(target=self._talk, daemon=True)
        self.thread.start()

    def _talk(self):
        begin = time.monotonic()
        back = {}
        sent = []
        for number in range(self.count):
            try:
                self.media.send(struct.pack("!BBHII", 0x80, 0, number,
                                            number * 160, 0x6c7a) + bytes(160))
            except OSError:
                pass  # refused on its own side: as good as lost
            sent.append(time.time())
            self._hear(begin + (number + 1) * RTP_EVERY_S, back, self.count)
        self._hear(time.monotonic() + 0.5, back, self.count)
        self.times = [(at, back.get(n)) for n, at in enumerate(sent)]

    def _hear(self, until, back, enough):
        while (left := until - time.monotonic()) > 0 and len(back) < enough:
            if not select.select([self.media], [], [], left)[0]:
                return
            try:
                packet = self.media.recv(256)
            except OSError:
                continue
            back.setdefault(struct.unpack("!H", packet[2:4])[0], time.time())

    def wait(self):
        code = self.sipp.wait(60)
        self.thread.join()
        self.media.close()
        return Call(code == 0, self.said.read_text(errors="replace"),
                    self.times)


def make_folder(folder):
    """Absent or empty becomes ours; the users of roles may pass through."""
    if folder is None:
        folder = tempfile.mkdtemp(prefix="lz-bed-")
    folder = pathlib.Path(folder).absolute()
    if (folder / plan.MARK).exists():
        if keepers_of(folder):
            raise Failed(f"a bed stands in {folder} already")
        plan.remove_tree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Failed(f"{folder} isn't empty")
    folder.chmod(0o711)
    (folder / plan.MARK).touch()
    return folder


def is_address(text):
    return bool(re.fullmatch(r"[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*", text))


def dns_query(number, name, kind):
    labels = b"".join(bytes([len(label)]) + label for label in
                      name.rstrip(".").encode("ascii").split(b"."))
    return (struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" +
            struct.pack("!HH", {"A": 1, "AAAA": 28}[kind], 1))


def dns_addresses(answer):
    """The A and AAAA of an answer to one question."""
    count = struct.unpack("!H", answer[6:8])[0]
    at = answer.index(b"\0", 12) + 5
    found = []
    for _ in range(count):
        while answer[at] & 0xc0 != 0xc0 and answer[at]:
            at += answer[at] + 1
        at += 2 if answer[at] else 1
        kind, _, _, size = struct.unpack("!HHIH", answer[at:at + 10])
        data = answer[at + 10:at + 10 + size]
        if kind in (1, 28):
            found.append(socket.inet_ntop(
                socket.AF_INET if kind == 1 else socket.AF_INET6, data))
        at += 10 + size
    return found


# -- command line ------------------------------------------------------------


def show(bed):
    for host in bed.hosts.values():
        more = " ".join(f"{key}={value}" for key, value in vars(host).items()
                        if key not in ("name", "v4", "v6"))
        print(f"{host.name:<9} {host.v4:<14} {host.v6:<20} {more}")


def main(argv):
    if len(argv) < 2 or argv[0] not in ("up", "down", "exec", "show") or \
            (argv[0] == "exec") != (len(argv) > 3) or \
            argv[0] == "exec" and argv[2] not in plan.NAMES:
        print(f"usage: bed.py up|down|show DIR, bed.py exec DIR "
              f"{'|'.join(plan.NAMES)} CMD…", file=sys.stderr)
        return 2
    verb, folder = argv[0], argv[1]
    try:
        if verb == "up":
            bed = Bed(folder, lambda text: print(f"bed: {text}", flush=True),
                      stays=True)
            for text in bed.missing:
                print(f"bed: without {text}")
            show(bed)
            print(f"bed: up in {bed.folder}")
        elif verb == "down":
            down(folder)
        elif verb == "show":
            show(Bed.attach(folder))
        else:
            process = Bed.attach(folder).popen(argv[2], argv[3:])
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda n, _: process.send_signal(n))
            code = process.wait()
            return 128 - code if code < 0 else code
    except Impossible as error:
        print(f"bed: {error}", file=sys.stderr)
        return 77
    except Failed as error:
        print(f"bed: {error}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
