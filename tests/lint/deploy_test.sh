#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What stands in deploy/: the sample configuration is sound and all roles get
# ready with it; systemd finds nothing to say about the units, the users and the
# folders; a sensor started by a socket unit's rules, as its unit's user, takes
# what is handed to it. What needs systemd's tools is said where they aren't.
set -u
deploy=$LAZARET_SOURCE/deploy
work=$(mktemp -d)
chmod 711 "$work"
started=
trap '[ -z "$started" ] || kill $started 2>/dev/null; wait; rm -rf "$work"' EXIT

fail() {
	echo "deploy: $*"
	cat "$work/said" 2>/dev/null
	exit 1
}

have() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || return 1
	done
}

# until_done SECONDS COMMAND...: tries it until it succeeds.
until_done() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

all_ready() {
	local role
	for role in sensor desk notifier metrics; do
		grep -q "^$role: ready" "$work/said" || return 1
	done
}

try_sample() {
	cp "$deploy"/*.yaml "$deploy"/*.csv "$work"
	"$LAZARET_BUILD/lazaret" check-config "$work/lazaret.yaml" \
		>"$work/said" 2>&1 || fail "the sample isn't sound"
	grep -q '^ *Shadow: ' "$work/said" || fail "the sample isn't shadow"
	sed -i -E 's/("127.0.0.1):[0-9]+"/\1:0"/' "$work/lazaret.yaml"
	printf 'state_dir: %s/state\nrun_dir: %s/run\n' "$work" "$work" \
		>>"$work/lazaret.yaml"
	"$LAZARET_BUILD/lazaret" run --config "$work/lazaret.yaml" \
		2>"$work/said" &
	started=$!
	until_done 20 all_ready || fail "not all roles get ready"
	kill $started
	wait $started || fail "it ended with $?"
	started=
}

# The units as they are, but for the place of the programs.
try_units() {
	mkdir "$work/units" "$work/bin"
	for role in sensor registrar desk notifier enforcer web metrics; do
		printf '#!/bin/sh\n' >"$work/bin/lazaret-$role"
		chmod 755 "$work/bin/lazaret-$role"
	done
	cp "$deploy"/systemd/*.{service,socket,target} "$work/units"
	sed -i "s|/usr/local/libexec/lazaret/|$work/bin/|" \
		"$work"/units/*.service
	systemd-analyze verify --man=no "$work"/units/* >"$work/said" 2>&1 ||
		fail "systemd-analyze ends with $?"
	grep "$work/units" "$work/said" && fail "systemd-analyze"
	systemd-sysusers --dry-run "$deploy/systemd/lazaret.sysusers.conf" \
		>"$work/said" 2>&1 || fail "systemd-sysusers"
	for number in 61000 61001 61003 61004 61005 61006 61007 61009; do
		grep -q "ID $number" "$work/said" || fail "nobody is $number"
	done
}

# Users and folders in a root of our own, then a sensor as its socket unit and
# its service would start it.
try_activation() {
	local root=$work/root state=$work/root/var/lib/lazaret port
	mkdir -p "$root/etc"
	systemd-sysusers --root="$root" \
		"$deploy/systemd/lazaret.sysusers.conf" >"$work/said" 2>&1 ||
		fail "users"
	systemd-tmpfiles --root="$root" --create \
		"$deploy/systemd/lazaret.tmpfiles.conf" >"$work/said" 2>&1 ||
		fail "folders"
	[ "$(stat -c '%a %u %g' "$state/sensor")" = "2750 61001 61000" ] ||
		fail "state/sensor: $(stat -c '%a %u %g' "$state/sensor")"
	[ "$(stat -c '%a %u %g' "$root/run/lazaret")" = "3770 0 61000" ] ||
		fail "run: $(stat -c '%a %u %g' "$root/run/lazaret")"
	port=$(python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	systemd-socket-activate --datagram -l "127.0.0.1:$port" \
		--fdname=netflow setpriv --reuid 61001 --regid 61000 \
		--clear-groups "$LAZARET_BUILD/lazaret-sensor" \
		--config "$deploy/lazaret.yaml" --state "$state" \
		--run "$root/run/lazaret" 2>"$work/said" &
	started=$!
	# The first datagram starts it; none is lost meanwhile.
	until_done 20 grep -q "Listening on" "$work/said" || fail "no socket"
	until_done 20 datagram_counts "$port" "$root/run/lazaret" ||
		fail "nothing was taken"
	grep -q "sensor: ready, user 61001, as caller" "$work/said" ||
		fail "another user"
	kill $started
	wait $started || fail "the sensor ended with $?"
	started=
}

# Sends one and looks whether its page has counted any.
datagram_counts() {
	python3 - "$1" "$2/sensor.counters" "$LAZARET_SOURCE" <<'PY'
import re, socket, struct, sys
port, page, source = sys.argv[1:]
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.sendto(b"\0" * 8, ("127.0.0.1", int(port)))
table = open(source + "/src/role/counter_table.h", encoding="utf-8").read()
row = re.findall(r"\tX\((\w+),", table).index("SENSOR_DATAGRAMS")
try:
    held = open(page, "rb").read()
except OSError:
    sys.exit(1)
# A head of 32 bytes, then one number a row.
sys.exit(struct.unpack_from("<Q", held, 32 + 8 * row)[0] == 0)
PY
}

try_sample
if have systemd-analyze systemd-sysusers; then
	try_units
else
	echo "deploy: units not tried, systemd-analyze isn't here"
fi
if [ "$(id -u)" = 0 ] &&
	have systemd-sysusers systemd-socket-activate systemd-tmpfiles; then
	try_activation
else
	echo "deploy: activation not tried: it takes root and systemd's tools"
fi
echo "deploy: the sample and the units are sound"
