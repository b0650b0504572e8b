#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The committed test vectors of canonical bytes v1, worked out a second time.

sighting_vectors.txt names the facts of a few sightings, their canonical bytes,
their id and their fact key. The C code is held to them by sighting_test.c;
here the same hex is derived from the facts by other code in another language,
so that neither is its own judge. The file is frozen: a canonical form that
gives other bytes is version 2, with vectors of its own.
"""
import hashlib
import ipaddress
import os
import struct
import sys

UNSET = -(1 << 63)
MINUTE = 60_000_000
FACTS = ("origin", "class", "role", "address", "port", "pair", "proto", "peer",
         "peer_port", "family", "first", "last")
WANTED = ("canonical", "id", "fact_canonical", "fact_key")


def read(path):
    vectors = []
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "vector":
                vectors.append({"name": words[1], "pair": []})
            elif words[0] == "pair":
                vectors[-1]["pair"].append((int(words[1]), int(words[2])))
            elif words[0] in FACTS + WANTED:
                assert words[0] not in vectors[-1], line
                vectors[-1][words[0]] = words[1] if len(words) > 1 else ""
            else:
                raise ValueError(line)
    return vectors


def sixteen(text):
    address = ipaddress.ip_address(text)
    if address.version == 4:
        return b"\0" * 10 + b"\xff\xff" + address.packed
    return address.packed


def item(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def canonical(vector, of_fact):
    def moment(us):
        us = int(us)
        if of_fact and us != UNSET:
            us = us // MINUTE * MINUTE  # down, before 1970 too
        return struct.pack(">q", us)

    ports = b""
    if vector["pair"]:
        for port, us in vector["pair"]:
            ports += struct.pack(">H", port) + moment(us)
    elif "port" in vector:
        ports = struct.pack(">H", int(vector["port"]))
    peer = sixteen(vector["peer"]) if "peer" in vector else b""
    peer_port = b""
    if "peer_port" in vector:
        peer_port = struct.pack(">H", int(vector["peer_port"]))

    out = item(1, b"\x01")
    if not of_fact:
        out += item(2, vector["origin"].encode("ascii"))
    out += item(3, bytes([int(vector["class"])]))
    out += item(4, bytes([int(vector["role"])]))
    out += item(5, sixteen(vector["address"]))
    out += item(6, ports)
    out += item(7, bytes([int(vector["proto"])]))
    out += item(8, peer)
    out += item(9, peer_port)
    if not of_fact:
        out += item(10, vector["family"].encode("ascii"))
    out += item(11, moment(vector["first"]))
    out += item(12, moment(vector["last"]))
    return out


def main():
    root = os.environ["LAZARET_SOURCE"]
    vectors = read(os.path.join(root, "tests/unit/fact/sighting_vectors.txt"))
    wrong = 0
    for vector in vectors:
        whole = canonical(vector, False)
        fact = canonical(vector, True)
        got = {
            "canonical": whole.hex(),
            "id": hashlib.sha256(whole).digest()[:16].hex(),
            "fact_canonical": fact.hex(),
            "fact_key": hashlib.sha256(fact).digest()[:16].hex(),
        }
        for name in WANTED:
            if vector.get(name) != got[name]:
                print(f"{vector['name']}: {name} is {vector.get(name)}, "
                      f"not {got[name]}")
                wrong += 1
    print(f"{len(vectors)} vectors, {wrong} wrong")
    return 1 if wrong or len(vectors) < 6 else 0


if __name__ == "__main__":
    sys.exit(main())
