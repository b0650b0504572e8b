#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The story of one night, whole, on the test bed: a flood, the filter, one
mail, a command server, the garden, the release, probation, and again; with
kills in between, and with the enforcer gone for good; then all of it in shadow
mode, where nothing is touched."""
import json
import os
import pathlib
import re
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bed  # noqa: E402
import bed_house as house  # noqa: E402

FLOOD_PPS = 2000
FILTER_WITHIN_S = 2.0
RELEASED_WITHIN_S = 2.0
REFUSED_WITHIN_S = 0.1
FOUND_WITHIN_S = 60
ATTACKED_PORT = 80
LONG_CALL_S = 35  # from before the flood until after the filter
CALL_S = 12       # from before the garden until after it
PORTAL = "portal." + bed.plan.ZONE


class Wrong(Exception):
    pass


def say(text):
    print(f"night: {text}", flush=True)


def must(what, truth, seen=""):
    if not truth:
        raise Wrong(f"{what} {seen}".strip())


def until(what, probe, wait_s=FOUND_WITHIN_S):
    deadline = time.monotonic() + wait_s
    while not (found := probe()):
        if time.monotonic() > deadline:
            raise Wrong(f"{what}: not within {wait_s} s")
        time.sleep(0.02)
    return found


def refused(probe):
    """Seconds until an attempt was refused; Wrong where it wasn't."""
    begin = time.monotonic()
    try:
        probe()
    except ConnectionRefusedError:
        return time.monotonic() - begin
    except OSError as error:
        raise Wrong(f"not refused but {error!r}") from error
    raise Wrong("not refused")


class Drip:
    """A download that never ends; counts what comes."""

    def __init__(self, b, source):
        target = b.out.v6 if ":" in source else b.out.v4
        self.sock = b.connect("sub", target, 80, source=source)
        self.sock.sendall(b"GET /drip HTTP/1.1\r\nHost: x\r\n\r\n")
        self.last = 0.0
        threading.Thread(target=self._read, daemon=True).start()
        until("download begins", lambda: self.last, 5)

    def _read(self):
        try:
            while self.sock.recv(4096):
                self.last = time.time()
        except OSError:
            pass

    def flows(self):
        return time.time() - self.last < 0.5


