#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The test bed's own traffic; bed.py starts these inside a namespace.

    flood KIND TARGET PORT PPS SECONDS SIZE SOURCE LOG
        sends UDP datagrams or bare SYNs with a sequence number at a steady
        rate until SECONDS are over or SIGTERM; LOG gets the time of each
        (8 bytes, ns since the epoch), standard output one line of JSON.
    arrivals TARGET PORT LOG
        taps the wire, before any filter of its own host, for what `flood`
        sends; LOG gets sequence number and time of each (8 + 8 bytes).
        Prints `ready`; ends on SIGTERM.
    serve CERTIFICATE KEY
        the outside host: HTTP, HTTPS, DNS over TLS's port, a foreign resolver
        that answers anything, and the server infected machines report to.
"""
import array
import http.server
import json
import os
import select
import signal
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time

import bed_plan as plan

SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86dd
FLUSH_NS = 20_000_000


class Stop(Exception):
    """SIGTERM came."""


def on_term(*_):
    raise Stop


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Syn:
    """Writes bare SYNs: the kernel the IP header, we the TCP one."""

    def __init__(self, source, target, port):
        self.sock = socket.socket(plan.family_of(target), socket.SOCK_RAW,
                                  socket.IPPROTO_TCP)
        self.sock.bind((source, 0))
        self.to = (target, 0)
        self.port = port
        family = plan.family_of(target)
        pair = (socket.inet_pton(family, source) +
                socket.inet_pton(family, target))
        self.pseudo = pair + (struct.pack("!BBH", 0, 6, 20) if len(pair) == 8
                              else struct.pack("!IxxxB", 20, 6))

    def send(self, number, _now):
        fields = (40000, self.port, number & 0xffffffff, 0, 5 << 4, 2, 65535)
        head = struct.pack("!HHIIBBHHH", *fields, 0, 0)
        head = struct.pack("!HHIIBBHHH", *fields,
                           checksum(self.pseudo + head), 0)
        self.sock.sendto(head, self.to)


class Datagram:
    def __init__(self, source, target, port, size):
        self.sock = socket.socket(plan.family_of(target), socket.SOCK_DGRAM)
        self.sock.bind((source, 0))
        self.to = (target, port)
        self.fill = bytes(max(0, size - 16))

    def send(self, number, now):
        self.sock.sendto(struct.pack("!QQ", number, now) + self.fill, self.to)


def flood(kind, target, port, pps, seconds, size, source, log):
    pps, seconds = float(pps), float(seconds)
    sender = (Syn(source, target, int(port)) if kind == "syn" else
              Datagram(source, target, int(port), int(size)))
    times, unwritten, errors = array.array("q"), array.array("q"), 0
    begin = time.monotonic()
    with open(log, "wb", buffering=0) as file:
        flushed = time.time_ns()
        try:
            while (passed := time.monotonic() - begin) < seconds:
                while len(times) < passed * pps:
                    now = time.time_ns()
                    try:
                        sender.send(len(times), now)
                    except OSError:
                        errors += 1  # told no by its own side: not sent
                    times.append(now)
                    unwritten.append(now)
                if time.time_ns() - flushed > FLUSH_NS:
                    file.write(unwritten)
                    del unwritten[:]
                    flushed = time.time_ns()
                time.sleep(max(0, (len(times) + 1) / pps - passed))
        except Stop:
            pass
        passed = time.monotonic() - begin
        file.write(unwritten)
    print(json.dumps({"sent": len(times) - errors, "errors": errors,
                      "seconds": passed,
                      "pps": (len(times) - errors) / passed}), flush=True)


def number_in(packet, wanted, port):
    """The sequence number in an IP packet of flood's, else None."""
    if packet[0] >> 4 == 4:
        proto, to, at = packet[9], packet[16:20], (packet[0] & 15) * 4
    else:
        proto, to, at = packet[6], packet[24:40], 40
    if to != wanted or packet[at + 2:at + 4] != port:
        return None
    if proto == socket.IPPROTO_UDP:
        return int.from_bytes(packet[at + 8:at + 16], "big")
    if proto == socket.IPPROTO_TCP and packet[at + 13] & 0x12 == 2:
        return int.from_bytes(packet[at + 4:at + 8], "big")
    return None


def arrivals(target, port, log):
    family = plan.family_of(target)
    wanted = socket.inet_pton(family, target)
    port = int(port).to_bytes(2, "big")
    kind = ETH_P_IP if family == socket.AF_INET else ETH_P_IPV6
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                        socket.htons(kind))
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sink = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sink.bind((target, int.from_bytes(port, "big")))
    except OSError:
        pass  # dark: nobody is there to answer `port unreachable`
    print("ready", flush=True)
    with open(log, "wb", buffering=0) as file:
        unwritten, flushed = array.array("q"), 0
        try:
            while True:
                packet, control, _, _ = tap.recvmsg(128, 64)
                number = number_in(packet, wanted, port)
                if number is None:
                    continue
                seconds, ns = struct.unpack("qq", control[0][2])
                at = seconds * 10**9 + ns
                unwritten.extend((number, at))
                if at - flushed > FLUSH_NS or not select.select(
                        [tap], [], [], 0)[0]:
                    file.write(unwritten)
                    del unwritten[:]
                    flushed = at
        except Stop:
            file.write(unwritten)


class Page(http.server.BaseHTTPRequestHandler):
    """A page that says which name was asked for, and one that never ends."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/drip"):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Connection", "close")
            self.end_headers()
            while True:
                self.wfile.write(b".\n")
                time.sleep(0.05)
        body = f"outside: {self.headers.get('Host', '')}{self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Threads(socketserver.ThreadingTCPServer):
    """Dual stack; who hangs up in the middle is no news here."""

    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


def over_tls(server, context):
    """The handshake belongs to the connection's thread, not to accept."""
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    return server


def answer_anything(sock):
    """A foreign resolver: whatever is asked, the answer is 198.51.100.99."""
    while True:
        query, peer = sock.recvfrom(4096)
        if len(query) < 17:
            continue
        end = query.find(b"\0", 12) + 5
        sock.sendto(query[:2] + b"\x81\x80" + query[4:6] + b"\0\1\0\0\0\0" +
                    query[12:end] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" +
                    socket.inet_aton("198.51.100.99"), peer)


def serve(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    servers = [Threads(("::", 80), Page),
               over_tls(Threads(("::", 443), Page), context),
               over_tls(Threads(("::", 853), Echo), context),
               Threads(("::", plan.C2_PORT), Echo)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    foreign = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    foreign.bind(("::", 53))
    answer_anything(foreign)


def main():
    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_term)
    try:
        {"flood": flood, "arrivals": arrivals,
         "serve": serve}[sys.argv[1]](*sys.argv[2:])
    except Stop:
        pass
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
