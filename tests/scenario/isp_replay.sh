#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The invented provider through the commands: generate writes a capture, replay
# finds every infected line in it and nobody else, would tell each once, would
# filter the flooders and put the one in a garden that had been told before it
# attacked; twice the same.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lazaret=$LAZARET_BUILD/lazaret
"$lazaret" generate --out "$work" --pcap "$work/flows.pcap" 2>/dev/null
for run in 1 2; do
	"$lazaret" replay "$work/flows.pcap" --config "$work/lazaret.yaml" \
		--json 2>/dev/null |
		sed 's/"seconds":[0-9.]*,"records_per_s":[0-9]*,//' \
			>"$work/out$run"
done
cmp "$work/out1" "$work/out2"
python3 - "$work" <<'PY'
import csv, ipaddress, json, sys
work = sys.argv[1]
lines = list(csv.DictReader(open(work + "/truth.csv")))
infected = {line["party"] for line in lines if line["infected"] == "yes"}
found = set()
told, held = [], {}
for text in open(work + "/out1"):
    sighting = json.loads(text)
    if sighting["kind"] == "notice":
        assert sighting["channel"] == "none", sighting
        told.append(sighting["party"])
    if sighting["kind"] == "measure":
        assert sighting["action"] == "would", sighting
        held.setdefault(sighting["measure"], set()).add(sighting["party"])
    if sighting["kind"] == "summary":
        assert sighting["cases"] == len(infected), sighting
        assert sighting["notices"] == len(told), sighting
    if sighting["kind"] != "sighting":
        continue
    address = ipaddress.ip_address(sighting["address"].split("/")[0])
    found |= {line["party"] for line in lines
              if str(address) == line["address"]
              or address in ipaddress.ip_network(line["prefix"])}
assert infected, "nobody is infected"
assert found == infected, (found - infected, infected - found)
assert sorted(told) == sorted(infected), told
by = {name: {line["party"] for line in lines if line["behaviour"] == name}
      for name in ("udp-flood", "syn-flood")}
assert held["filter"] == by["udp-flood"] | by["syn-flood"], held
assert held["garden"] == by["syn-flood"], held
print(len(found), "infected lines found, nobody else")
PY
