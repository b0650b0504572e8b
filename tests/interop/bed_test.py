#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The test bed itself: every peer answers, softflowd's export means what was
sent, and nothing is left behind, however the bed ends."""
import json
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bed  # noqa: E402
import bed_plan as plan  # noqa: E402

BED = str(pathlib.Path(bed.__file__).resolve())
LAZARET = pathlib.Path(os.environ.get("LAZARET_BUILD", "build")) / "lazaret"
EXPORT_WAIT_S = 15
GONE_WAIT_S = 10
COUNTED_PORT = 9999
SO_NETNS_COOKIE = 71


class Wrong(Exception):
    pass


def must(what, truth, seen=""):
    if not truth:
        raise Wrong(f"{what} {seen}".strip())


def until(what, probe, wait_s):
    deadline = time.monotonic() + wait_s
    while not (found := probe()):
        if time.monotonic() > deadline:
            raise Wrong(f"{what}: not within {wait_s} s")
        time.sleep(0.02)
    return found


# -- what there is on the machine --------------------------------------------


def cookie(path):
    """A network namespace's number that is never given out again (its inode
    is, at once, to the next copy of this test)."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = None
    try:
        there = os.open(path, os.O_RDONLY)
        plan.setns(there, plan.NEWNET)
        with socket.socket() as sock:
            return int.from_bytes(sock.getsockopt(
                socket.SOL_SOCKET, SO_NETNS_COOKIE, 8), sys.byteorder)
    finally:
        plan.setns(own, plan.NEWNET)
        os.close(own)
        if there is not None:
            os.close(there)


def net_namespaces():
    """Of all processes, also those kept open by descriptors."""
    paths = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        for link in (process / "ns/net", *(process / "fd").glob("*")):
            try:
                text = os.readlink(link)
            except OSError:
                continue
            if text.startswith("net:["):
                paths[text] = link
    found = set()
    for path in paths.values():
        try:
            found.add(cookie(path))
        except OSError:
            pass  # gone meanwhile
    return found


def processes():
    """Whatever is named as the bed's, by command line."""
    found = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        found[int(process.name)] = line.replace(b"\0", b" ").decode()
    return found


def mounts(folder):
    """Others' come and go on the same machine; these name the bed."""
    return [line for line in
            pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
            if str(folder) in line or "lz-" in line]


def interfaces():
    return [name for name in os.listdir("/sys/class/net")
            if name.startswith("lz-")]


def identity(folder):
    """The bed's own namespaces, as the machine would list them."""
    state = bed.read_state(folder)
    proc = f"/proc/{state['keeper']}"
    return {cookie(f"{proc}/fd/{fd}") for fd in state["ns"].values()}


def is_clean(folder, mine):
    """Nothing of a bed is left: it had this folder, these namespaces."""
    def leftovers():
        named = {pid: line for pid, line in processes().items()
                 if str(folder) in line and pid != os.getpid()}
        return (named, net_namespaces() & mine, folder.exists(),
                mounts(folder), interfaces())
    nothing = ({}, set(), False, [], [])
    try:
        until("gone", lambda: leftovers() == nothing, GONE_WAIT_S)
    except Wrong as error:
        raise Wrong(f"left behind: {leftovers()}") from error


# -- the peers ---------------------------------------------------------------


def hosts_reach(b):
    for name in ("sub", "neigh"):
        for address in (b.out.v4, b.out.v6, b.voice.v4, b.resolver.v6,
                        b.gw.portal_v4, b.gw.portal_v6):
            ping = b.ping(name, address)
            must(f"ping {name} {address}", ping.lost == 0, ping)
    for address, source in ((b.neigh.v4, None), (b.neigh.v6, None),
                            (b.out.v6, b.sub.lan_v6),
                            (b.neigh.lan_v6, b.sub.lan_v6)):
        ping = b.ping("sub", address, source=source)
        must(f"ping sub {address} from {source}", ping.lost == 0, ping)


