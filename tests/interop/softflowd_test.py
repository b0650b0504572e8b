#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""softflowd meters packets we made and exports them as NetFlow v9 and IPFIX:
what we decode is what the packets were. Loopback only; it runs in the
foreground on a file, so all has arrived when it ends."""
import collections
import datetime
import os
import random
import struct
import subprocess
import tempfile
import time

from datagrams import (ETHERNET, RAW_IP, check, decode, ip_packet,
                       listen, need, udp_packet, waiting, write_capture)

TCP, ICMP, UDP, ICMP6 = 6, 1, 17, 58
FLOWS = 400
# Version, how it says times, and how exactly (seconds).
WAYS = [("9", None, 1.001), ("9", "milli", 0.002), ("10", None, 1.001),
        ("10", "sec", 1.001), ("10", "milli", 0.002), ("10", "micro", 0.002),
        ("10", "nano", 0.002)]


def packet_of(flow, size, flags):
    src, dst, proto, sport, dport = flow
    if proto == TCP:
        payload = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, flags,
                              1024, 0, 0) + bytes(size)
    elif proto == UDP:
        payload = struct.pack("!HHHH", sport, dport, 8 + size, 0) + bytes(size)
    else:
        payload = struct.pack("!BBHHH", dport >> 8, dport & 255, 0, 1,
                              1) + bytes(size)
    family = b"\x86\xdd" if ":" in src else b"\x08\x00"
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + family + ip_packet(src, dst, proto,
                                                           payload)


def traffic(start):
    """Frames, and what there was of each flow: packets, bytes, flags, first
    and last time."""
    rng = random.Random(7)
    frames = []
    truth = {}
    for number in range(FLOWS):
        proto = rng.choice([TCP, TCP, UDP, UDP, ICMP])
        wide = rng.random() < 0.3
        src = f"2001:db8::{number:x}" if wide else f"192.0.2.{number % 254 + 1}"
        dst = "2001:db8:1::9" if wide else f"198.51.100.{number // 254 + 1}"
        if proto == ICMP:
            flow = (src, dst, ICMP6 if wide else ICMP, 0,
                    (128 if wide else 8) << 8)
        else:
            flow = (src, dst, proto, 1024 + number, rng.choice([23, 53, 443]))
        seen = [0, 0, 0, None, None]
        at = start + number * 0.05
        for _ in range(rng.randint(1, 12)):
            flags = rng.choice([2, 16, 24]) if proto == TCP else 0
            frame = packet_of(flow, rng.randint(0, 1200), flags)
            frames.append((at, frame))
            seen[0] += 1
            seen[1] += len(frame) - 14
            seen[2] |= flags
            seen[3] = seen[3] or at
            seen[4] = at
            at += rng.randint(1, 1000) / 1000
        truth[flow] = seen
    return sorted(frames), truth


def export(program, folder, version, source, options=()):
    """Lets softflowd meter a capture; answers a capture of what it sends."""
    path = os.path.join(folder, f"export-{version}.pcap")
    with listen() as peer:
        port = peer.getsockname()[1]
        done = subprocess.run(
            [program, "-d", "-r", source, "-v", version, "-n",
             f"127.0.0.1:{port}", "-p",
             os.path.join(folder, "pid"), "-c", "none",
             *options], timeout=60, capture_output=True, text=True,
            check=False)
        check(done.returncode == 0, f"softflowd -v {version} ends well")
        now = time.time()
        write_capture(path, RAW_IP, [
            (now, udp_packet("127.0.0.1", "127.0.0.1", sport, 2055, payload))
            for sport, payload in waiting(peer)])
    return path


def as_flow(line):
    if "icmp_type" in line:
        ports = (0, line["icmp_type"] << 8 | line["icmp_code"])
    else:
        ports = (line["sport"], line["dport"])
    return (line["src"], line["dst"], line["proto"], *ports)


def seconds(text):
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()


def compare(name, flows, exporters, truth, tolerance):
    counted = collections.Counter(as_flow(line) for line in flows)
    check(set(counted) == set(truth) and len(flows) == len(truth),
          f"{name}: {len(truth)} flows, each once")
    for line in flows:
        packets, octets, flags, first, last = truth[as_flow(line)]
        got = (line["packets"], line["bytes"], line.get("tcp_flags", 0))
        if (got != (packets, octets, flags)
                or abs(seconds(line["start"]) - first) > tolerance
                or abs(seconds(line["end"]) - last) > tolerance):
            check(False, f"{name}: {line} is {truth[as_flow(line)]}")
    check(True, f"{name}: packets, bytes, flags and times of each flow")
    check(len(exporters) == 1 and exporters[0]["lost"] == 0
          and exporters[0]["undecoded"] == 0 and not exporters[0]["disputed"]
          and exporters[0]["restarts"] == 0
          and exporters[0]["implausible"] == 0,
          f"{name}: nothing lost, undecoded, disputed or implausible")


def main():
    program = need("softflowd")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        frames, truth = traffic(time.time() - 120)
        source = os.path.join(folder, "packets.pcap")
        write_capture(source, ETHERNET, frames)
        for version, unit, tolerance in WAYS:
            name = f"v{version} {unit or 'uptime'}"
            flows, exporters = decode(
                export(program, folder, version, source,
                       ["-6"] + (["-A", unit] if unit else [])))
            compare(name, flows, exporters, truth, tolerance)
        for version in ("9", "10"):
            flows, exporters = decode(
                export(program, folder, version, source, ["-6", "-s", "10"]))
            check({line.get("sampling") for line in flows} == {10}
                  and exporters[0]["sampling_from"] == "announced",
                  f"v{version}: sampling 1:10 as announced")
            sampled = sum(line["packets"] for line in flows)
            check(abs(sampled - len(frames) // 10) <= 1,
                  f"v{version}: {sampled} of {len(frames)} packets sampled")


if __name__ == "__main__":
    main()
