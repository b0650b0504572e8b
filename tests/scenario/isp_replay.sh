#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The invented provider through the commands: generate writes a capture, replay
# sights every infected line in it and nobody else, twice the same.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lazaret=$LAZARET_BUILD/lazaret
"$lazaret" generate --out "$work" --pcap "$work/flows.pcap" 2>/dev/null
for run in 1 2; do
	"$lazaret" replay "$work/flows.pcap" --config "$work/lazaret.yaml" \
		--json >"$work/out$run" 2>/dev/null
done
cmp "$work/out1" "$work/out2"
python3 - "$work" <<'PY'
import csv, ipaddress, json, sys
work = sys.argv[1]
lines = list(csv.DictReader(open(work + "/truth.csv")))
infected = {line["party"] for line in lines if line["infected"] == "yes"}
found = set()
for text in open(work + "/out1"):
    sighting = json.loads(text)
    if sighting["kind"] != "sighting":
        continue
    address = ipaddress.ip_address(sighting["address"].split("/")[0])
    found |= {line["party"] for line in lines
              if str(address) == line["address"]
              or address in ipaddress.ip_network(line["prefix"])}
assert infected, "nobody is infected"
assert found == infected, (found - infected, infected - found)
print(len(found), "infected lines found, nobody else")
PY
