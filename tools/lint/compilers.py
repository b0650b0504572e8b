# SPDX-License-Identifier: Apache-2.0
"""Checks by other programs: gcc, clang with warnings as errors, mandoc."""
import concurrent.futures
import json
import os
import re
import shlex

from . import house

DIAGNOSTIC = re.compile(r"^(\S+?):(\d+):\d+: (?:fatal )?error: (.*)")


def check_build(place):
    """The folder is what the other checks take it for, and up to date."""
    text = house.must(["meson", "introspect", "--buildoptions", place.build])
    options = {row["name"]: row["value"] for row in json.loads(text)}
    for name, value in (("buildtype", "release"), ("werror", True),
                        ("b_lto", False), ("b_sanitize", "none"),
                        ("b_coverage", False)):
        if options.get(name) != value:
            yield (f"meson.build:1: build: {place.build} has {name} = "
                   f"{options.get(name)}, the checks need {value}")
    status, said = house.output_of(["ninja", "-C", place.build])
    if status != 0:
        found = [DIAGNOSTIC.match(line) for line in said.splitlines()]
        found = [match for match in found if match]
        for match in found:
            yield f"{tidy(place, match.group(1))}:{match.group(2)}: build: " \
                + match.group(3)
        if not found:
            yield f"meson.build:1: build: {said.strip()[-300:]}"


def tidy(place, path):
    """A path as a compiler in the build folder prints it, from the root."""
    full = os.path.normpath(os.path.join(place.build, path))
    return os.path.relpath(full, place.root)


def compile_alone(place, command):
    """The diagnostics of one `clang -fsyntax-only` in the build folder."""
    status, said = house.output_of(command, cwd=place.build)
    if status == 0:
        return []
    found = [DIAGNOSTIC.match(line) for line in said.splitlines()]
    return [f"{tidy(place, match.group(1))}:{match.group(2)}: clang: "
            + match.group(3) for match in found if match] \
        or [f"{tidy(place, command[-1])}:1: clang: {said.strip()[:300]}"]


def compile_all(place, commands):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda one: compile_alone(place, one), commands)
        return {problem for problems in results for problem in problems}


def check_clang(place):
    path = os.path.join(place.build, "compile_commands.json")
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    commands = {}
    for entry in entries:
        words = shlex.split(entry["command"])[1:]
        kept = [word for word in words if word.startswith(
            ("-I", "-D", "-U", "-std", "-W", "-O", "-f", "-m", "-pthread"))
            and not word.startswith(("-Wp,", "-fdiagnostics-color"))]
        commands[entry["file"]] = ["clang", "-fsyntax-only", "-Werror"] \
            + kept + [entry["file"]]
    return compile_all(place, commands.values())


def check_headers(place):
    """Every header compiles alone: it includes what it uses."""
    commands = []
    for name in place.sources(".h"):
        if not name.startswith("src/"):
            continue
        room = place.rooms.get(name.split("/")[1])
        effect = room is not None and room.kind == "effect"
        commands.append(["clang", "-fsyntax-only", "-Werror", "-Wall",
                         "-Wextra", "-std=c17", "-x", "c"]
                        + (["-D_GNU_SOURCE"] if effect else [])
                        + ["-I" + place.path("src"), "-include",
                           place.path(name), os.devnull])
    return {problem.replace(": clang: ", ": header: ", 1)
            for problem in compile_all(place, commands)}


def check_man(place):
    pages = [name for name in place.files()
             if re.fullmatch(r"man/.*\.[1-8]", name)]
    if not pages:
        yield "man/lazaret.1:1: man: there is no manual page"
    for name in pages:
        status, said = house.output_of(
            ["mandoc", "-T", "lint", "-W", "warning", place.path(name)])
        if status == 0:
            continue
        for line in said.splitlines():
            found = re.match(r"mandoc: .*?:(\d+):\d+: (.*)", line)
            yield f"{name}:{found.group(1) if found else 1}: man: " \
                + (found.group(2) if found else line)
