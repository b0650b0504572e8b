#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The process that is the test bed; bed.py starts it, nobody else does.

It is the first process of a PID namespace of its own, in a mount namespace of
its own, and holds the network namespaces by nothing but its descriptors. So
when it ends, in whatever way, the kernel ends every process of the bed and
takes namespaces, interfaces and mounts away with it. It ends when its starter
does (end of file on standard input), unless that has sent `d` (detach) first.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import bed_plan as plan

HERE = pathlib.Path(__file__).resolve().parent
PEER_WAIT_S = 15
RETRY_S = 0.02

# Softflowd 1.1.0 gives libpcap no timeout, so the kernel hands its ring over
# by whole blocks of 256 kB only: a lone packet waits until about 170 full
# frames are there. Frames of an experimental type, to nobody, are these.
FILL_TYPE = 0x88b5
FILL_EVERY_S = 0.02
FILL_FRAMES = 20

UNBOUND = """server:
  interface: {v4}
  interface: {v6}
  interface: 127.0.0.1
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  num-threads: 1
  module-config: "iterator"
  local-zone: "." redirect
  local-data: ". 60 IN A {out4}"
  local-data: ". 60 IN AAAA {out6}"
  local-zone: "{zone}." static
"""

SMTPD = """table users {{ "lz" = "65534:65534:{folder}" }}
table everybody {{ "@" = "lz" }}
listen on {v4} port 25 hostname mail.{zone}
listen on {v6} port 25 hostname mail.{zone}
action "in" maildir "{folder}/Maildir" userbase <users> virtual <everybody>
match from any for domain "refused.example" reject
match from any for any action "in"
"""


class Failed(Exception):
    """The bed can't be brought up."""


