# SPDX-License-Identifier: Apache-2.0
"""The programs that must notice a change, and how they are built.

Killers are the tests of the folders below that reach the room case and start
no roles: new ones come along by themselves. The room is a shared library of its
own here, so a changed source is compiled, the room linked once, and every
killer runs with it as it stands; all other rooms come from the build folder.
"""
import os
import re
import resource
import subprocess

ROOM = "case"
FOLDERS = ("tests/unit/case", "tests/property", "tests/scenario")
# What starts roles, measures time, or has half a gigabyte of cases.
NOT_SUITES = ("plain", "bench")
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-ffp-contract=off", "-O1", "-fPIC", "-w"]
SLOWEST = 20.0  # seconds of a processor; what takes longer is no killer
SKIPPED = 77   # a test's answer that it can't run here
LONGER = 5     # a killer that takes so many times its time hangs


class Broken(Exception):
    pass


def run(command, cwd, env=None, cpu_s=300):
    """(exit code, output).  What hangs is ended by the processor's time that
    it takes: by the clock on the wall a busy machine would look like a hang,
    and so like a change that was noticed."""
    with subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (cpu_s, cpu_s))
        except ProcessLookupError:
            pass  # it has ended
        said, _ = process.communicate()
    return process.returncode, said.decode(errors="replace")


def children_s():
    """Seconds of a processor that all programs took that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def must(command, cwd):
    code, said = run(command, cwd)
    if code != 0:
        raise Broken(" ".join(command)[:200] + "\n" + said[-2000:])
    return said


def read_rows(root):
    """rooms.txt: room -> the rooms it reaches, itself last; room -> libs."""
    reach, libs, packages = {}, {}, {}
    with open(os.path.join(root, "rooms.txt"), encoding="utf-8") as rows:
        for row in rows:
            words = row.split("#")[0].split()
            if words[:1] == ["lib"]:
                packages[words[1]] = words[2]
            if words[:1] != ["room"]:
                continue
            mine = []
            for below in words[3].split(","):
                mine += reach.get(below.split("/")[0], [])
            reach[words[1]] = list(dict.fromkeys(mine + [words[1]]))
            libs[words[1]] = [] if words[4] == "-" else words[4].split(",")
    return reach, libs, packages


def read_tests(root, folder):
    """The entries of a folder's meson.build, whose lists Python reads too."""
    path = os.path.join(root, folder, "meson.build")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as build:
        text = build.read()
    entries = []
    for found in re.finditer(r"^unit_tests \+= (\[\n.*?^\])", text,
                             re.S | re.M):
        names = {"files": lambda *names: list(names), "true": True,
                 "false": False, "__builtins__": {}}
        try:
            entries += eval(found.group(1), names)  # our own list of literals
        except NameError:
            continue  # it leans on meson's variables: no plain test
    return entries


class Killer:
    def __init__(self, root, folder, entry):
        self.name = entry["name"]
        self.sources = [os.path.normpath(os.path.join(folder, name))
                        for name in entry["sources"]]
        self.rooms = entry.get("rooms", [])
        self.libs = entry.get("libs", [])
        # What is quick enough to run for each change, where it says so.
        self.args = entry.get("mutate_args", entry.get("args", []))
        # Tried when all others passed: it compares, and judges nothing.
        self.is_last = entry.get("mutate_last", False)
        self.root = root
        self.program = None
        self.seconds = 0.0

    def environment(self, folders):
        return dict(os.environ, LD_LIBRARY_PATH=":".join(folders),
                    LAZARET_SOURCE=self.root, ROUNDS=os.environ.get(
                        "MUTATE_ROUNDS", "400"))

    def passes(self, program, folders, cpu_s):
        """folders: where its libraries are, the first one counts."""
        code, said = run([program] + self.args, self.root,
                         self.environment(folders), cpu_s)
        if code == SKIPPED:
            self.seconds = float("inf")
        if code == 127:
            raise Broken(f"{self.name} can't be started: {said[-500:]}")
        return code == 0, said


