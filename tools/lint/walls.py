# SPDX-License-Identifier: Apache-2.0
"""Checks on the walls of rooms.txt: includes, symbols, data, shared libraries.

Archives aren't linked, so a broken wall can still link; these look at the
sources and at the objects of the plain release build.
"""
import fnmatch
import glob
import os
import re

from . import house

# What a pure room may include with <>: the C standard, without what only
# reaches the outside, and the intrinsics of the processor.
PURE_HEADERS = {
    "assert.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h",
    "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h",
    "stdnoreturn.h", "string.h", "immintrin.h", "nmmintrin.h", "emmintrin.h",
}
# snprintf's home; base/ alone may format.
BASE_HEADERS = PURE_HEADERS | {"stdio.h"}
# What the compiler emits by itself; libgcc's helpers come on top.
COMPILER = {
    "__stack_chk_fail", "__assert_fail", "__errno_location",
    "_GLOBAL_OFFSET_TABLE_",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def may_include(place, room, name):
    """Whether `room` may include the header `name`, rooted at src/."""
    other = name.split("/")[0]
    if other == room.name or other in room.whole or name in room.headers:
        return True
    return any(fnmatch.fnmatch(os.path.basename(name), pattern)
               and place.rooms[other].kind == "pure"
               for pattern in room.patterns)


def outside_allowed(place, room, name):
    """Whether `room` may include <name>; else why not."""
    for lib in place.libs.values():
        if any(fnmatch.fnmatch(name, pattern) for pattern in lib.headers):
            if lib.name in room.libs:
                return None
            return f"{lib.name} isn't among the libraries of {room.name}"
    if room.kind == "effect":
        return None
    allowed = BASE_HEADERS if room.name == "base" else PURE_HEADERS
    return None if name in allowed else f"{room.name} is pure"


def check_includes(place):
    for name in place.sources(".c", ".h"):
        parts = name.split("/")
        if parts[0] != "src":
            continue
        room = place.rooms.get(parts[1])
        if room is None:
            yield f"{name}:1: include: rooms.txt knows no room {parts[1]}"
            continue
        for number, line in enumerate(place.text(name).split("\n"), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            quote, header = found.groups()
            where = f"{name}:{number}: include:"
            if quote == "<":
                why = outside_allowed(place, room, header)
                if why:
                    yield f"{where} <{header}>: {why}"
            elif header.split("/")[0] not in place.rooms:
                yield f'{where} "{header}" is not rooted at src/ROOM/'
            elif not may_include(place, room, header):
                yield (f'{where} {room.name} may not include "{header}" '
                       "(rooms.txt)")


def members(place, room):
    """(object, symbol, type) of each global name in a room's objects."""
    paths = [place.archive(room)]
    if not os.path.exists(paths[0]):
        paths = []
    for program in place.programs.values():
        if program.main.split("/")[1] == room:
            paths += sorted(glob.glob(os.path.join(
                place.build, program.name + ".p", "*.o")))
    for path in paths:
        text = house.must(["nm", "-A", "-P", "-g", path])
        for line in text.splitlines():
            where, _, rest = line.partition(": ")
            words = rest.split()
            if len(words) >= 2:
                yield object_name(where), words[0].split("@")[0], words[1]


def object_name(where):
    """'build/liblz-x.a[y/src_x_z.c.o]' -> 'src/x/z.c', as meson names it."""
    name = os.path.basename(where.rstrip("]").split("[")[-1])
    name = name[:-2] if name.endswith(".o") else name
    parts = name.split("_", 2)
    return "/".join(parts) if len(parts) == 3 and parts[0] == "src" else name


def line_of(place, name, symbol):
    """The first line of the source that names the symbol; else 1."""
    if os.path.exists(place.path(name)):
        plain = re.sub(r"^__(\w+)_chk$", r"\1", symbol)
        for number, line in enumerate(place.text(name).split("\n"), 1):
            if re.search(rf"\b{re.escape(plain)}\b", line):
                return number
    return 1


def room_symbols(place):
    """room -> {symbol: object} of what it defines, and those defined twice."""
    defined = {}
    twice = []
    owner = {}
    for room in place.rooms:
        defined[room] = {}
        for where, symbol, kind in members(place, room):
            if kind in "UwvN":
                continue
            # Several programs, several mains.
            if symbol in owner and symbol != "main":
                twice.append(f"{where}:1: symbol: {symbol} is defined in "
                             f"{owner[symbol]} as well")
            owner[symbol] = where
            defined[room][symbol] = where
    return defined, twice


def libc_allowed(place, room):
    """The short list, and the checked forms gcc makes of its names."""
    names = set(place.libc.get("pure", ()))
    names |= place.libc.get(room.name, set())
    return names | {f"__{name}_chk" for name in names} | COMPILER


def libgcc_symbols():
    path = house.must(["gcc", "-print-libgcc-file-name"]).strip()
    text = house.must(["nm", "-P", "--defined-only", path])
    return {line.split()[0] for line in text.splitlines()
            if line.startswith("__") and len(line.split()) > 2}


def check_symbols(place):
    defined, twice = room_symbols(place)
    yield from twice
    emitted = libgcc_symbols()
    for room in place.rooms.values():
        allowed = set(defined[room.name]) | emitted
        for other in room.whole:
            allowed |= set(defined[other])
        for header in room.headers:
            source = f"src/{header[:-2]}.c"
            allowed |= {symbol for symbol, where
                        in defined[header.split("/")[0]].items()
                        if where == source}
        if room.kind == "effect":
            allowed |= COMPILER
            for lib in ("c", "m"):
                allowed |= place.libs[lib].symbols()
        else:
            allowed |= libc_allowed(place, room)
        for lib in room.libs:
            allowed |= place.libs[lib].symbols()
        for where, symbol, kind in members(place, room.name):
            if kind in "Uwv" and symbol not in allowed:
                yield (f"{where}:{line_of(place, where, symbol)}: symbol: "
                       f"{room.name} ({room.kind}) may not use {symbol}"
                       + whose(defined, symbol))


def whose(defined, symbol):
    for room, symbols in defined.items():
        if symbol in symbols:
            return f", which is {room}'s"
    return ""


SECTION = re.compile(r"\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+"
                     r"([0-9a-f]+)\s+[0-9a-f]+\s+([A-Za-z]*)\s")
SYMBOL = re.compile(r"[0-9a-f]+ .{7} (\S+)\t([0-9a-f]+)\s+(?:\.hidden )?(\S+)")


def named_data(path):
    """object -> section -> names of the data in it."""
    found = {}
    where = ""
    for line in house.must(["objdump", "-t", "-w", path]).splitlines():
        if ":     file format" in line:
            where = object_name(line.split(":     file")[0])
        match = SYMBOL.match(line)
        if match and int(match.group(2), 16) > 0:
            found.setdefault(where, {}).setdefault(
                match.group(1), []).append(match.group(3))
    return found


def check_data(place):
    for room in place.rooms.values():
        path = place.archive(room.name)
        # crypto/ keeps its library's handles; that is its kind.
        if room.kind != "pure" or not os.path.exists(path):
            continue
        names = named_data(path)
        where = ""
        for line in house.must(["readelf", "-S", "-W", path]).splitlines():
            if line.startswith("File: "):
                where = object_name(line[6:].rstrip(")").replace("(", "["))
            match = SECTION.match(line)
            if not match or "W" not in match.group(3):
                continue
            section, size = match.group(1), int(match.group(2), 16)
            if size == 0 or section.startswith(".data.rel.ro"):
                continue
            culprits = names.get(where, {}).get(section, [])
            line_number = line_of(place, where, culprits[0].split(".")[0]) \
                if culprits else 1
            yield (f"{where}:{line_number}: data: {size} writable bytes in "
                   f"{section} of pure room {room.name}"
                   + (f" ({', '.join(culprits[:5])})" if culprits else ""))


def check_needed(place):
    mains = {program.main for program in place.programs.values()}
    for name in place.sources("main.c"):
        if name.startswith("src/") and name not in mains:
            yield f"{name}:1: needed: no row of rooms.txt names this main file"
    for program in place.programs.values():
        if not os.path.exists(place.path(program.main)):
            yield (f"rooms.txt:1: needed: {program.name}'s main file "
                   f"{program.main} doesn't exist")
            continue
        text = house.must(["readelf", "-d", "-W",
                           os.path.join(place.build, program.name)])
        allowed = {place.libs[name].soname
                   for name in ["c", "m"] + program.libs}
        for soname in re.findall(r"\(NEEDED\).*\[(.*)\]", text):
            if soname not in allowed and not soname.startswith("ld-linux"):
                yield (f"{program.main}:1: needed: {program.name} needs "
                       f"{soname}, which its row of rooms.txt doesn't list")