class Night:
    def __init__(self, b, folder):
        self.b = b
        self.house = house.House(b, house.configure(b, folder / "isp"))
        self.exports = house.ExportTap(b)
        self.table = house.TableWatch(b)
        self.flood = self.tap = None
        b.tls_front("127.0.0.1:80")

    def mail_count(self):
        return len(self.house.notices())

    def sources(self):
        """Every way the line has out."""
        return (self.b.sub.v4, self.b.sub.v6, self.b.sub.lan_v6)

    def outside(self, source):
        return self.b.out.v6 if ":" in source else self.b.out.v4

    # -- what must hold

    def essential_works(self, name="sub"):
        b = self.b
        must("names", b.dns(name, "www.outside.example") == [b.out.v4])
        must("names, IPv6", b.dns(name, "www.outside.example", "A",
                                  b.resolver.v6) == [b.out.v4])
        for v6 in (False, True):
            self.went_through(b.call(name, 0.5, v6))

    def went_through(self, call):
        """Each packet of its media too, there and back."""
        must("call", call.connected, call.said)
        must("media lost", call.lost == 0, f"{call.lost} of {call.sent}")

    def is_free(self):
        for source in self.sources():
            target = self.outside(source)
            for tls in (False, True):
                reply = self.b.http("sub", target, tls=tls, source=source)
                must(f"{target} from {source}", b"outside" in reply.body,
                     reply)

    def is_gardened(self, portal=True):
        """By every address the line has."""
        b = self.b
        slowest = 0.0
        for source in self.sources():
            target = self.outside(source)
            if portal:
                self.portal_shows(source)
            for port in (443, 853):
                took = refused(lambda s=source, t=target, p=port: b.connect(
                    "sub", t, p, source=s).close())
                slowest = max(slowest, took)
            must(f"C2 port from {source}", not self.reaches(target, source))
            must(f"{source} is refused fast", slowest < REFUSED_WITHIN_S,
                 slowest)
            must(f"foreign resolver from {source}",
                 self.asked(target, source) != ["198.51.100.99"])
        neighbour = b.ping("sub", b.neigh.v4, count=3, wait=0.3)
        must("no way to the neighbour", neighbour.received == 0, neighbour)
        return slowest

    def portal_page(self, path, source=None, form=None):
        address = (self.b.gw.portal_v6 if source and ":" in source else
                   self.b.gw.portal_v4)
        return self.b.http("sub", PORTAL, path, tls=True, source=source,
                           form=form, address=address)

    def portal_shows(self, source):
        """Any page asked for leads there, and it knows who asks."""
        for path in ("/", "/generate_204"):
            reply = self.b.http("sub", self.outside(source), path,
                                source=source)
            must(f"{path} from {source} leads to the portal",
                 reply.headers.get("Location") == f"https://{PORTAL}/", reply)
        page = self.portal_page("/", source)
        must("the page says what to do", b'href="/steps"' in page.body, page)
        must("captive", json.loads(self.portal_page(
            "/captive", source).body)["captive"])

    def click(self):
        """"I have cleaned it": the form, as a browser sends it."""
        page = self.portal_page("/steps").body.decode()
        token = re.search(r'name="token" value="([0-9a-f]+)"', page)
        must("a form", token, page)
        reply = self.portal_page("/release", form={
            "token": token[1], "step": "restart", "device": "camera"})
        must("it is taken", reply.status == 303, reply)
        return reply.headers["Location"]

    def pictures(self):
        """A real browser lands on the page, whatever it asked for; what it
        looks like is kept where LAZARET_PICTURES says."""
        folder = os.environ.get("LAZARET_PICTURES")
        landed = self.b.landed("sub", "http://www.outside.example/", 390, 844)
        must("the browser lands on the portal",
             "Your internet is limited" in landed, landed[-2000:])
        for name, width, height in (("phone", 390, 844),
                                    ("desktop", 1280, 900)):
            if folder:
                for page in ("", "steps"):
                    url = (f"https://{PORTAL}/{page}" if page else
                           "http://www.outside.example/")
                    self.b.screenshot("sub", url, f"{folder}/{name}-"
                                      f"{page or 'why'}.png", width, height)

    def reaches(self, target, source):
        try:
            self.b.connect("sub", target, bed.plan.C2_PORT, 0.2,
                           source).close()
        except OSError:
            return False
        return True

    def asked(self, server, source):
        try:
            return self.b.dns("sub", "www.outside.example", server=server,
                              timeout=0.5, source=source)
        except OSError:
            return None

    # -- the story

    def flooding(self, source):
        target = (self.b.out.dark_v6 if ":" in source else
                  self.b.out.dark_v4)
        self.tap = self.b.arrivals("out", target, ATTACKED_PORT)
        self.flood = self.b.flood("sub", target, ATTACKED_PORT, FLOOD_PPS,
                                  kind="syn", source=source)
        return time.time()

    def filtered(self, begin, source):
        """From the first packet to the first that is dropped, in steps."""
        measure = until("filter", lambda: [
            m for m in self.house.measures("filter")
            if house.when(m["time"]) > begin])[0]
        listed = until("element", lambda: self.table.first(
            "add element", "filter6" if ":" in source else "filter4", source,
            after=begin), 5)
        decided = house.when(measure["time"])
        sighting = max((s for s in self.house.story()["sighting"]
                        if s["class"] == "ddos" and
                        house.when(s["first"]) > begin - 1),
                       key=lambda s: s["time"])
        export = self.exports.last_before(decided)
        # The record, or the sensor's own clock where none has come.
        closed = max(export, house.when(sighting["known"]))
        first_lost = until("first packet lost", lambda: bed.delivery(
            self.flood, self.tap).first_lost, 5)
        # Nft(8) says it a little after it is so.
        force = min(listed, first_lost)
        say(f"traffic until {sighting['time']} makes it a lasting flood")
        for what, at in (("exported", export), ("window closed", closed),
                         ("decided", decided),
                         ("rule in force", force),
                         ("first packet dropped", first_lost)):
            say(f"  {what:<21} {at - begin:+7.3f} s after the first packet")
        say(f"  from its closing to the rule: {force - closed:.3f} s")
        must("rule in force in time", force - closed < FILTER_WITHIN_S)
        must("a packet dropped in time", first_lost - closed <
             FILTER_WITHIN_S, first_lost - closed)
        return force

    def nothing_arrives(self, since):
        """Packets under way when the rule came may still be seen."""
        late = self.tap.since(since + 0.05)
        must("what still arrives outside", late == 0, late)

    def filter(self):
        before = self.mail_count()
        call = self.b.call_start("sub", LONG_CALL_S)
        begin = self.flooding(self.b.sub.v4)
        force = self.filtered(begin, self.b.sub.v4)
        until("the mail", lambda: self.mail_count() == before + 1, 10)
        mail = self.house.notices()[-1].read_text()
        must("its reader", house.CONTACT in mail or self.b.missing, mail)
        must("its code", "LZ-" in mail, mail)
        until("its receipts", lambda: {"sent", "accepted"} <=
              self.house.receipts(), 10)
        self.is_free()
        self.essential_works()
        for name in ("enforcer", "desk", "sensor"):
            self.house.kill_role(name)
        self.nothing_arrives(force)
        self.went_through(call.wait())
        sent = len(self.flood.sent_at())
        say(f"filtered: {sent} packets sent, "
            f"{len(self.tap.seen())} arrived, none since the rule, "
            "with enforcer, desk and sensor killed meanwhile")

    def garden(self):
        before = self.mail_count()
        calls = [self.b.call_start("sub", CALL_S, v6) for v6 in (False, True)]
        drips = [Drip(self.b, source) for source in self.sources()]
        begin = time.time()
        must("C2 answers", self.b.contact("sub", self.b.out.c2_v4) ==
             b"here\n")
        until("garden", lambda: [m for m in self.house.measures("garden")
                                 if house.when(m["time"]) > begin])
        slowest = self.until_gardened(5)
        said = time.time()
        until("downloads are cut",
              lambda: not any(drip.flows() for drip in drips), 5)
        for call in calls:
            self.went_through(call.wait())
        self.essential_works()
        must("no second mail", self.mail_count() == before)
        say(f"gardened {said - begin:.1f} s after its C2; refused within "
            f"{slowest * 1000:.1f} ms; names work, and calls begun before "
            "it went on")

    def until_gardened(self, wait_s):
        deadline = time.monotonic() + wait_s
        while True:
            try:
                return self.is_gardened()
            except (Wrong, OSError) as error:
                if time.monotonic() > deadline:
                    raise Wrong(f"not gardened: {error}") from error
            time.sleep(0.02)

    def killed(self):
        for name in ("enforcer", "desk", "sensor", "web", "notifier"):
            self.house.kill_role(name)
            self.is_gardened()
        say("gardened still, each role killed in turn")

    def release(self):
        self.flood.stop()
        self.tap.stop()
        self.pictures()
        begin = time.time()
        went_on = self.click()
        until("free", self.is_out, 10)
        took = time.time() - begin
        self.is_free()
        self.essential_works()
        must("in time", took < RELEASED_WITHIN_S, took)
        must("probation", self.house.case()["state"] == "probation",
             self.house.case())
        page = self.portal_page(went_on[went_on.index("/", 8)
                                        if "://" in went_on else 0:])
        must("the page says so", page.status in (200, 303), page)
        must("not captive", not json.loads(
            self.portal_page("/captive").body)["captive"])
        say(f"\"I have cleaned it\": connections work {took:.2f} s later; "
            "probation")

    def is_out(self):
        try:
            self.is_free()
        except (Wrong, OSError):
            return False
        return True

    def again(self):
        """Now out of the delegated prefix."""
        begin = self.flooding(self.b.sub.lan_v6)
        force = self.filtered(begin, self.b.sub.lan_v6)
        held = until("garden", lambda: [
            m for m in self.house.measures("garden")
            if house.when(m["time"]) > begin])[0]
        self.until_gardened(5)
        self.nothing_arrives(force)
        self.flood.stop()
        self.tap.stop()
        say("second flood, in probation, over IPv6: garden after "
            f"{house.when(held['time']) - begin:.1f} s by itself")

    def gone_for_good(self):
        begin = time.time()
        self.house.kill_all()
        self.is_gardened(portal=False)
        until("the gate opens", self.is_out, 3 * house.TIMEOUT_S)
        say(f"all killed for good: the gate opened after "
            f"{time.time() - begin:.1f} s")

    def takes(self, *words):
        try:
            self.house.command(*words)
        except bed.Failed:
            return False
        return True

    def back(self):
        """And released while the two roles that do it are being killed."""
        self.house = house.House(self.b, self.house.config)
        self.until_gardened(10)
        case = self.house.case()["case"]
        for name in ("enforcer", "desk"):
            os.kill(self.house.role(name), signal.SIGKILL)
        # A desk that is just starting again takes no orders: asked again.
        until("ordered", lambda: self.takes("case", "release", case), 10)
        until("free", self.is_out, 10)
        self.house.until_ready()
        self.house.end()
        say("started again: gardened again, then released amid kills")

    def stop(self):
        self.exports.stop()
        self.table.stop()


