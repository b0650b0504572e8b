#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The small inputs of a cases folder through `lazaret decode --json`.

    cases.py [FOLDER]

Each row of its INDEX.tsv is passed, failed, or skipped where this version
doesn't read that kind of input yet. The last line counts them.
"""
import csv
import json
import os
import subprocess
import sys


def flow(src, dst_port, packets, octets, **more):
    return dict(src=src, dport=dst_port, packets=packets, bytes=octets, **more)


# case -> (flow lines in order, sums over the exporter lines)
EXPECTED = {
    "a01": ([flow(f"192.0.2.{n}", 23, 5, 200) for n in (1, 2, 3)],
            {"records": 3, "undecoded": 0, "disputed": 0}),
    "a02": ([flow("192.0.2.1", 23, 5, 200, tcp_flags=2),
             flow("192.0.2.2", 23, 7, 280, sport=40002)],
            {"records": 2, "lost": 0, "disputed": 0}),
    "a04": ([flow("192.0.2.31", 23, 5, 200), flow("192.0.2.32", 23, 5, 200)],
            {"lost": 0, "exporters": 2, "disputed": 0}),
    "a05": ([flow("192.0.2.41", 80, 10, 600, sampling=1000,
                  sampling_from="announced")], {"lost": 0}),
    "a09": ([flow("192.0.2.62", 23, 5, 200,
                  start="2024-06-20T11:59:56.960000Z",
                  end="2024-06-20T12:00:00.160000Z")], {"restarts": 0}),
    "a10": ([flow("192.0.2.63", 23, 5, 200,
                  start=f"2024-06-20T11:59:{58 + n}.000000Z" if n < 2
                  else "2024-06-20T12:00:00.000000Z") for n in range(3)],
            {"clock_offset_s": -22800, "clock_doubts": 0, "implausible": 0}),
    "a11": ([flow("192.0.2.64", 23, 5, 200,
                  start="2024-06-20T11:59:50.000000Z",
                  end="2024-06-20T11:59:55.250000Z")], {}),
    "a12": ([flow("192.0.2.65", 23, 5, 200,
                  start="2024-06-20T11:59:50.000000Z",
                  end="2024-06-20T11:59:55.000000Z")], {}),
    "a13": ([flow("192.0.2.66", 443, 5000000, 7000000000)], {}),
    "a14": ([flow("192.0.2.67", None, 4294967295, 4294967295, proto=1,
                  implausible=True),
             flow("192.0.2.68", 22, 1, 2007342028, implausible=True),
             flow("192.0.2.69", 23, 5, 200)], {"implausible": 2}),
    "a15": ([flow(f"192.0.2.{n}", 23, 5, 200) for n in range(1, 13)],
            {"exporters": 3, "lost": 6, "records": 12, "disputed": 0}),
    "a16": ([flow("192.0.2.70", 23, 5, 200), flow("192.0.2.71", 23, 7, 280)],
            {"exporters": 1, "restarts": 1, "lost": 0, "undecoded": 0,
             "disputed": 0}),
    "a20": ([flow("192.0.2.77", 23, 5, 200)], {"records": 1}),
    # Translators' events are no traffic.
    "a21": ([], {"records": 0, "nat_events": 2, "lost": 0}),
}
# case -> nat lines in order.
NAT = {
    "a21": [dict(event=event, inside="100.64.0.5", outside="203.0.113.40",
                 port_first=2001, port_last=2001, proto=6, time=time,
                 time_from=time_from)
            for event, time, time_from in (
                ("create", "2024-06-20T12:00:00.000000Z", "export"),
                ("delete", "2024-06-20T12:05:00.000000Z", "observed"))],
}
# Exit codes other than 0, and what standard error must say.
REFUSED = {"a15": (1, ["3 records lost", "3 datagrams lost"]),
           "a20": (1, ["2 malformed: header", "2 malformed: length",
                       "2 malformed: set_length", "2 malformed: template",
                       "1 malformed: record"])}


def problem(program, path, case):
    done = subprocess.run([program, "decode", "--json", path], timeout=60,
                          capture_output=True, text=True, check=False)
    code, said = REFUSED.get(case, (0, []))
    if done.returncode != code or any(
            words not in done.stderr for words in said):
        return f"ended with {done.returncode}: {done.stderr.strip()}"
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    flows = [line for line in lines if line["kind"] == "flow"]
    nat = [line for line in lines if line["kind"] == "nat"]
    exporters = [line for line in lines if line["kind"] == "exporter"]
    wanted, sums = EXPECTED[case]
    if len(flows) != len(wanted):
        return f"{len(flows)} flows, not {len(wanted)}"
    if len(nat) != len(NAT.get(case, [])):
        return f"{len(nat)} nat lines, not {len(NAT.get(case, []))}"
    for got, want in zip(flows + nat, wanted + NAT.get(case, [])):
        for key, value in want.items():
            if got.get(key) != value:
                return f"{key} is {got.get(key)}, not {value}"
    for key, value in sums.items():
        got = (len(exporters) if key == "exporters"
               else sum(line[key] for line in exporters))
        if got != value:
            return f"{key} is {got}, not {value}"
    return None


def main():
    source = os.environ.get("LAZARET_SOURCE", os.getcwd())
    shared = os.environ.get("LAZARET_SHARED",
                            os.path.join(source, "..", "shared"))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(shared, "cases")
    program = os.path.join(os.environ.get("LAZARET_BUILD", "build"), "lazaret")
    index = os.path.join(folder, "INDEX.tsv")
    if not os.path.exists(index):
        print(f"skipped: no {index}")
        return 77
    passed = failed = skipped = 0
    with open(index, encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t",
                                   quoting=csv.QUOTE_NONE))
    for row in rows:
        case = row["file"].split("_")[0]
        if case not in EXPECTED:
            skipped += 1
            continue
        wrong = problem(program, os.path.join(folder, row["file"]), case)
        passed += wrong is None
        failed += wrong is not None
        print(f"{case}: {'passed' if wrong is None else 'FAILED: ' + wrong}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
