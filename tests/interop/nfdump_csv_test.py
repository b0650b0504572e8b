#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nfcapd collects datagrams, nfdump prints them as CSV, and `lazaret decode`
reads of that text what it reads of the datagrams: up to the sampling that
nfdump multiplies by, and its whole seconds. Once flow by flow, once with both
directions in a row (-B), once of every protocol's name, once in another zone.
Loopback only."""
import collections
import datetime
import json
import os
import struct
import subprocess
import tempfile

from datagrams import (RAW_IP, check, decode, need, udp_packet, write_capture)
from nfcapd_test import collect

ICMP = (1, 58)
PROTO_TCP = 6
NAMED_TWICE = 38  # nfdump's IDPR is 35, too


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def key(line):
    """What both readings must agree on; the duration to the millisecond."""
    length = moment(line["end"]) - moment(line["start"])
    icmp = line["proto"] in ICMP
    sampling = line.get("sampling", 1)
    return (line["src"], line["dst"], line["proto"],
            line["icmp_type" if icmp else "sport"],
            line["icmp_code" if icmp else "dport"],
            line.get("tcp_flags") if line["proto"] == PROTO_TCP else None,
            line["packets"] * sampling, line["bytes"] * sampling,
            round(length.total_seconds(), 3))


def printed(folder, *options, zone="UTC"):
    return subprocess.run(
        [need("nfdump"), "-R", folder, "-o", "csv", *options],
        env=dict(os.environ, TZ=zone), timeout=100, check=True,
        capture_output=True, text=True).stdout


def read(folder, text, *options):
    """decode's flow lines of a text, in which nothing may be refused."""
    path = os.path.join(folder, "text.csv")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    program = os.path.join(os.environ["LAZARET_BUILD"], "lazaret")
    done = subprocess.run([program, "decode", "--json", "--format", "nfdump",
                           *options, path], timeout=100, capture_output=True,
                          text=True, check=False)
    check(done.returncode == 0 and not done.stderr,
          f"all rows are read ({done.returncode} {done.stderr.strip()})")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(ours, theirs, what):
    """Pairs records of one key in the order of their starts: each starts in
    the second before the true one."""
    by_key = collections.defaultdict(lambda: ([], []))
    for at, lines in enumerate((ours, theirs)):
        for line in lines:
            by_key[key(line)][at].append(moment(line["start"]))
    differing = [name for name, (ours, theirs) in by_key.items()
                 if len(ours) != len(theirs)]
    check(len(ours) == len(theirs) and not differing,
          f"{what}: {len(theirs)} records, each as in its datagram; "
          f"differing: {len(differing)}, such as {differing[:3]}")
    late = max((true - read).total_seconds()
               for ours, theirs in by_key.values()
               for true, read in zip(sorted(ours), sorted(theirs)))
    early = min((true - read).total_seconds()
                for ours, theirs in by_key.values()
                for true, read in zip(sorted(ours), sorted(theirs)))
    check(-0.002 < early and late < 1,
          f"{what}: they start {early:.3f} to {late:.3f} s before it")


def every_protocol(path):
    """A capture of NetFlow v5 with a flow of each, from two routers."""
    frames = []
    for first in range(0, 256, 16):
        records = b"".join(struct.pack(
            "!4s4sIHHIIIIHHBBBBHHBBH", bytes((192, 0, 2, 7)),
            bytes((198, 51, 100, 9)), 0, 1, 2, 3, 300, 1000, 2000,
            0 if proto in ICMP else 40000, 0x0301, 0, 0, proto, 0, 0, 0, 0, 0, 0)
            for proto in range(first, first + 16))
        header = struct.pack("!HHIIIIBBH", 5, 16, 3000, 1718877600, 0, first,
                             0, 0, 0)
        frames += [(1718877600, udp_packet(router, "203.0.113.9", 5000, 2055,
                                           header + records))
                   for router in ("203.0.113.1", "203.0.113.2")]
    write_capture(path, RAW_IP, frames)


def directions(folder, collected, ours):
    """-B puts two records into a row: packets and bytes stay the same."""
    both = read(folder, printed(collected, "-B"))
    for name in ("packets", "bytes"):
        total = sum(line[name] * line.get("sampling", 1) for line in ours)
        check(sum(line[name] for line in both) == total,
              f"-B: {total} {name} in all")
    flagless = [line for line in both
                if line["proto"] == PROTO_TCP and "tcp_flags" not in line]
    check(len(flagless) > 100 and len(both) <= len(ours),
          f"-B: {len(flagless)} of {len(both)} records came back in a row")


def main():
    need("nfcapd")
    need("nfdump")
    lazaret = os.path.join(os.environ["LAZARET_BUILD"], "lazaret")
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "isp.pcap")
        protocols = os.path.join(folder, "protocols.pcap")
        collected, named = (os.path.join(folder, name) for name in "cn")
        os.mkdir(collected)
        os.mkdir(named)
        subprocess.run([lazaret, "generate", "--pcap", capture, "--lines",
                        "60", "--quiet", "20", "--duration", "60"],
                       check=True, timeout=100, capture_output=True)
        ours, _ = decode(capture)
        collect(collected, capture)
        compare(ours, read(folder, printed(collected)), "flows")
        there = printed(collected, zone="Etc/GMT-5")
        compare(ours, read(folder, there, "--zone", "+05:00"), "another zone")
        directions(folder, collected, ours)
        every_protocol(protocols)
        collect(named, protocols)
        ours, _ = decode(protocols)
        for line in ours:
            if line["proto"] == NAMED_TWICE:
                line["proto"] = 35
        compare(ours, read(folder, printed(named)), "protocols")
        nothing = printed(collected, "proto 99")
        check(not read(folder, nothing), "an output without flows has none")


if __name__ == "__main__":
    main()
