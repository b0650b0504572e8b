#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL with FreeRADIUS' own schema: the registrar asks radacct for
what is new, from a sandbox, over a socket of the file system; rows become
bindings, changed ones change them, and a kill -9 costs none."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import freeradius  # noqa: E402
import registrar  # noqa: E402
from datagrams import check, need  # noqa: E402

READER = registrar.BUILD / "tests" / "interop" / "registrar_reader"
CONFIG = """registrar:
  radacct:
    - {{ postgres: "host={folder} user=postgres dbname=postgres", name: db,
        poll: 1s, clock_error: 2s, holder: [user-name] }}
"""
INSERT = """INSERT INTO radacct (acctsessionid, acctuniqueid, username,
  nasipaddress, acctstarttime, acctupdatetime, framedipaddress)
  SELECT 's' || n, md5('s' || n), 'user-' || n, '192.0.2.1',
         now() - interval '2 hours', now() - interval '1 hour',
         ('10.1.' || n / 256 || '.' || n % 256)::inet
  FROM generate_series({first}, {last}) n"""
ROWS = 3000


def address(number):
    return f"10.1.{number // 256}.{number % 256}"


def bindings(state, numbers):
    """By address: what the index says of it."""
    done = subprocess.run(
        [READER, "index", state / "registrar" / "index"], text=True,
        input="".join(address(n) + "\n" for n in numbers),
        capture_output=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        found.setdefault(row["subject"], []).append(row)
    return found


def all_there(state, numbers):
    found = bindings(state, numbers)
    wrong = [n for n in numbers if [row["party"] for row in
                                    found.get(address(n), [])]
             != [f"user:user-{n}"]]
    check(not wrong, f"all of {len(numbers)} sessions are there once "
          f"(wrong: {wrong[:5]})")


def main():
    need("freeradius")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lazaret-radacct-"))
    folder.chmod(0o711)
    database = freeradius.PostgreSQL(folder / "postgres")
    (folder / "postgres").chmod(0o755)
    running = None
    try:
        database.run(freeradius.STOCK / "postgresql" / "schema.sql")
        database.ask(INSERT.format(first=0, last=ROWS - 1))
        running = registrar.Registrar(
            folder / "run", CONFIG.format(folder=folder / "postgres"))
        state = folder / "run" / "state"
        rows = "lazaret_registrar_events_total"
        running.until("the table's rows", lambda: running.counter(rows) >=
                      ROWS and running.indexed())
        all_there(state, range(ROWS))
        # One ends, and another begins, while nobody listens.
        pid = running.pid()
        os.kill(pid, signal.SIGKILL)
        database.ask("UPDATE radacct SET acctstoptime = now(), "
                     "acctsessiontime = 7200, acctterminatecause = "
                     "'User-Request' WHERE acctsessionid = 's7'")
        database.ask(INSERT.format(first=ROWS, last=ROWS + 99))
        running.until("another process", lambda: running.pid() not in (0, pid))
        running.until("what came meanwhile", lambda: address(ROWS + 99) in
                      bindings(state, [ROWS + 99]))
        running.until("the end", lambda: bindings(state, [7])[address(7)][0]
                      .get("end") is not None)
        all_there(state, range(ROWS + 100))
        check(running.counter("lazaret_registrar_rows_total") > 0,
              "rows are counted")
        check("forbidden call" not in running.said(), "the sandbox holds")
        # The database goes, and comes again.
        database.process.send_signal(signal.SIGQUIT)
        database.process.wait(30)
        running.until("the loss is said", lambda: "it is asked again" in
                      running.said())
        check(running.end() == 0, "the registrar ends well")
        print(f"radacct: {ROWS + 100} rows of PostgreSQL, one kill -9, all in "
              "the index once")
    finally:
        if running:
            running.end()
        database.end()
        shutil.rmtree(folder, ignore_errors=True)


main()
