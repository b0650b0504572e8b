#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a program with a private PostgreSQL cluster: STORE_URL says where. It
# listens on a socket in a folder of its own, in memory where there is room, and
# goes with the program. Ends with 77 where PostgreSQL isn't here.
#
#   with_postgres.sh PROGRAM [ARGUMENT...]
#
# The program may restart the server: STORE_RESTART is a command that does it.
set -euo pipefail
here=$PWD

bin=$(echo /usr/lib/postgresql/*/bin | tr ' ' '\n' | sort -V | tail -n 1)
if ! [ -x "$bin/initdb" ]; then
	echo "skipped: no PostgreSQL server"
	exit 77
fi
as=()
if [ "$(id -u)" = 0 ]; then
	if ! id postgres >/dev/null 2>&1; then
		echo "skipped: no user postgres"
		exit 77
	fi
	as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
for parent in /dev/shm "${TMPDIR:-/tmp}"; do
	[ -w "$parent" ] && break
done
folder=$(mktemp -d "$parent/lz-pg-XXXXXX")
chmod 711 "$folder"
[ "$(id -u)" != 0 ] || chown postgres "$folder"
cd "$folder"
stop() {
	"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop \
		>/dev/null 2>&1 || true
	rm -rf "$folder"
}
trap stop EXIT
"${as[@]}" "$bin/initdb" -D "$folder/data" -A trust -U lazaret -E UTF8 \
	--locale=C --no-sync >/dev/null
cat >"$folder/start" <<START
#!/bin/bash
cd "$folder"
${as[*]} "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-k $folder \
-c listen_addresses='' -c max_connections=40" "\$@" >/dev/null
START
chmod 755 "$folder/start"
"$folder/start" start
# A command comes under its person's name, which this cluster doesn't know.
export PGUSER=lazaret
export STORE_URL="postgres:host=$folder dbname=postgres user=lazaret"
export STORE_RESTART="$folder/start -m immediate restart"

cd "$here"
status=0
"$@" || status=$?
exit $status
