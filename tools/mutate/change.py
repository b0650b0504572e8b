# SPDX-License-Identifier: Apache-2.0
"""One change of one source, and the ways to change C text.

All of it leans on the house's layout (clang-format): binary operators stand
between blanks, a function's brace in column 0, one statement a line.
"""
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    path: str   # from the root of the sources
    line: int
    where: str  # function, row or macro it stands in
    what: str   # `old => new`; with path and where it names the change
    text: str   # the whole changed source

    def key(self):
        return f"{self.path}: {self.where}: {self.what}"

    def __str__(self):
        return f"{self.path}:{self.line}: {self.where}: {self.what}"


def masked(text):
    """The text with comments, strings and characters blanked out."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))
    return re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\])+'", blank,
                  text, flags=re.S)


def places(mask):
    """For each line, the function or macro that it stands in."""
    lines = mask.split("\n")
    names = [""] * len(lines)
    here = ""
    for i, line in enumerate(lines):
        found = re.match(r"(?:static inline [\w ]+\**)?(\w+)\(", line)
        if found and not line.startswith(" "):
            here = found.group(1)
        found = re.match(r"#define (\w+)", line)
        names[i] = found.group(1) if found else here
        if line.startswith("}"):
            here = ""
    return names


def closing(mask, at):
    """Where the parenthesis that opens at `at` closes."""
    depth = 0
    for i in range(at, len(mask)):
        depth += (mask[i] == "(") - (mask[i] == ")")
        if depth == 0:
            return i
    return len(mask)


COMPARED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=",
            "!=": "=="}
SWAPPED = {"&&": "||", "||": "&&", "+": "-", "-": "+"}


def is_newest(mask, found):
    """`if (a > b) b = a;`: where both are the same it matters not which."""
    left = re.search(r"([\w>.\[\]-]+) $", mask[:found.start()])
    right = re.match(r" ([\w>.\[\]-]+)\)\s+([^;]+);", mask[found.end():])
    if not left or not right:
        return False
    sides = {left.group(1).removesuffix(".us"),
             right.group(1).removesuffix(".us")}
    put = [side.strip().removesuffix(".us")
           for side in right.group(2).split(" = ")]
    return len(put) == 2 and set(put) == sides


def operators(mask):
    """(start, end, instead) of operators between blanks."""
    for found in re.finditer(r"(?<=\s)(<=|>=|==|!=|<|>|&&|\|\||[+-])(?=\s)",
                             mask):
        sign = found.group(1)
        if sign in "<>" and is_newest(mask, found):
            continue
        yield found.start(), found.end(), COMPARED.get(sign) or SWAPPED[sign]
    for found in re.finditer(r"(?<=[\s(])!(?=[\w(])", mask):
        yield found.start(), found.end(), ""


def bits(mask):
    """Sets of named bits with one of them taken away."""
    for found in re.finditer(r" ?\|\s+[A-Z][A-Z0-9_]{3,}\b", mask):
        yield found.start(), found.end(), ""
    for found in re.finditer(r"(?<=[\s(])[A-Z][A-Z0-9_]{3,} \|\s+(?=[A-Z(])",
                             mask):
        yield found.start(), found.end(), ""


NO_THRESHOLD = re.compile(
    r"memset\(|memory_new\(|_Static_assert|\[\w* ?\d+\]|= \{0\}|^#include|"
    r"^[\s\d,u]+$")


def numbers(mask):
    """Constants one more and one less."""
    start = 0
    for line in mask.split("\n"):
        if not NO_THRESHOLD.search(line):
            for found in re.finditer(r"(?<![\w.\[])\d+(?=[uU]?\b)(?!\])",
                                     line):
                value = int(found.group(0))
                at = start + found.start(), start + found.end()
                yield *at, str(value + 1)
                if value > 0:
                    yield *at, str(value - 1)
        start += len(line) + 1


NAMED = {"true": "false", "false": "true", "MEASURE_GARDEN": "MEASURE_LIMIT",
         "CASE_COUNT_INFECTED": "CASE_COUNT_CERTAIN",
         "CASE_COUNT_CERTAIN": "CASE_COUNT_ALL"}


def named(mask):
    """Another named value; spans of one hour, day, minute doubled."""
    for found in re.finditer(r"\b(" + "|".join(NAMED) + r")\b", mask):
        yield found.start(), found.end(), NAMED[found.group(1)]
    for found in re.finditer(r"(?<= = )(?=TIMES_[A-Z]+_US\b)", mask):
        yield found.start(), found.end(), "2 * "


def guards(mask):
    """`if (...) return ...;` and the like, taken away."""
    for found in re.finditer(r"^\t+(if) \(", mask, re.M):
        end = closing(mask, found.end() - 1) + 1
        body = re.match(r"\s+(?:return[^;]*|continue|break|goto \w+);",
                        mask[end:])
        if body and not re.match(r"\s*else", mask[end + body.end():]):
            yield found.start(1), end + body.end(), ";"


def in_loop_head(mask, at):
    """What a `for` counts is no threshold: who breaks it reads elsewhere."""
    left = mask.rfind("for (", 0, at)
    return left >= 0 and at < closing(mask, left + 4)


def plain(text):
    return " ".join(re.sub(r"/\*.*?(\*/|$)", "", text).split())


def shown(text, start, end, instead):
    """`old => new` of what changes, with enough of its line to know it."""
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    right = len(text) if right < 0 else right
    old = plain(text[left:right])
    new = plain(text[left:start] + instead + text[end:right])
    return f"{old} => {new}" if new.strip("; ") else f"{old} => nothing"


def of_code(path, text, only=None):
    """All changes of a C source; only: of these functions and macros."""
    mask = masked(text)
    names = places(mask)
    seen = set()
    for way in (operators, bits, numbers, named, guards):
        for start, end, instead in way(mask):
            line = text.count("\n", 0, start) + 1
            where = names[line - 1]
            if not where or (only is not None and where not in only):
                continue
            if in_loop_head(mask, start):
                continue
            changed = text[:start] + instead + text[end:]
            what = shown(text, start, end, instead)
            # The same words twice in one function: told apart by number.
            number = 2
            while (where, what) in seen:
                what = re.sub(r" \(again, \d+\)$", "", what)
                what += f" (again, {number})"
                number += 1
            seen.add((where, what))
            yield Change(path, line, where, what, changed)
