# SPDX-License-Identifier: Apache-2.0
"""What the checks share: rooms.txt as objects, the files, the tools' output."""
import os
import subprocess


class BadTable(Exception):
    """rooms.txt doesn't say what its head promises."""


class ToolFailed(Exception):
    """A program a check leans on failed or is missing."""


def output_of(command, cwd=None):
    """What `command` prints; both streams, no matter how it ends."""
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except OSError as problem:
        raise ToolFailed(f"{command[0]}: {problem.strerror}") from problem
    return done.returncode, done.stdout.decode("utf-8", "replace")


def must(command, cwd=None):
    status, text = output_of(command, cwd)
    if status != 0:
        raise ToolFailed(f"{' '.join(command[:4])}: {text.strip()[:300]}")
    return text


class Library:
    def __init__(self, name, soname, headers):
        self.name = name
        self.soname = soname
        self.headers = headers  # patterns of what is included with <>
        self._symbols = None

    def symbols(self):
        """Every name the shared library defines."""
        if self._symbols is None:
            path = must(["gcc", "-print-file-name=" + self.soname]).strip()
            text = must(["nm", "-D", "-P", "--defined-only", path])
            self._symbols = {line.split()[0].split("@")[0]
                             for line in text.splitlines() if line.strip()}
        return self._symbols


class Room:
    def __init__(self, name, kind, rows, libs):
        self.name = name
        self.kind = kind
        self.libs = libs
        self.whole = set()    # rooms it may include whole
        self.headers = set()  # single headers: 'crypto/sha256.h'
        self.patterns = []    # '*_conf.h', in pure rooms
        for row in rows:
            if "*" in row:
                self.patterns.append(row)
            elif "/" in row:
                self.headers.add(row)
            else:
                self.whole.add(row)


class Program:
    def __init__(self, name, main, rooms, libs):
        self.name = name
        self.main = main
        self.rooms = rooms
        self.libs = libs


class House:
    """The source tree at `root`, its build at `build`, and rooms.txt."""

    def __init__(self, root, build):
        self.root = os.path.abspath(root)
        self.build = os.path.abspath(build)
        self.libs = {}
        self.rooms = {}
        self.programs = {}
        self.libc = {}  # 'pure' or a room's name -> symbols it may use
        self._files = None
        self._read_table()

    def _read_table(self):
        path = os.path.join(self.root, "rooms.txt")
        with open(path, encoding="utf-8") as table:
            for number, line in enumerate(table, 1):
                words = line.split("#")[0].split()
                try:
                    if words:
                        self._add_row(words)
                except (ValueError, KeyError) as problem:
                    raise BadTable(f"row {number}: {problem}") from problem

    def _add_row(self, words):
        def items(word):
            return [] if word == "-" else word.split(",")

        if words[0] == "lib":
            _, name, _, soname, headers = words
            self.libs[name] = Library(name, soname, items(headers))
        elif words[0] == "libc":
            _, who, symbols = words
            self.libc.setdefault(who, set()).update(items(symbols))
        elif words[0] == "room":
            _, name, kind, rows, libs = words
            room = Room(name, kind, items(rows), items(libs))
            if kind not in ("pure", "handles", "effect"):
                raise ValueError(f"no such kind: {kind}")
            below = set()
            for other in room.whole:
                below |= self.rooms[other].whole
            # Crypto is seen only where its own row names it.
            room.whole |= below - {"crypto"}
            self.rooms[name] = room
        elif words[0] == "prog":
            _, name, main, rooms, libs = words
            self.programs[name] = Program(name, main, items(rooms),
                                          items(libs))
        else:
            raise ValueError(f"no such row: {words[0]}")

    def files(self):
        """All files of the project, relative: what git tracks or would."""
        if self._files is None:
            try:
                text = must(["git", "-C", self.root, "ls-files", "-co",
                             "--exclude-standard"]) \
                    if os.path.exists(os.path.join(self.root, ".git")) else ""
            except ToolFailed:  # no git here, or not our clone
                text = ""
            names = text.splitlines() or self._walk()
            self._files = sorted(
                name for name in names
                if os.path.isfile(os.path.join(self.root, name)))
        return self._files

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders
                          if not name.startswith((".git", "build"))
                          and name != "__pycache__"]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def sources(self, *endings):
        return [name for name in self.files()
                if name.startswith(("src/", "tests/"))
                and name.endswith(endings)]

    def path(self, name):
        return os.path.join(self.root, name)

    def text(self, name):
        """The file's text; None for what isn't text."""
        with open(self.path(name), "rb") as file:
            data = file.read()
        if b"\0" in data:
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def archive(self, room):
        return os.path.join(self.build, f"liblz-{room}.a")
