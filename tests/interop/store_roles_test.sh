#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `lazaret run` with its stores in PostgreSQL: roles behind their sandboxes, each
# as its own user of the database (share/postgres.sql), which may write its own
# schema and nothing else; a person reads; a restart of the server is survived.
# STORE_URL names the server (tests/with_postgres.sh).
set -euo pipefail

where=${STORE_URL#postgres:}
server=${where%% *}
if ! command -v psql >/dev/null; then
	echo "skipped: no psql"
	exit 77
fi
psql "$where" -q -f "$LAZARET_SOURCE/share/postgres.sql"
folder=$(mktemp -d /tmp/lz-roles-XXXXXX)
chmod 711 "$folder"
run=
end() {
	[ -z "$run" ] || kill "$run" 2>/dev/null || true
	wait || true
	rm -rf "$folder"
}
trap end EXIT
cat >"$folder/c.yaml" <<YAML
network: { name: example, inside: [192.0.2.0/24], source_filtered: true }
bindings: [ { csv: b.csv } ]
mode: live
live: [notice]
state_dir: $folder/state
run_dir: $folder/run
notice: { operator: Example Net, from: abuse@isp.example, phone: "+1 555 0100", maildir: $folder/mail }
store: { postgres: "$server dbname=postgres" }
listen: { netflow: "127.0.0.1:0", ipfix: "127.0.0.1:0", sflow: "127.0.0.1:0", metrics: "127.0.0.1:0" }
YAML
echo "address,port_first,port_last,party,start,end" >"$folder/b.csv"

# Waits until the log holds so many lines with a word.
said() {
	for _ in $(seq 200); do
		[ "$(grep -c "$1" "$folder/log")" -ge "$2" ] && return
		sleep 0.1
	done
	echo "not said: $1"
	cat "$folder/log"
	exit 1
}
must() {
	"$@" >"$folder/out" 2>&1 || {
		echo "failed: $*"
		cat "$folder/out" "$folder/log"
		exit 1
	}
}
refused() {
	if psql "$where" -q -c "SET ROLE $1; $2" >"$folder/out" 2>&1 ||
		! grep -q "permission denied" "$folder/out"; then
		echo "$1 may: $2"
		exit 1
	fi
}

"$LAZARET_BUILD/lazaret" run --config "$folder/c.yaml" >"$folder/log" 2>&1 &
run=$!
said ": ready" 4
must env PGUSER=lazaret "$LAZARET_BUILD/lazaret" case list \
	--config "$folder/c.yaml"
must psql "$where" -q -c "SET ROLE lazaret_enforcer; SELECT id FROM desk.case_"
must psql "$where" -q -c "SET ROLE lazaret_web; SELECT label FROM desk.account"
refused lazaret_enforcer "SELECT label FROM desk.account"
refused lazaret_enforcer "SELECT actor FROM desk.audit"
refused lazaret_notifier "SELECT bytes FROM keys.case_key"
refused lazaret_web "INSERT INTO desk.counter VALUES ('x', 1)"
refused lazaret_notifier "DELETE FROM desk.outbox"
refused lazaret_desk "DELETE FROM notifier.attempt"
must $STORE_RESTART
must kill -0 "$run"
# The desk goes on: it renews its lease in the server that was restarted.
lease() {
	psql "$where" -Atqc "SELECT max(lease_us) FROM desk.ingest_offset"
}
before=$(lease)
for _ in $(seq 200); do
	[ "$(lease)" -gt "$before" ] && break
	sleep 0.1
done
[ "$(lease)" -gt "$before" ] || {
	echo "the desk doesn't go on after a restart of the server"
	cat "$folder/log"
	exit 1
}
must env PGUSER=lazaret "$LAZARET_BUILD/lazaret" case list \
	--config "$folder/c.yaml"
if grep -q "forbidden call\|died\|exit" "$folder/log"; then
	cat "$folder/log"
	exit 1
fi
