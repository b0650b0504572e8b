#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# CTU-13 scenario 11 through `lazaret replay`, with an exporter configured whose
# short timeouts must not become the text's lateness: the three bots and nobody
# else, at the times they crossed the rules; each would be told, the flooders
# would be filtered. Without the list of control servers the bot that only speaks
# to one isn't found. And decode refuses a configuration that isn't there.
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
	for net in 80 84 85 86 87 96; do
		for host in $(seq 0 255); do
			echo "147.32.$net.$host,,,host-$net-$host,2011-01-01T00:00:00Z,"
		done
	done
} >"$work/bindings.csv"
sed s/indicators.csv/none.csv/ "$work/lazaret.yaml" >"$work/unlisted.yaml"
head -1 "$work/indicators.csv" >"$work/none.csv"
for run in lazaret unlisted; do
	"$LAZARET_BUILD/lazaret" replay "$flows" --config "$work/$run.yaml" \
		--json >"$work/$run" 2>/dev/null
done
python3 - "$work" <<'PY'
import json, sys

BOTS = {
    "host-84-165": (["ddos"], "2011-08-18T15:53:30.000000Z"),
    "host-84-191": (["ddos"], "2011-08-18T15:53:10.000000Z"),
    "host-84-192": (["infected-system"], "2011-08-18T15:48:43.345012Z"),
}


def check(path, bots):
    first, told, held, last = {}, {}, {}, {}
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(text) for text in file]
    for line in lines:
        if line["kind"] == "sighting":
            assert line["role"] == "infected", line
            assert not line["spoofable"], line
            party = "host-" + "-".join(line["address"].split(".")[2:])
            first[party] = min(line["time"], first.get(party, line["time"]))
        elif line["kind"] == "notice":
            assert line["party"] not in told, "told twice"
            assert line["channel"] == "none", line
            told[line["party"]] = line["time"]
        elif line["kind"] == "measure":
            assert (line["measure"], line["action"]) == ("filter", "would")
            held.setdefault(line["party"], set()).add(line["target"])
        elif line["kind"] == "case":
            assert line["certainty"] == "certain", line
            last[line["party"]] = line
    assert first == {bot: BOTS[bot][1] for bot in bots}, first
    assert sorted(told) == sorted(last) == sorted(bots), (told, last)
    for bot in bots:
        assert last[bot]["classes"] == BOTS[bot][0], last[bot]
        assert last[bot]["state"] == "noticed", last[bot]
        # Told when the second window had closed, or the contact was known:
        # the text's lateness after it, whatever exporters are configured.
        assert "15:55:" in told[bot], told
    assert held == {
        "host-84-165": {"147.32.84.165 > 147.32.96.69/icmp"},
        "host-84-191": {"147.32.84.191 > 147.32.96.69/icmp"},
    }, held
    summary = lines[-1]
    assert summary["kind"] == "summary" and summary["not_ip"] == 57, summary
    assert summary["cases"] == summary["notices"] == len(bots), summary
    assert summary["measures"] == 2, summary


check(sys.argv[1] + "/lazaret", sorted(BOTS))
check(sys.argv[1] + "/unlisted", ["host-84-165", "host-84-191"])
PY
status=0
"$LAZARET_BUILD/lazaret" decode --config "$work/absent" "$flows" \
	>/dev/null 2>&1 || status=$?
[ "$status" = 3 ]
