#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many accounting records a second are durable and answered: our whole
registrar (listener, raw log, index) beside FreeRADIUS writing them to SQLite,
to PostgreSQL and to a detail file, one after the other and again.

All get the same requests of distinct sessions from the same sender, which
checks each answer and sends again what is not answered. SQL commits each record
by itself, as FreeRADIUS does; the detail file is not synced at all.

accounting_durable is by the clock on the wall, with the sender on the same
machine; accounting_durable_cpu by the processor time of what stands between
request and answer: our intake thread, all of FreeRADIUS and its database.
accounting_indexed_cpu is the whole registrar, until all is in the index too:
what it can bear for ever. It stands behind the answers, so nobody waits."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "interop"))
import freeradius  # noqa: E402
import registrar  # noqa: E402

GOAL = 100000
RUNS = 3
RUN_MS = 5000
NAS = 32
OURS, OTHERS = 128, 8  # requests open, of each NAS: each gets what suits it
SENDER = registrar.BUILD / "tests" / "bench" / "accounting_sender"


def load(port, outstanding):
    done = subprocess.run([SENDER, str(port), freeradius.SECRET, str(NAS),
                           str(outstanding), str(RUN_MS), "0"], check=True,
                          stdout=subprocess.PIPE)
    said = json.loads(done.stdout)
    if said["forged"] or said["answered"] != said["begun"]:
        sys.exit(f"not all was answered, or not genuinely: {said}")
    return said


class Figures:
    def __init__(self, name):
        self.name = name
        self.rates = []
        self.costs = []
        self.whole = []

    def add(self, said, processor_seconds, whole, more=""):
        self.rates.append(said["in_time"] / said["seconds"])
        self.costs.append(said["answered"] / processor_seconds)
        self.whole.append(said["answered"] / whole)
        print(f"{self.name}: {said['in_time']} answered in "
              f"{said['seconds']:.2f} s, {said['again']} sent again, "
              f"{self.rates[-1]:.0f}/s, {self.costs[-1]:.0f} a second of "
              f"processor time{more}", file=sys.stderr)


def spread(values):
    return f"{min(values):.0f} to {max(values):.0f} in {len(values)} runs"


def ours(folder, figures):
    own = registrar.Registrar(folder, registrar.clients(True))
    try:
        before = own.processor_seconds()
        intake = own.intake_seconds()
        said = load(own.port("accounting"), OURS)
        intake = own.intake_seconds() - intake
        late = own.until("the index has all", own.indexed, 120)
        stored = own.counter("lazaret_registrar_raw_last")
        if stored < said["answered"]:
            sys.exit(f"{said['answered']} answered, {stored:.0f} stored")
        understood = own.counter("lazaret_registrar_events_total")
        if understood < said["answered"]:
            sys.exit(f"{said['answered']} answered, {understood:.0f} indexed")
        syncs = own.counter("lazaret_registrar_syncs_total")
        whole = own.processor_seconds() - before
        figures.add(said, intake, whole,
                    f", {said['answered'] / whole:.0f} with the index; "
                    f"{stored / syncs:.0f} a sync, index done {late:.2f} s "
                    "later")
    finally:
        own.end()


def theirs(peer, figures, database=None):
    try:
        before = peer.processor_seconds()
        if database:
            before += database.processor_seconds()
        said = load(peer.port, OTHERS)
        used = peer.processor_seconds() - before
        if database:
            used += database.processor_seconds()
            rows = int(database.ask("SELECT count(*) FROM radacct"))
            if rows < said["answered"]:
                sys.exit(f"{said['answered']} answered, {rows} rows")
        figures.add(said, used, used)
    finally:
        peer.end()
        if database:
            database.end()


def peers(folder):
    """Name and a call that measures it once."""
    if not freeradius.program("freeradius"):
        print("accounting_peers: freeradius is not installed", file=sys.stderr)
        return
    if not os.access(freeradius.STOCK, os.X_OK):
        print(f"accounting_peers: {freeradius.STOCK} can't be read, so no SQL",
              file=sys.stderr)
    else:
        yield from sql_peers(folder)
    yield "FreeRADIUS-detail", lambda figures: theirs(
        freeradius.into_detail(folder / "detail", folder / "detail" / "file"),
        figures)


def sql_peers(folder):
    yield "FreeRADIUS-SQLite", lambda figures: theirs(
        freeradius.into_sqlite(folder / "sqlite"), figures)
    if freeradius.program("postgres"):
        def postgresql(figures):
            database = freeradius.PostgreSQL(folder / "postgresql")
            theirs(freeradius.into_postgresql(folder / "sql", database),
                   figures, database)
        yield "FreeRADIUS-PostgreSQL", postgresql


def main():
    own = Figures("lazaret")
    others = {}
    for number in range(RUNS):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="lazaret-bench-",
                                               dir=os.getcwd()))
        folder.chmod(0o755)
        try:
            ours(folder / "own", own)
            for name, measure in peers(folder):
                measure(others.setdefault(name, Figures(name)))
        finally:
            shutil.rmtree(folder)
    for name, which, unit in (
            ("accounting_durable", "rates", "records/s"),
            ("accounting_durable_cpu", "costs", "records/cpu_s"),
            ("accounting_indexed_cpu", "whole", "records/cpu_s")):
        values = getattr(own, which)
        value = statistics.median(values)
        ratios = "".join(
            f" vs {other.name} "
            f"{value / statistics.median(getattr(other, which)):.2f}"
            for other in others.values())
        print(f"{name}: {spread(values)}", file=sys.stderr)
        if which == "whole":  # nobody has set a goal for it
            print(f"{name} {value:.0f} {unit}{ratios}", flush=True)
        else:
            print(f"bench: {name} {value:.0f} {unit} goal {GOAL} "
                  f"{'met' if value >= GOAL else 'missed'}{ratios}",
                  flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