def find(root):
    killers = []
    reach, _, _ = read_rows(root)
    for folder in FOLDERS:
        for entry in read_tests(root, folder):
            rooms = entry.get("rooms", [])
            if ("script" in entry or entry.get("suite") in NOT_SUITES or
                    not entry.get("mutate", True)):
                continue
            if any(ROOM in reach[room] for room in rooms):
                killers.append(Killer(root, folder, entry))
    return killers


class Builder:
    def __init__(self, root, build, work, pool):
        self.root, self.build = root, os.path.abspath(build)
        self.work, self.pool = work, pool
        self.reach, self.room_libs, self.packages = read_rows(root)
        self.objects = {}  # source of the room -> its object
        self.own = {}      # source of a killer -> its object
        self.compiler = os.environ.get("CC", "cc").split()

    def compile(self, source, target, first=()):
        return (self.compiler + FLAGS + ['-DLZ_VERSION="0"'] +
                ["-I" + folder for folder in first] +
                ["-Isrc", "-Itests", "-c", source, "-o", target])

    def rooms_of(self, killer):
        return list(dict.fromkeys(room for named in killer.rooms
                                  for room in self.reach[named]))

    def flags_of(self, killer, rooms):
        """What pkg-config says of the libraries that a killer is linked to."""
        libs = [lib for room in rooms for lib in self.room_libs[room]]
        flags = []
        for lib in dict.fromkeys(libs + killer.libs + ["m"]):
            package = self.packages.get(lib, "-")
            flags += (["-l" + lib] if package == "-" else must(
                ["pkg-config", "--cflags", "--libs", package],
                self.root).split())
        return flags

    def build_room(self):
        folder = f"src/{ROOM}/"
        for name in sorted(os.listdir(os.path.join(self.root, folder))):
            if name.endswith(".c"):
                self.objects[folder + name] = os.path.join(
                    self.work, name[:-2] + ".o")
        list(self.pool.map(lambda job: must(self.compile(*job), self.root),
                           self.objects.items()))
        must(self.link_room(self.work, self.objects), self.root)

    def link_room(self, folder, objects):
        return (self.compiler + ["-shared", "-o",
                                 os.path.join(folder, f"lib{ROOM}.so")] +
                list(objects.values()))

    def compile_killers(self, found):
        """Each source once, though several killers are made of it."""
        sources = {source for killer in found for source in killer.sources}
        self.own = {source: os.path.join(self.work, f"own-{number}.o")
                    for number, source in enumerate(sorted(sources))}
        list(self.pool.map(lambda job: must(self.compile(*job), self.root),
                           self.own.items()))

    def link_killer(self, killer, folder, first=()):
        """Links a killer, compiled anew where headers changed; its program."""
        rooms = self.rooms_of(killer)
        archives = [os.path.join(self.build, f"liblz-{room}.a")
                    for room in rooms if room != ROOM]
        objects = [] if first else [self.own[one] for one in killer.sources]
        for number, source in enumerate(killer.sources if first else []):
            target = os.path.join(folder, f"{killer.name}-{number}.o")
            must(self.compile(source, target, first), self.root)
            objects.append(target)
        program = os.path.join(folder, killer.name)
        # The room calls what lies below it, which stands in the program.
        must(self.compiler + ["-rdynamic", "-o", program] + objects +
             ["-L" + self.work, f"-l{ROOM}", "-Wl,--start-group"] +
             [name for name in archives if os.path.exists(name)] +
             ["-Wl,--end-group", "-lcmocka"] + self.flags_of(killer, rooms),
             self.root)
        return program

    def time_killer(self, killer):
        """Runs it without any change: it must pass.  One at a time."""
        started = children_s()
        passed, said = killer.passes(killer.program, [self.work], 120)
        if killer.seconds == 0:
            killer.seconds = children_s() - started
        elif not passed:
            return  # it was skipped: what it needs isn't there
        if not passed:
            raise Broken(f"{killer.name} fails without any change:\n" +
                         said[-2000:])
