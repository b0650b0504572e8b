#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
What `lazaret replay` says: to people, to programs, on a terminal, and of input
that is sampled, broken, refused or disputed.
"""
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile

LAZARET = os.environ["LAZARET_BUILD"] + "/lazaret"
LIVE = """
mode: live
live: [notice]
notice: { from: abuse@isp.example, phone: "1", maildir: mail }
"""
INFECTED = ["line-0023", "line-0072", "line-0084", "line-0158", "line-0201",
            "line-0263"]


def replay(files, *options, stderr=subprocess.PIPE, config="lazaret.yaml"):
    return subprocess.run([LAZARET, "replay", *files, "--config", config,
                           *options], stdout=subprocess.PIPE, stderr=stderr,
                          text=True, check=False)


def lines_of(done, kind):
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    return [line for line in lines if line["kind"] == kind]


def frames_of(path):
    """The header of a pcap file in our byte order, and its frames."""
    with open(path, "rb") as file:
        data = file.read()
    frames, at = [], 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at:at + 16 + length])
        at += 16 + length
    return data[:24], frames


def check_shadow():
    done = replay(["flows.pcap"], "--json")
    assert done.returncode == 0, done.stderr
    for line in lines_of(done, "notice"):
        assert line["channel"] == "none" and line["step"] == 1, line
        assert re.fullmatch("[0-9a-f]{16}", line["case"]), line
    for line in lines_of(done, "measure"):
        assert line["action"] == "would" and line["reason"], line
        assert line["measure"] in ("filter", "garden"), line
        assert line["expires"] > line["time"], line
    summary = lines_of(done, "summary")[0]
    assert sorted(summary) == sorted(
        ["v", "kind", "records", "seconds", "records_per_s", "sightings",
         "cases", "notices", "measures", "floor_pps", "late_packets",
         "not_ip"]), summary
    assert summary["cases"] == summary["notices"] == len(INFECTED), summary
    assert summary["floor_pps"] == 200, summary
    return done


def check_live(shadow):
    """Live for notices alone: told by Maildir, measured as in shadow; and
    nothing is delivered, for this is a replay."""
    with open("lazaret.yaml", encoding="utf-8") as file:
        text = file.read()
    with open("live.yaml", "w", encoding="utf-8") as file:
        file.write(text + LIVE)
    before = sorted(os.listdir("."))
    done = replay(["flows.pcap"], "--json", config="live.yaml")
    assert done.returncode == 0, done.stderr
    told = lines_of(done, "notice")
    assert sorted(line["party"] for line in told) == INFECTED, told
    assert {line["channel"] for line in told} == {"maildir"}, told
    assert ([(line["target"], line["action"])
             for line in lines_of(done, "measure")] ==
            [(line["target"], line["action"])
             for line in lines_of(shadow, "measure")])
    assert sorted(os.listdir(".")) == before, "replay left something behind"


def check_people():
    done = replay(["flows.pcap"])
    assert done.returncode == 0, done.stderr
    story, ending = done.stdout.split("\nwhen the records end:\n")
    times = [line[:20] for line in story.splitlines()]
    assert times == sorted(times), "lines aren't in order"
    for party in INFECTED:
        assert re.search(rf"{party} +notice +would be told of ", story), party
        assert f"  {party} " in ending, party
    assert ("line-0084            filter       would begin: 198.51.100.84 > "
            "192.0.2.80:4444/udp until 2026-01-05T10:32:37Z; an attack is in "
            "progress\n") in story, story
    # The whole line, not the address alone: IPv6 would walk round it.
    for target in ("198.51.100.72", "2001:db8:1000:4700::/56"):
        assert f"    would be under garden: {target} until " in ending, ending
    assert "6 cases, 6 notices, 5 measures; floor 200 " in ending, ending


def check_sampled():
    runs = [replay(["flows.pcap"], "--json", "--sample", "10", "--seed", seed)
            for seed in ("3", "3", "4")]
    told = []
    for done in runs:
        assert done.returncode == 0, done.stderr
        floods = [line for line in lines_of(done, "sighting")
                  if line["class"] == "ddos"]
        assert {line["sampling"] for line in floods} == {10}, floods
        summary = lines_of(done, "summary")[0]
        assert 200 < summary["floor_pps"] < 260, summary
        told.append(lines_of(done, "sighting") + lines_of(done, "case") +
                    lines_of(done, "notice") + lines_of(done, "measure"))
    assert told[0] == told[1] and told[0] != told[2]


def check_broken():
    """A capture that breaks off: what was before it is replayed, exit 4."""
    whole = os.path.getsize("flows.pcap")
    shutil.copyfile("flows.pcap", "cut.pcap")
    os.truncate("cut.pcap", whole * 3 // 4)
    done = replay(["cut.pcap"], "--json")
    assert done.returncode == 4, done.returncode
    assert "cut.pcap: " in done.stderr, done.stderr
    assert lines_of(done, "summary")[0]["cases"] > 0
    done = replay(["absent.pcap"], "--json")
    assert done.returncode == 4 and not done.stdout, done
    assert "absent.pcap: No such file" in done.stderr, done.stderr


def check_refused():
    header = ("StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,"
              "sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n")
    good = ("2024/06/20 10:00:00.0,1.0,udp,192.0.2.1,1024,->,198.51.100.9,53,"
            "INT,0,,1,60,60,x\n")
    with open("rows.binetflow", "w", encoding="utf-8") as file:
        file.write(header + good + "2024/06/20,udp\n" + good)
    done = replay(["rows.binetflow"], "--json")
    assert done.returncode == 1, done
    assert "rows.binetflow:3: " in done.stderr, done.stderr
    assert lines_of(done, "summary")[0]["records"] == 2, done.stdout
    done = replay(["flows.pcap", "rows.binetflow"], "--json")
    assert done.returncode == 4, done
    assert "together" in done.stderr, done.stderr


def check_disputed():
    """Beside each router's stream of NetFlow v9 runs a second one with other
    sequence numbers, as a forger's would: nothing of it may act."""
    header, frames = frames_of("flows.pcap")
    with open("forged.pcap", "wb") as file:
        file.write(header)
        for frame in frames:
            file.write(frame)
            at = len(frame) - struct.unpack_from(
                "!H", frame, frame_udp(frame) + 4)[0] + 8
            if struct.unpack_from("!H", frame, at)[0] != 9:
                continue
            sequence = struct.unpack_from("!I", frame, at + 12)[0]
            file.write(frame[:at + 12] +
                       struct.pack("!I", (sequence + 500000) & 0xffffffff) +
                       frame[at + 16:])
    done = replay(["forged.pcap"], "--json")
    assert done.returncode == 1, done
    assert "exporters disputed" in done.stderr, done.stderr
    seen = {line["address"] for line in lines_of(done, "sighting")}
    forged = {line["address"] for line in lines_of(replay(
        ["flows.pcap"], "--json"), "sighting")}
    assert seen < forged, (seen, forged)
    # Those whose lines hang on the router that nobody disputes.
    assert seen, "the other router's lines must still be found"