def names_resolve(b):
    must("any name", b.dns("sub", "www.outside.example") == [b.out.v4])
    must("any name, IPv6", b.dns("neigh", "www.outside.example", "AAAA",
                                 b.resolver.v6) == [b.out.v6])
    must("portal", b.dns("sub", "portal.bed.example") == [b.gw.portal_v4])
    must("foreign resolver", b.dns("sub", "www.outside.example",
                                   server=b.out.v4) == ["198.51.100.99"])


def pages_answer(b):
    for tls in (False, True):
        for host in ("www.outside.example", b.out.v6):
            reply = b.http("sub", host, tls=tls)
            must(f"GET {host} tls {tls}", reply.status == 200, reply)
    must("C2", b.contact("sub", b.out.c2_v4) == b"here\n")
    page = b.run("sub", ["curl", "-sS", "http://www.outside.example/x"])
    must("resolv.conf inside", "outside: www.outside.example/x" in page.stdout,
         page)


def tls_front_works(b):
    b.tls_front(f"{b.out.v4}:80")
    for host in ("portal.bed.example", b.gw.portal_v6):
        reply = b.http("sub", host, tls=True)
        must(f"https://{host}", b"outside" in reply.body, reply)


def calls_work(b):
    calls = [b.call_start("sub", 1), b.call_start("neigh", 1, v6=True)]
    for call in (started.wait() for started in calls):
        must("call", call.connected, call.said)
        must("media", call.sent == 50 and call.lost == 0, call.lost)


def call_without_voice_fails(b):
    """The measure of a call is only worth something if it can fail."""
    b.run("voice", ["ip", "link", "set", "eth0", "down"])
    call = b.call("sub", 0.2)
    b.run("voice", ["ip", "link", "set", "eth0", "up"])
    must("a call to nobody", not call.connected)
    must("its media", call.lost == call.sent == 10, call)


def mail_lands(b):
    if b.missing:
        return print(f"bed: {b.missing}")
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    plan.setns(b.net["gw"], plan.NEWNET)
    try:
        with smtplib.SMTP(b.mail.v4, timeout=10) as smtp:
            smtp.sendmail("abuse@isp.example", ["line7@lines.example"],
                          "Subject: told\r\nMessage-ID: <1@isp.example>\r\n"
                          "\r\nbody\r\n")
            try:
                smtp.sendmail("abuse@isp.example", ["x@refused.example"], "x")
                raise Wrong("refused.example was accepted")
            except smtplib.SMTPRecipientsRefused:
                pass
    finally:
        plan.setns(own, plan.NEWNET)
        os.close(own)
    mail = until("mail delivered", b.mails, 10)[0].read_text()
    must("the mail", "Message-ID: <1@isp.example>" in mail, mail)
    must("its recipient", "line7@lines.example" in mail, mail)


