#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# CTU-13 scenario 11 through `lazaret replay`, with an exporter configured whose
# short timeouts must not become the text's lateness: the three bots and nobody
# else, at the times they crossed the rules; each would be told, the flooders
# would be filtered. And decode says what it can't read.
set -eu
shared=${LAZARET_SHARED:-$LAZARET_SOURCE/../shared}
flows=$shared/data/traffic/ctu13-s11/capture20110818-2.binetflow.xz
if [ ! -r "$flows" ]; then
	echo "skipped: no test material (LAZARET_SHARED)"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/lazaret.yaml" <<YAML
network: { name: campus, inside: [147.32.0.0/16], source_filtered: true }
bindings: [{ csv: bindings.csv }]
indicators: [{ csv: indicators.csv }]
exporters:
  - { address: 192.0.2.1, active_timeout: 5s, inactive_timeout: 2s }
YAML
cat >"$work/indicators.csv" <<CSV
type,value,port,proto,family,source,last_seen
address,78.40.125.4,6667,tcp,rbot,example-list,2011-08-17T00:00:00Z
CSV
{
	echo address,port_first,port_last,party,start,end
	for net in 84 96; do
		for host in $(seq 0 255); do
			echo "147.32.$net.$host,,,host-$net-$host,2011-01-01T00:00:00Z,"
		done
	done
} >"$work/bindings.csv"
"$LAZARET_BUILD/lazaret" replay "$flows" --config "$work/lazaret.yaml" --json \
	>"$work/out" 2>/dev/null
python3 - "$work/out" <<'PY'
import json, sys
first, told, held = {}, [], set()
for text in open(sys.argv[1]):
    line = json.loads(text)
    if line["kind"] == "sighting":
        who = (line["address"], line["class"])
        first[who] = min(line["time"], first.get(who, line["time"]))
    if line["kind"] == "notice":
        told.append(line["party"])
    if line["kind"] == "measure":
        held.add((line["measure"], line["action"], line["target"]))
    if line["kind"] == "case":
        assert line["certainty"] == "certain", line
    if line["kind"] == "summary":
        assert line["cases"] == 3 and line["not_ip"] == 57, line
assert sorted(told) == ["host-84-165", "host-84-191", "host-84-192"], told
assert held == {
    ("filter", "would", "147.32.84.165 > 147.32.96.69/icmp"),
    ("filter", "would", "147.32.84.191 > 147.32.96.69/icmp"),
}, held
assert first == {
    ("147.32.84.191", "ddos"): "2011-08-18T15:53:10.000000Z",
    ("147.32.84.165", "ddos"): "2011-08-18T15:53:30.000000Z",
    ("147.32.84.192", "infected-system"): "2011-08-18T15:48:43.345012Z",
}, first
PY
status=0
"$LAZARET_BUILD/lazaret" decode --config "$work/absent" "$flows" \
	>/dev/null 2>&1 || status=$?
[ "$status" = 3 ]
