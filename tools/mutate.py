#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make mutate: breaks the case one piece at a time; something must notice.

    tools/mutate.py --root SOURCE --build BUILD [--sample N] [--only TEXT]
                    [--names FILE]

Every row of the table, every threshold, comparison and guard of what decides
(src/case, without the stored forms and the book) is changed alone, in a copy of
its source. A change that every test survives is a hole in the tests and fails
the run, unless tests/mutants/equivalent.txt says why it changes nothing that
anybody could see; one that is listed and noticed after all fails it too. The
last line is `mutants: N made, N killed`; equivalent ones are counted apart.

--sample takes one in N, always the same ones: which is said by their names.
--only   those whose name holds TEXT, such as a file, `act.c:120:` or a function;
         `--list` prints names and makes none.
--names  those that stand in FILE, as --list or `survived:` wrote them: what a
         run left is tried again without the rest.
"""
import argparse
import hashlib
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from mutate import change, killers, table  # noqa: E402

# Not what decides: stored forms, and how the book keeps its cases.
NOT_BROKEN = ("record", "stored", "event", "entry", "book", "shelf",
              "aliases", "due_heap")
DEFAULTS = "src/case/policy.h", "case_policy_init"
LISTED = "tests/mutants/equivalent.txt"
SAY_EVERY_S = 10


def all_changes(root):
    folder = os.path.join(root, "src/case")
    for name in sorted(os.listdir(folder)):
        path = "src/case/" + name
        if not name.endswith(".c") or name.startswith(NOT_BROKEN):
            continue
        with open(os.path.join(root, path), encoding="utf-8") as source:
            text = source.read()
        if name == "table.c":
            yield from table.of_table(path, text)
        elif name == "policy.c":
            yield from change.of_code(path, text, deciding(text))
        else:
            yield from change.of_code(path, text)
    with open(os.path.join(root, DEFAULTS[0]), encoding="utf-8") as source:
        yield from change.of_code(DEFAULTS[0], source.read(), {DEFAULTS[1]})


def deciding(text):
    """policy.c: all functions but those of its stored form and hash."""
    names = set(change.places(change.masked(text)))
    return {name for name in names
            if not name.startswith(("put_", "get_", "PUT", "GET", "POLICY_",
                                    "case_policy_"))}


def read_names(path):
    """Names as --list prints them, or as a run said that they survived."""
    names = set()
    with open(path, encoding="utf-8") as rows:
        for row in rows:
            found = re.match(r"(?:survived: )?(src/[\w/]+\.[ch]):(?:\d+:)? (.*)",
                             row)
            if found:
                names.add(f"{found.group(1)}: {found.group(2).rstrip()}")
    return names


def number_of(name):
    """The same for one name always: orders them, and picks a sample."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def read_listed(root):
    """Names of changes that are equivalent; their reasons are for people."""
    path = os.path.join(root, LISTED)
    listed = {}
    if not os.path.exists(path):
        return listed
    with open(path, encoding="utf-8") as rows:
        name = None
        for row in rows.read().split("\n"):
            if row.startswith("#") or not row.strip():
                continue
            if not row.startswith(" "):
                name = row.strip()
                listed[name] = ""
            elif name:
                listed[name] += " " + row.strip()
    return listed