class Keeper:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.hosts = plan.hosts()
        self.ns = {}
        self.daemons = {}
        self.missing = []

    def say(self, **line):
        print(json.dumps(line), flush=True)

    # -- namespaces and wires ------------------------------------------------

    def remember(self):
        """The state file, before anything else: `down` goes by it. The old
        /proc still shows our number in the outer PID namespace."""
        outer = os.readlink("/proc/self")
        with open(f"/proc/{outer}/stat", encoding="ascii") as file:
            started = file.read().rpartition(")")[2].split()[19]
        self.state = {"keeper": int(outer), "started": int(started), "ns": {}}
        self.write_state()

    def write_state(self):
        new = self.folder / (plan.STATE + ".new")
        new.write_text(json.dumps(self.state), encoding="utf-8")
        new.rename(self.folder / plan.STATE)

    def isolate(self):
        plan.unshare(plan.NEWNS)
        plan.mount("none", "/", None, plan.MS_REC | plan.MS_SLAVE)
        plan.mount("proc", "/proc", "proc", 0)

    def make_namespaces(self):
        for name in plan.NAMES:
            plan.unshare(plan.NEWNET)
            self.ns[name] = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            self.state["ns"][name] = self.ns[name]
            self.sysctl(name, ipv6__conf__default__accept_dad=0,
                        ipv6__conf__all__accept_dad=0,
                        ipv6__conf__default__accept_ra=0)
        self.write_state()

    def enter(self, name):
        plan.setns(self.ns[name], plan.NEWNET)

    def ip(self, name, lines):
        done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines),
                              text=True, capture_output=True,
                              preexec_fn=lambda: self.enter(name))
        if done.returncode:
            raise Failed(f"ip in {name}: {done.stderr.strip()}")

    def sysctl(self, name, **values):
        """Names with __ for the dot that is a slash in /proc/sys."""
        self.enter(name)
        for key, value in values.items():
            path = "/proc/sys/net/" + key.replace("__", "/")
            with open(path, "w", encoding="ascii") as file:
                file.write(str(value))

    def make_wires(self):
        gw = self.hosts["gw"]
        self.sysctl("gw", ipv4__ip_forward=1, ipv6__conf__all__forwarding=1,
                    ipv4__conf__all__send_redirects=0,
                    ipv4__conf__default__send_redirects=0,
                    ipv4__conf__all__rp_filter=0)
        lines = ["link set lo up"]
        for bridge, ports in (("lz-wire", ("sub", "neigh")),
                              ("lz-core", ("resolver", "voice", "mail"))):
            lines.append(f"link add {bridge} type bridge stp_state 0 "
                         "forward_delay 0 mcast_snooping 0")
            for port in ports:
                lines += [f"link add lz-{port} type veth peer name eth0 "
                          f"netns /proc/1/fd/{self.ns[port]}",
                          f"link set lz-{port} master {bridge} up"]
            lines.append(f"link set {bridge} up")
        lines += ["link set lz-sub type bridge_slave isolated on",
                  "link set lz-neigh type bridge_slave isolated on",
                  "link add lz-outside type veth peer name eth0 "
                  f"netns /proc/1/fd/{self.ns['out']}",
                  "link set lz-outside up"]
        for address, device in (
                (f"{gw.v4}/24", "lz-wire"),
                (f"{self.hosts['sub'].gateway_v6}/64", "lz-wire"),
                (f"{self.hosts['neigh'].gateway_v6}/64", "lz-wire"),
                (f"{gw.core_v4}/24", "lz-core"),
                (f"{gw.core_v6}/64", "lz-core"),
                (f"{gw.portal_v4}/32", "lz-core"),
                (f"{gw.portal_v6}/128", "lz-core"),
                (f"{gw.outside_v4}/24", "lz-outside"),
                (f"{gw.outside_v6}/64", "lz-outside")):
            lines.append(f"addr add {address} dev {device} nodad")
        self.ip("gw", lines)
        self.sysctl("gw", **{"ipv4__conf__lz-wire__rp_filter": 1,
                             "ipv4__conf__lz-wire__proxy_arp_pvlan": 1,
                             "ipv4__neigh__lz-wire__proxy_delay": 0,
                             "ipv4__conf__lz-wire__send_redirects": 0})

    def make_hosts(self):
        gw = self.hosts["gw"]
        routes = []
        for name in plan.NAMES[1:]:
            host = self.hosts[name]
            via4, via6 = {
                "sub": (gw.v4, getattr(host, "gateway_v6", "")),
                "neigh": (gw.v4, getattr(host, "gateway_v6", "")),
                "out": (gw.outside_v4, gw.outside_v6),
            }.get(name, (gw.core_v4, gw.core_v6))
            lines = ["link set lo up", "link set eth0 up",
                     f"addr add {host.v4}/24 dev eth0",
                     f"addr add {host.v6}/64 dev eth0 nodad"]
            if name == "out":
                lines += [f"addr add {host.c2_v4}/24 dev eth0",
                          f"addr add {host.c2_v6}/64 dev eth0 nodad"]
                routes += [f"route add {host.dark_v4} via {host.v4}",
                           f"route add {host.dark_v6} via {host.v6}"]
            if hasattr(host, "delegated"):
                lines += [f"addr add {host.lan_v6}/128 dev lo nodad",
                          f"route add unreachable {host.delegated}"]
                routes.append(f"route add {host.delegated} via {host.v6}")
            lines += [f"route add default via {via4}",
                      f"route add default via {via6} src {host.v6}"]
            self.ip(name, lines)
        self.ip("gw", routes)

    # -- peers ---------------------------------------------------------------

    def start(self, name, host, argv, prepare=None, env=None):
        """A daemon in a namespace, with mounts of its own, for `prepare` too;
        what it says goes to NAME.log."""
        if not shutil.which(argv[0]):
            raise Failed(f"{argv[0]} isn't there: tools/install-packages.sh "
                         "demo")

        def enter():
            self.enter(host)
            plan.use_resolver(str(self.folder))
            if prepare:
                prepare()
        with open(self.folder / f"{name}.log", "wb") as log:
            self.daemons[name] = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, preexec_fn=enter,
                cwd=self.folder / "tmp", env=env)

    def until(self, what, name, probe):
        """Asks again until it answers; a dead daemon isn't waited for."""
        begin = time.monotonic()
        while True:
            try:
                probe()
                break
            except OSError as error:
                last = error
            daemon = self.daemons.get(name)
            if daemon and daemon.poll() is not None:
                raise Failed(f"{name} ended with {daemon.returncode}:\n" +
                             self.log_of(name))
            if time.monotonic() - begin > PEER_WAIT_S:
                raise Failed(f"{what}: no answer in {PEER_WAIT_S} s ({last})"
                             f"\n{self.log_of(name)}")
            time.sleep(RETRY_S)
        self.say(progress=what)

    def log_of(self, name):
        try:
            log = (self.folder / f"{name}.log").read_text(errors="replace")
        except OSError:
            return ""
        return log[-2000:]

    def reach(self, host, address, port, begin=b""):
        """A TCP connection from a namespace, and the greeting expected."""
        self.enter(host)
        with socket.create_connection((address, port), 1) as peer:
            if begin and not peer.recv(256).startswith(begin):
                raise ConnectionError("not the greeting expected")

    def ask(self, host, address):
        """Any DNS answer at all."""
        self.enter(host)
        with socket.socket(plan.family_of(address), socket.SOCK_DGRAM) as sock:
            sock.settimeout(1)
            sock.connect((address, 53))
            sock.send(struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) +
                      b"\4beds\0\0\1\0\1")
            sock.recv(512)

    def call(self):
        """An empty call, answered and hung up."""
        done = subprocess.run(
            ["sipp", "-sn", "uac", "-m", "1", "-d", "0", "-nostdin",
             "-timeout", "5", "-i", self.hosts["sub"].v4,
             f"{self.hosts['voice'].v4}:{plan.SIP_PORT}"],
            preexec_fn=lambda: self.enter("sub"), cwd=self.folder / "tmp",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        if done.returncode:
            raise ConnectionError(f"sipp ended with {done.returncode}")

    def listens(self, host, port):
        self.enter(host)
        with open("/proc/thread-self/net/udp", encoding="ascii") as file:
            if not any(line.split()[1].endswith(f":{port:04X}")
                       for line in file.readlines()[1:]):
                raise ConnectionError("not listening")

    def metering(self):
        """Softflowd's control socket answers and it taps the wire."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.folder / "softflowd.ctl"))
        self.enter("gw")
        with open("/proc/thread-self/net/packet", encoding="ascii") as file:
            if len(file.readlines()) < 2:
                raise ConnectionError("no tap")

    def certificates(self):
        tls = self.folder / "tls"
        tls.mkdir()
        gw, out = self.hosts["gw"], self.hosts["out"]

        def request(name, *extra):
            done = subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                 "-subj", f"/CN={name}.{plan.ZONE}", "-keyout",
                 tls / f"{name}.key", "-out", tls / f"{name}.pem", *extra],
                capture_output=True, text=True)
            if done.returncode:
                raise Failed(f"openssl: {done.stderr}")
        request("ca", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        signed = ("-CA", tls / "ca.pem", "-CAkey", tls / "ca.key",
                  "-addext", "basicConstraints=critical,CA:FALSE", "-addext")
        request("out", *signed, f"subjectAltName=DNS:*.{plan.ZONE},"
                f"DNS:www.outside.example,IP:{out.v4},IP:{out.v6}")
        request("portal", *signed, f"subjectAltName=DNS:portal.{plan.ZONE},"
                f"IP:{gw.portal_v4},IP:{gw.portal_v6}")

    def resolver(self):
        host, gw, out = (self.hosts[n] for n in ("resolver", "gw", "out"))
        text = UNBOUND.format(v4=host.v4, v6=host.v6, folder=self.folder,
                              out4=out.v4, out6=out.v6, zone=plan.ZONE)
        rows = [(f"{h.name}.{plan.ZONE}.", h.v4, h.v6)
                for h in self.hosts.values()]
        rows += [(f"portal.{plan.ZONE}.", gw.portal_v4, gw.portal_v6),
                 (f"www.{plan.ZONE}.", out.v4, out.v6),
                 (f"c2.{plan.ZONE}.", out.c2_v4, out.c2_v6)]
        for name, v4, v6 in rows:
            text += (f'  local-data: "{name} 60 IN A {v4}"\n'
                     f'  local-data: "{name} 60 IN AAAA {v6}"\n')
        text += "remote-control:\n  control-enable: no\n"
        path = self.folder / "unbound.conf"
        path.write_text(text, encoding="ascii")
        self.start("unbound", "resolver", ["unbound", "-d", "-c", str(path)])

    def mail(self):
        """OpenSMTPD, with folders of its own mounted over the system's. Where
        another mail server is the machine's, this one can't be installed."""
        if not shutil.which("smtpd"):
            self.missing.append("mail: no OpenSMTPD")
            return
        folder = self.folder / "mail"
        folder.mkdir()
        os.chown(folder, 65534, 65534)
        host = self.hosts["mail"]
        config = self.folder / "smtpd.conf"
        config.write_text(SMTPD.format(folder=folder, zone=plan.ZONE,
                                       v4=host.v4, v6=host.v6),
                          encoding="ascii")
        spool = self.folder / "spool"
        spool.mkdir()

        def private():
            plan.mount("none", "/run", "tmpfs", 0, "mode=0755")
            plan.mount(str(spool), "/var/spool", None, plan.MS_BIND)
        self.start("smtpd", "mail", ["smtpd", "-d", "-f", str(config)],
                   private)

    def start_peers(self):
        voice = self.hosts["voice"]
        tls = self.folder / "tls"
        self.resolver()
        self.mail()
        self.start("web", "out", [sys.executable, str(HERE / "bed_traffic.py"),
                                  "serve", str(tls / "out.pem"),
                                  str(tls / "out.key")])
        for family, address in (("4", voice.v4), ("6", f"[{voice.v6}]")):
            self.start(f"sipp{family}", "voice",
                       ["sipp", "-sn", "uas", "-i", address, "-mi", address,
                        "-p", str(plan.SIP_PORT), "-mp", str(plan.RTP_PORT),
                        "-rtp_echo", "-nostdin"])
        self.export()
        threading.Thread(target=self.fill, daemon=True).start()

    def export(self):
        """Softflowd: a flow is cut after 5 s, and over when quiet for 5."""
        self.start("softflowd", "gw",
                   ["softflowd", "-d", "-i", "lz-wire", "-v", "9",
                    "-A", "milli", "-C", "1600", "-n", f"127.0.0.1:{plan.NETFLOW_PORT}",
                    "-c", str(self.folder / "softflowd.ctl"),
                    "-p", str(self.folder / "softflowd.pid"),
                    *(f"-t{name}=5" for name in
                      ("maxlife", "general", "tcp", "udp", "icmp", "tcp.fin",
                       "tcp.rst")), "-texpint=1"])

    def export_anew(self, *_):
        """On SIGHUP: templates come first and then every 16th datagram, so a
        collector that begins later asks for this. The file says when."""
        self.daemons["softflowd"].kill()
        self.daemons["softflowd"].wait()
        (self.folder / "softflowd.ctl").unlink(missing_ok=True)
        self.export()
        try:
            self.until("softflowd anew", "softflowd", self.metering)
        except Failed as error:
            (self.folder / "died.log").write_text(str(error))
            return
        (self.folder / plan.EXPORTING).touch()

    def fill(self):
        """A thread: a block of softflowd's ring is full every 0.2 s."""
        self.enter("gw")
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
            sock.bind(("lz-wire", 0))
            own = sock.getsockname()[4]
            frame = own + own + struct.pack("!H", FILL_TYPE) + bytes(1500)
            while True:
                for _ in range(FILL_FRAMES):
                    sock.send(frame)
                time.sleep(FILL_EVERY_S)

    def wait_for_peers(self):
        out, resolver, mail = (self.hosts[n] for n in
                               ("out", "resolver", "mail"))
        for host in ("sub", "neigh"):
            for address in (out.v4, out.v6, out.c2_v4):
                self.until(f"{host} reaches http://{address}/", "web",
                           lambda h=host, a=address: self.reach(h, a, 80))
        self.until("https", "web", lambda: self.reach("sub", out.v4, 443))
        for address in (resolver.v4, resolver.v6):
            self.until(f"resolver {address}", "unbound",
                       lambda a=address: self.ask("sub", a))
        if "smtpd" in self.daemons:
            self.until("mail server", "smtpd",
                       lambda: self.reach("gw", mail.v4, 25, b"220"))
        self.until("voice platform, a call", "sipp4", self.call)
        self.until("softflowd", "softflowd", self.metering)

    # -- life ----------------------------------------------------------------

    def build(self):
        (self.folder / "tmp").mkdir()
        (self.folder / "resolv.conf").write_text(
            f"nameserver {self.hosts['resolver'].v4}\n", encoding="ascii")
        self.make_namespaces()
        self.say(progress="namespaces " + " ".join(plan.NAMES))
        self.make_wires()
        self.make_hosts()
        self.say(progress="wires, addresses, routes")
        self.certificates()
        self.start_peers()
        self.wait_for_peers()

    def end_with_starter(self):
        """Kills everything when the starter goes, before files too."""
        if os.read(0, 1) == b"d":
            return
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        plan.remove_tree(self.folder)
        os._exit(1)

    def live(self):
        """Reaps, as the first process of a PID namespace must; a daemon that
        dies is written down, for whoever wonders."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, self.export_anew)
        while True:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                signal.pause()
                continue
            for name, daemon in self.daemons.items():
                if daemon.pid == pid:
                    with open(self.folder / "died.log", "a",
                              encoding="utf-8") as file:
                        file.write(f"{name} {status}\n")


def main():
    keeper = Keeper(sys.argv[1])
    plan.name_process(plan.KEEPER)
    keeper.remember()
    keeper.isolate()
    # After the mount namespace: that can't be left by a process of threads.
    threading.Thread(target=keeper.end_with_starter, daemon=True).start()
    try:
        keeper.build()
    except (Failed, OSError) as error:
        keeper.say(failed=str(error))
        os._exit(1)
    keeper.say(ready=True, missing=keeper.missing)
    # Nobody need read further: the starter may be gone.
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 1)
    keeper.live()


if __name__ == "__main__":
    main()
