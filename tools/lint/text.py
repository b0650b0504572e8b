# SPDX-License-Identifier: Apache-2.0
"""Checks on text: licence line, layout, length, left-over markers, scripts."""
import ast
import os
import re

from . import house

SPDX = "SPDX-License-Identifier: Apache-2.0"
# Formats without comments, and the licence itself.
NO_COMMENTS = (".csv", ".tsv", ".json", ".jsonl", ".binetflow", ".eml")
NO_SPDX = ("LICENSE", "tests/fuzz/corpus/")
FUNCTION_LINES_MAX = 70
COMMAND_LINES_MAX = 150
LONG_LIST = "tools/lint/long_functions.txt"
# Split so that this file doesn't find itself.
MARKER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def check_spdx(place):
    for name in place.files():
        if name.startswith(NO_SPDX) or name.endswith(NO_COMMENTS):
            continue
        text = place.text(name)
        if text is None or not text.strip():
            continue
        head = text.split("\n", 2)
        # A script's first line is its interpreter, a page's its opening.
        if not any(SPDX in line for line in head[:2]):
            yield f"{name}:1: spdx: no line '{SPDX}' at the top"


def check_format(place):
    version = house.must(["clang-format", "--version"])
    if "version 14." not in version:
        yield f".clang-format:1: format: needs clang-format 14, found {version}"
        return
    names = place.sources(".c", ".h")
    if not names:
        return
    _, text = house.output_of(
        ["clang-format", "--dry-run", "-Werror", "--ferror-limit=1"] + names,
        cwd=place.root)
    seen = set()
    for line in text.splitlines():
        found = re.match(r"(\S+):(\d+):\d+: (error|warning): ", line)
        if found and found.group(1) not in seen:
            seen.add(found.group(1))
            yield (f"{found.group(1)}:{found.group(2)}: format: not as "
                   "clang-format writes it (clang-format -i FILE)")


def long_functions(text, limit):
    """(line, name, lines) of each function with more than `limit` lines.

    Leans on the layout: a body opens and closes with a brace in column 0.
    """
    lines = text.split("\n")
    opened = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            opened = number
        elif line == "}" and opened:
            if number - opened - 1 > limit:
                head = "\n".join(lines[max(0, opened - 8):opened - 1])
                names = re.findall(r"^(\w+)\(", head, re.M)
                yield opened, names[-1] if names else "?", number - opened - 1
            opened = None


def listed_functions(place):
    if not os.path.exists(place.path(LONG_LIST)):
        return set()
    rows = [line.split("#")[0].split()
            for line in place.text(LONG_LIST).splitlines()]
    return {tuple(row[:2]) for row in rows if row}


def check_length(place):
    allowed = listed_functions(place)
    used = set()
    for name in place.sources(".c"):
        text = place.text(name) or ""
        for line, function, count in long_functions(text, FUNCTION_LINES_MAX):
            if (name, function) in allowed:
                used.add((name, function))
            else:
                yield (f"{name}:{line}: length: {function} has {count} lines,"
                       f" more than {FUNCTION_LINES_MAX}")
        count = text.count("\n")
        if name.startswith("src/cmd/") and count > COMMAND_LINES_MAX:
            yield (f"{name}:{count}: length: a command has at most "
                   f"{COMMAND_LINES_MAX} lines, this {count}")
    for name, function in sorted(allowed - used):
        yield f"{LONG_LIST}:1: length: {name} {function} isn't long any more"


def check_markers(place):
    for name in place.files():
        if name.startswith(NO_SPDX):
            continue
        for number, line in enumerate((place.text(name) or "").split("\n"), 1):
            found = MARKER.search(line)
            if found:
                yield f"{name}:{number}: markers: {found.group(1)} left over"


def check_scripts(place):
    for name in place.files():
        text = place.text(name) or ""
        if name.endswith(".py"):
            try:
                ast.parse(text)
            except SyntaxError as problem:
                yield f"{name}:{problem.lineno}: scripts: {problem.msg}"
        elif name.endswith(".sh") or text.startswith("#!/bin/bash"):
            status, said = house.output_of(["bash", "-n", place.path(name)])
            if status != 0:
                found = re.search(r"line (\d+): (.*)", said)
                line = found.group(1) if found else "1"
                yield f"{name}:{line}: scripts: {said.strip()[:200]}"