class Run:
    def __init__(self, options, root, work):
        self.root, self.work = root, work
        self.pool = ThreadPoolExecutor(options.jobs)
        self.builder = killers.Builder(root, options.build, work, self.pool)
        self.killers = []
        self.lock = threading.Lock()
        self.last = {}  # source -> the killer that noticed its last change
        self.rows = []  # (change, "killed by X" | "survived" | "not made")
        self.said = time.monotonic()

    def prepare(self):
        found = killers.find(self.root)
        self.builder.build_room()
        self.builder.compile_killers(found)
        programs = self.pool.map(
            lambda one: self.builder.link_killer(one, self.work), found)
        for killer, killer.program in zip(found, programs):
            self.builder.time_killer(killer)
        self.killers = sorted(
            (killer for killer in found if killer.seconds <= killers.SLOWEST),
            key=lambda killer: (killer.is_last, killer.seconds))
        for killer in self.killers:
            print(f"killer: {killer.name} {killer.seconds:.2f} s", flush=True)
        # What is built the same way from an unchanged source must pass.
        for path in sorted(self.builder.objects)[:1] + [DEFAULTS[0]]:
            with open(os.path.join(self.root, path),
                      encoding="utf-8") as source:
                same = change.Change(path, 1, "", "nothing", source.read())
            became = self.judge(same)
            if became != "survived":
                raise killers.Broken(f"{path} unchanged is {became}")

    def make(self, broken, folder):
        """Builds the changed room; answers the folders of changed headers, or
        None where it can't be compiled."""
        target = os.path.join(folder, os.path.basename(broken.path))
        if broken.path.endswith(".h"):
            shadow = os.path.join(folder, os.path.relpath(broken.path, "src"))
            os.makedirs(os.path.dirname(shadow))
            target = shadow
        with open(target, "w", encoding="utf-8") as copy:
            copy.write(broken.text)
        if broken.path.endswith(".h"):
            return [folder]
        code, _ = killers.run(
            self.builder.compile(target, target[:-2] + ".o"), self.root)
        if code != 0:
            return None
        objects = dict(self.builder.objects)
        objects[broken.path] = target[:-2] + ".o"
        killers.must(self.builder.link_room(folder, objects), self.root)
        return []

    def order(self, path):
        first = self.last.get(path)
        return ([first] if first else []) + [
            killer for killer in self.killers if killer is not first]

    def judge(self, broken):
        folder = tempfile.mkdtemp(dir=self.work)
        try:
            shadows = self.make(broken, folder)
            if shadows is None:
                return "not made"
            for killer in self.order(broken.path):
                program = killer.program
                if shadows:
                    program = self.builder.link_killer(killer, folder,
                                                       shadows)
                cpu_s = 3 + int(killers.LONGER * killer.seconds)
                if not killer.passes(program, [folder, self.work], cpu_s)[0]:
                    if not killer.is_last:
                        self.last[broken.path] = killer
                    return "killed by " + killer.name
            return "survived"
        finally:
            shutil.rmtree(folder)

    def one(self, broken):
        became = self.judge(broken)
        with self.lock:
            self.rows.append((broken, became))
            if time.monotonic() - self.said > SAY_EVERY_S:
                self.said = time.monotonic()
                print(f"mutate: {len(self.rows)} tried", flush=True)

    def all(self, changes):
        list(self.pool.map(self.one, changes))


def report(run, listed, whole):
    count = {"killed": 0, "survived": 0, "equivalent": 0, "not made": 0}
    wrong = 0
    by = {}
    for broken, became in sorted(run.rows, key=lambda row: row[0].key()):
        if became == "not made":
            count["not made"] += 1
            print(f"not made (doesn't compile): {broken}")
        elif became == "survived" and broken.key() in listed:
            count["equivalent"] += 1
            print(f"equivalent: {broken}\n   {listed[broken.key()]}")
        elif became == "survived":
            count["survived"] += 1
        else:
            count["killed"] += 1
            name = became.removeprefix("killed by ")
            by[name] = by.get(name, 0) + 1
            if broken.key() in listed:
                wrong += 1
                print(f"listed as equivalent, yet {became}: {broken}")
    made = {row[0].key() for row in run.rows}
    for name in sorted(set(listed) - made) if whole else []:
        wrong += 1
        print(f"{LISTED}: no such change any more: {name}")
    for broken, became in run.rows:
        if became == "survived" and broken.key() not in listed:
            print(f"survived: {broken}")
    for name in sorted(by, key=by.get, reverse=True):
        print(f"killed by {name}: {by[name]}")
    print(f"mutate: {count['equivalent']} equivalent, "
          f"{count['not made']} not made, {count['survived']} survived")
    print(f"mutants: {count['killed'] + count['survived']} made, "
          f"{count['killed']} killed")
    return 1 if wrong or count["survived"] or not count["killed"] else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=os.environ.get("LAZARET_SOURCE"))
    parser.add_argument("--build", default=os.environ.get("LAZARET_BUILD"))
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--only", metavar="TEXT")
    parser.add_argument("--names", metavar="FILE")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if not options.root or not options.build:
        parser.error("--root and --build, or LAZARET_SOURCE and LAZARET_BUILD")
    root = os.path.abspath(options.root)

    changes = list(all_changes(root))
    if options.only:
        changes = [one for one in changes if options.only in str(one)]
    if options.names:
        named = read_names(options.names)
        changes = [one for one in changes if one.key() in named]
    if options.sample:
        changes = [one for one in changes
                   if number_of(one.key()) % options.sample == 0]
    if options.list:
        for one in changes:
            print(one.key())
        return 0
    changes.sort(key=lambda one: number_of(one.key()))
    work = tempfile.mkdtemp(prefix="lazaret-mutate-")
    try:
        run = Run(options, root, work)
        run.prepare()
        print(f"mutate: {len(changes)} changes", flush=True)
        run.all(changes)
        return report(run, read_listed(root),
                      not (options.only or options.names or options.sample))
    except killers.Broken as problem:
        print(f"mutate: {problem}")
        return 1
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(main())