def frame_udp(frame):
    """Where the UDP header of a packet's Ethernet or raw IP frame begins."""
    at = 16
    if frame[at + 12:at + 14] in (b"\x08\x00", b"\x86\xdd"):
        at += 14
    return at + (4 * (frame[at] & 15) if frame[at] >> 4 == 4 else 40)


def check_terminal():
    """A bar on standard error when that is a terminal, else nothing."""
    main, side = pty.openpty()
    done = replay(["flows.pcap"], "--json", stderr=side)
    os.close(side)
    shown = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(main)
    assert done.returncode == 0, shown
    assert re.search(rb"\rreplay: \[#{30}\] [0-9]+ records ", shown), shown
    assert lines_of(done, "summary"), done.stdout
    assert replay(["flows.pcap"], "--json").stderr == ""


def main():
    work = tempfile.mkdtemp()
    try:
        os.chdir(work)
        subprocess.run([LAZARET, "generate", "--out", ".", "--pcap",
                        "flows.pcap"], check=True, stderr=subprocess.DEVNULL)
        shadow = check_shadow()
        check_live(shadow)
        check_people()
        check_sampled()
        check_broken()
        check_refused()
        check_disputed()
        check_terminal()
    finally:
        os.chdir("/")
        shutil.rmtree(work)
    print("replay: said as the manual says")


if __name__ == "__main__":
    sys.exit(main())