def in_shadow(b, folder):
    """All is computed, nothing touched."""
    rules = b.run("gw", ["nft", "list", "ruleset"]).stdout
    here = house.House(b, house.configure(b, folder / "shadow", house.SHADOW))
    mails = here.notices()
    tap = b.arrivals("out", b.out.dark_v4, ATTACKED_PORT)
    flood = b.flood("sub", b.out.dark_v4, ATTACKED_PORT, FLOOD_PPS, kind="syn")
    until("it would", lambda: here.measures("filter", "would"))
    flood.stop()
    time_out = time.monotonic() + 5
    while len(tap.seen()) < len(flood.sent_at()):
        must("shadow drops nothing", time.monotonic() < time_out)
        time.sleep(0.02)
    tap.stop()
    must("no filter on", not here.measures("filter"))
    must("no mail", here.notices() == mails, here.notices())
    after = b.run("gw", ["nft", "list", "ruleset"]).stdout
    must("the table is as it was", without_counters(after) ==
         without_counters(rules), after)
    here.end()
    say("in shadow mode: it would be filtered, and nothing is touched")


def without_counters(rules):
    return re.sub(r"counter packets \d+ bytes \d+|expires \S+", "", rules)


def night(b):
    story = Night(b, b.folder)
    story.is_free()
    quiet = b.ping("neigh", b.out.v4, count=200, interval=0.01)
    ping = b.ping_start("neigh", b.out.v4, interval=0.02)
    for step in (story.filter, story.garden, story.killed, story.release,
                 story.again, story.gone_for_good, story.back):
        step()
    beside = ping.stop()
    must("the neighbour loses nothing", beside.lost == 0, beside.lost)
    say(f"the neighbour: {beside.sent} pings, none lost, median "
        f"{beside.median_ms:.3f} ms, before {quiet.median_ms:.3f} ms")
    must("and isn't slowed", beside.median_ms < 2 * quiet.median_ms + 0.2)
    story.stop()
    in_shadow(b, b.folder)


def short(b):
    """What make demo shows: the filter, the garden, the release."""
    story = Night(b, b.folder)
    for step in (story.filter, story.garden, story.release):
        step()
    story.house.end()
    story.stop()


def main():
    reason = bed.impossible()
    if reason:
        print(f"skipped: {reason}")
        return 77
    with bed.Bed() as b:
        try:
            night(b)
        except Wrong as error:
            print(f"night_test: {error}")
            logs = sorted(b.folder.glob("*/run.log"))
            for log in logs:
                print(f"{log}:\n{log.read_text()[-3000:]}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
