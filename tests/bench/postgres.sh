#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL cluster on a socket in FOLDER, for a measurement.
#
#   postgres.sh start FOLDER | stop FOLDER
#
# As root it runs as user postgres. Ends with 77 where PostgreSQL isn't here.
set -euo pipefail

bin=$(echo /usr/lib/postgresql/*/bin | tr ' ' '\n' | tail -n 1)
[ -x "$bin/initdb" ] || exit 77
as=()
if [ "$(id -u)" = 0 ]; then
	id postgres >/dev/null 2>&1 || exit 77
	as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
folder=$2

case $1 in
start)
	mkdir -p "$folder"
	[ "$(id -u)" != 0 ] || chown postgres "$folder"
	cd "$folder"
	"${as[@]}" "$bin/initdb" -D "$folder/data" -A trust -U bench \
		--no-sync >/dev/null
	"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
		-o "-k $folder -c listen_addresses='' -c fsync=off -c shared_buffers=512MB" \
		start >/dev/null
	;;
stop)
	cd "$folder"
	"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null
	;;
*)
	exit 2
	;;
esac