def export_is_right(b):
    """What a flood sent is what `lazaret decode` reads of softflowd."""
    recorder = b.record_netflow()
    wanted = []
    for source, target in ((b.sub.v4, b.out.v4), (b.sub.lan_v6, b.out.v6)):
        tap = b.arrivals("out", target, COUNTED_PORT)
        flood = b.flood("sub", target, COUNTED_PORT, pps=1000, seconds=1,
                        size=100, source=source)
        sent = flood.wait()["sent"]
        until("arrivals", lambda t=tap, n=sent: len(t.seen()) == n, 5)
        tap.stop()
        must("rate", 900 <= sent <= 1001, sent)
        came = bed.delivery(flood, tap)
        must("arrived", came.arrived == sent and came.first_lost is None, came)
        wanted.append((source, target, sent,
                       sent * (100 + (48 if ":" in target else 28))))
    capture = b.folder / "tmp" / "netflow.pcap"

    def exported():
        raw = b"".join(payload for _, _, payload in recorder.got)
        return all(socket.inet_pton(plan.family_of(s), s) in raw
                   for s, _, _, _ in wanted)
    until("export", exported, EXPORT_WAIT_S)
    recorder.stop(capture)
    done = subprocess.run([LAZARET, "decode", "--json", capture], text=True,
                          capture_output=True)
    must("decode", done.returncode == 0, f"{done.returncode}: {done.stdout}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for source, target, packets, size in wanted:
        flows = [line for line in lines if line["kind"] == "flow" and
                 line["src"] == source and line["dst"] == target and
                 line.get("dport") == COUNTED_PORT]
        seen = (sum(flow["packets"] for flow in flows),
                sum(flow["bytes"] for flow in flows))
        must(f"{source} > {target}", seen == (packets, size),
             f"{seen}, sent {packets, size}")
    exporter = next(line for line in lines if line["kind"] == "exporter")
    must("version", exporter["protocol"] == "netflow9", exporter)


# -- the ways a bed ends -----------------------------------------------------


def command(*arguments):
    return subprocess.run([sys.executable, BED, *map(str, arguments)],
                          text=True, capture_output=True)


def commands_work(folder):
    done = command("up", folder)
    must("up", done.returncode == 0, done.stderr)
    mine = identity(folder)
    must("up twice is refused", command("up", folder).returncode == 5)
    done = command("exec", folder, "sub", "cat", "/etc/resolv.conf")
    must("exec", "203.0.113.53" in done.stdout, done)
    must("exec's code", command("exec", folder, "gw", "false").returncode == 1)
    must("show", "198.51.100.66" in command("show", folder).stdout)
    for _ in range(2):
        done = command("down", folder)
        must("down", done.returncode == 0, done.stderr)
    is_clean(folder, mine)


def killed_while_up(folder):
    """A test that dies by SIGKILL takes its bed along, `down` or not."""
    child = os.fork()
    if child == 0:
        b = bed.Bed(folder)
        b.popen("gw", ["sleep", "1000"])
        os.kill(os.getpid(), signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    mine = identity(folder)
    must("it was up", net_namespaces() & mine == mine)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    is_clean(folder, mine)


def killed_coming_up(folder):
    """Killed after a number of its lines; then `down` finds what is left."""
    for lines in (0, 1, 3, 12):
        up = subprocess.Popen([sys.executable, BED, "up", folder], text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        for _ in range(lines):
            up.stdout.readline()
        mine = identity(folder) if bed.read_state(folder) else set()
        up.kill()
        up.communicate()
        must("down", command("down", folder).returncode == 0)
        is_clean(folder, mine)


def fails_coming_up(folder):
    """Without its programs the bed says so and leaves nothing."""
    only = folder.with_name("path")
    only.mkdir()
    for name in ("ip", "openssl"):
        (only / name).symlink_to(shutil.which(name))
    done = subprocess.run([sys.executable, BED, "up", folder], text=True,
                          capture_output=True, env={"PATH": str(only)})
    must("it fails", done.returncode == 5, done)
    must("and says why", "unbound isn't there" in done.stderr, done.stderr)
    is_clean(folder, set())


def foreign_folder_is_left(folder):
    folder.mkdir()
    (folder / "mine").touch()
    must("not empty", command("up", folder).returncode == 5)
    must("not ours", command("down", folder).returncode == 0)
    must("still there", (folder / "mine").exists())


def main():
    reason = bed.impossible()
    if reason:
        print(f"skipped: {reason}")
        return 77
    with tempfile.TemporaryDirectory(prefix="lz-bed-test-") as top:
        top = pathlib.Path(top)
        top.chmod(0o711)
        folder = top / "bed"
        with bed.Bed(folder) as b, bed.Bed(top / "beside") as other:
            mine = identity(folder) | identity(top / "beside")
            must("fourteen namespaces", len(mine) == 14, mine)
            for test in (hosts_reach, names_resolve, pages_answer,
                         tls_front_works, calls_work, mail_lands,
                         export_is_right, call_without_voice_fails):
                test(b)
                print(f"ok: {test.__name__}", flush=True)
            hosts_reach(other)
        is_clean(folder, mine)
        is_clean(top / "beside", mine)
        print("ok: nothing left behind", flush=True)
        for end in (commands_work, killed_while_up, killed_coming_up,
                    fails_coming_up):
            end(folder)
            print(f"ok: {end.__name__}", flush=True)
        foreign_folder_is_left(top / "foreign")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wrong as error:
        print(f"bed_test: {error}")
        sys.exit(1)
