#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nfcapd collects the NetFlow v9 and IPFIX that `lazaret generate` writes, and
nfdump prints it: it reads of each flow what `lazaret decode` reads. Loopback
only; nfcapd runs private and repeats each datagram to us, so we never send
faster than it reads and know when it has read all."""
import collections
import json
import os
import socket
import subprocess
import tempfile

from datagrams import check, decode, need, read_capture

WINDOW = 64  # datagrams on their way
ICMP = (1, 58)


def as_ours(line):
    """A flow line of decode, as far as nfdump says the same."""
    icmp = line["proto"] in ICMP
    return (line["src"], line["dst"], line["proto"],
            line.get("icmp_type" if icmp else "sport", 0),
            line.get("icmp_code" if icmp else "dport", 0),
            line["packets"] * line.get("sampling", 1),
            line["bytes"] * line.get("sampling", 1), line["tcp_flags"],
            line["in_if"], line["out_if"], line["start"][:23],
            line["end"][:23])


def as_theirs(flow):
    icmp = flow["proto"] in ICMP
    flags = sum(1 << bit for bit, letter in enumerate(reversed(
        flow.get("tcp_flags", ""))) if letter != ".")
    return (flow.get("src4_addr") or flow["src6_addr"],
            flow.get("dst4_addr") or flow["dst6_addr"], flow["proto"],
            flow["icmp_type" if icmp else "src_port"],
            flow["icmp_code" if icmp else "dst_port"], flow["in_packets"],
            flow["in_bytes"], flags, flow["input_snmp"], flow["output_snmp"],
            flow["first"], flow["last"])


def udp_socket(address):
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind((address, 0))
    peer.settimeout(30)
    return peer


def end(nfcapd):
    """It goes on waiting when it is told just before it waits for a datagram:
    it is told until it has ended."""
    for _ in range(30):
        nfcapd.terminate()
        try:
            nfcapd.communicate(timeout=1)
            return
        except subprocess.TimeoutExpired:
            pass
    nfcapd.kill()
    check(False, "nfcapd ends when it is told to")


def collect(folder, capture):
    """nfcapd collects the capture's datagrams, each router's from an address
    of its own, into folder."""
    with udp_socket("127.0.0.1") as free:
        port = free.getsockname()[1]
    repeats = udp_socket("127.0.0.1")
    nfcapd = subprocess.Popen(
        [need("nfcapd"), "-b", "127.0.0.1", "-p", str(port), "-w", folder,
         "-t", "86400", "-R", f"127.0.0.1/{repeats.getsockname()[1]}"],
        stderr=subprocess.PIPE, text=True)
    try:
        said = []
        while not said or "Startup" not in said[-1]:
            said.append(nfcapd.stderr.readline())
            if said[-1] == "":
                check(False, "nfcapd starts: " + "".join(said))
        routers = {}
        on_the_way = 0
        for _, source, _, payload in read_capture(capture):
            if source not in routers:
                routers[source] = udp_socket(f"127.0.0.{len(routers) + 2}")
            routers[source].sendto(payload, ("127.0.0.1", port))
            on_the_way += 1
            if on_the_way == WINDOW:
                repeats.recv(65536)
                on_the_way -= 1
        for _ in range(on_the_way):
            repeats.recv(65536)
    finally:
        end(nfcapd)
    check(len(routers) == 2, "two routers, one of each protocol")


def main():
    need("nfcapd")
    nfdump = need("nfdump")
    lazaret = os.path.join(os.environ["LAZARET_BUILD"], "lazaret")
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "isp.pcap")
        collected = os.path.join(folder, "nfcapd")
        os.mkdir(collected)
        subprocess.run([lazaret, "generate", "--pcap", capture, "--lines",
                        "60", "--quiet", "20", "--duration", "60"],
                       check=True, timeout=100, capture_output=True)
        ours, exporters = decode(capture)
        check({line["protocol"] for line in exporters} ==
              {"netflow9", "ipfix"} and not any(
                  line["lost"] or line["disputed"] for line in exporters),
              "both protocols, nothing lost or disputed")
        collect(collected, capture)
        printed = subprocess.run([nfdump, "-R", collected, "-o", "json"],
                                 env=dict(os.environ, TZ="UTC"), timeout=100,
                                 check=True, capture_output=True, text=True)
        theirs = [flow for flow in json.loads(printed.stdout)
                  if flow["type"] == "FLOW"]
    check(len(ours) == len(theirs) > 5000,
          f"{len(theirs)} flows collected, {len(ours)} decoded")
    left = collections.Counter(map(as_ours, ours))
    left.subtract(map(as_theirs, theirs))
    differing = [(flow, count) for flow, count in left.items() if count]
    check(not differing, f"each flow is read alike; differing: "
          f"{len(differing)}, such as {sorted(differing)[:4]}")


if __name__ == "__main__":
    main()
