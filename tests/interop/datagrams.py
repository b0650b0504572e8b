# SPDX-License-Identifier: Apache-2.0
"""What the tests with real peers share: captures written and read, packets
made, and `lazaret decode` asked."""
import ipaddress
import json
import os
import socket
import struct
import subprocess
import sys

UDP = 17
RAW_IP = 101
ETHERNET = 1


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def need(program):
    """Its path; the whole test is skipped where it isn't installed."""
    for folder in os.environ["PATH"].split(":") + ["/usr/sbin", "/usr/bin"]:
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    return skip(f"{program} is not installed")


def check(good, what):
    if not good:
        print(f"FAILED: {what}")
        sys.exit(1)
    print(f"ok: {what}")


def ip_packet(src, dst, proto, payload):
    src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if src.version == 6:
        return (struct.pack("!IHBB", 6 << 28, len(payload), proto, 64)
                + src.packed + dst.packed + payload)
    return (struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64,
                        proto, 0) + src.packed + dst.packed + payload)


def udp_packet(src, dst, sport, dport, payload):
    return ip_packet(src, dst, UDP, struct.pack(
        "!HHHH", sport, dport, 8 + len(payload), 0) + payload)


def write_capture(path, link, frames):
    """frames: (seconds, bytes) each."""
    with open(path, "wb") as capture:
        capture.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                  link))
        for seconds, frame in frames:
            micro = round(seconds * 1000000)
            capture.write(struct.pack("<IIII", micro // 1000000,
                                      micro % 1000000, len(frame), len(frame)))
            capture.write(frame)


def read_capture(path):
    """(seconds, source address, source port, payload) of each UDP packet in a
    capture of Ethernet or bare IPv4."""
    with open(path, "rb") as capture:
        whole = capture.read()
    link = struct.unpack("<I", whole[20:24])[0]
    at = 24
    while at < len(whole):
        seconds, micro, length, _ = struct.unpack("<IIII", whole[at:at + 16])
        packet = whole[at + 16:at + 16 + length]
        at += 16 + length
        packet = packet[14:] if link == ETHERNET else packet
        header = (packet[0] & 15) * 4
        sport = struct.unpack("!H", packet[header:header + 2])[0]
        yield (seconds + micro / 1e6, str(ipaddress.ip_address(packet[12:16])),
               sport, packet[header + 8:])


def listen():
    """A UDP socket on loopback with room for what a test sends."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    peer.bind(("127.0.0.1", 0))
    return peer


def waiting(peer):
    """The datagrams that have arrived: (source port, bytes). On loopback they
    are there when their sender has ended."""
    peer.setblocking(False)
    while True:
        try:
            payload, (_, port) = peer.recvfrom(65536)
        except BlockingIOError:
            return
        yield port, payload


def decode(path):
    """Flow lines and exporter lines; nothing may have been refused."""
    program = os.path.join(os.environ["LAZARET_BUILD"], "lazaret")
    done = subprocess.run([program, "decode", "--json", path], timeout=120,
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0,
          f"decode refuses nothing ({done.returncode} {done.stderr.strip()})")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return ([line for line in lines if line["kind"] == "flow"],
            [line for line in lines if line["kind"] == "exporter"])
