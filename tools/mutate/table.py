# SPDX-License-Identifier: Apache-2.0
"""Changes of the table's rows (src/case/table.c), read from its own text."""
import re

from .change import Change, masked

SAME = "CASE_NEXT_SAME"


class Row:
    """A row as it stands: its fields, and where its text begins and ends."""

    def __init__(self, text, start, end):
        self.start, self.end = start, end
        self.line = text.count("\n", 0, start) + 1
        fields = split_top(text[start + 1:end - 1])
        (self.states, self.event, self.next, self.need, self.forbid,
         self.does, self.name) = fields[:7]
        self.rest = fields[7:]

    def text(self, **other):
        fields = {key: other.get(key, getattr(self, key))
                  for key in ("states", "event", "next", "need", "forbid",
                              "does", "name")}
        return "{" + ", ".join(list(fields.values()) + self.rest) + "}"

    def is_refused(self):
        return bool(self.rest) and self.rest[0] != "0"

    def label(self):
        return self.name.strip('"')


def split_top(text):
    """Fields between commas that stand in no parentheses or strings."""
    fields, depth, begun, quoted = [], 0, 0, False
    for i, sign in enumerate(text):
        if sign == '"' and text[i - 1] != "\\":
            quoted = not quoted
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if sign == "," and depth == 0 and not quoted:
            fields.append(" ".join(text[begun:i].split()))
            begun = i + 1
    fields.append(" ".join(text[begun:].split()))
    return [field for field in fields if field]


def rows_of(text):
    mask = masked(text)
    begun = re.search(r"case_table\[\] = \{", mask).end()
    ended = mask.index("\n};", begun)
    rows, depth, opened = [], 0, 0
    for i in range(begun, ended):
        if mask[i] == "{":
            opened = i if depth == 0 else opened
            depth += 1
        elif mask[i] == "}":
            depth -= 1
            if depth == 0:
                rows.append(Row(text, opened, i + 1))
    return rows


def state_names(text, states, known=None):
    """The single S(...) of a set that is written with macros of sets."""
    if known is None:
        known = dict(re.findall(r"^#define (\w+) \(?(.*S\(.*?|.*\|.*?)\)?$",
                                text.replace("\\\n", " "), re.M))
    names = []
    for word in (word.strip(" ()") for word in re.split(
            r"\|(?![^(]*\))", states.strip("() "))):
        found = re.match(r"S\((\w+)$|S\((\w+)\)$", word)
        if found:
            names.append(found.group(1) or found.group(2))
        elif word in known:
            names += state_names(text, known[word], known)
    return list(dict.fromkeys(names))


def words(field):
    return [] if field == "0" else [word.strip() for word in field.split("|")]


def joined(names):
    return " | ".join(names) if names else "0"


def both_may_fire(text, a, b):
    if a.event != b.event:
        return False
    if not set(state_names(text, a.states)) & set(state_names(text, b.states)):
        return False
    need = set(words(a.need)) | set(words(b.need))
    return not need & (set(words(a.forbid)) | set(words(b.forbid)))


def of_row(text, row, near):
    """(what, the row's new text); near: a row that guards alike."""
    states = state_names(text, row.states)
    yield "no such row", ""
    for state in states if len(states) > 1 else []:
        rest = "(uint16_t)(" + joined(
            [f"S({other})" for other in states if other != state]) + ")"
        yield f"not in state {state}", row.text(states=rest)
    # What is refused or known already goes nowhere and does nothing.
    moves = not row.is_refused() and "F(DUPLICATE)" not in words(row.need)
    other = "CASE_OPEN" if states != ["OPEN"] else "CASE_WATCHING"
    after = other if row.next in ("SAME", SAME) else SAME
    if moves:
        yield f"then {after}, not {row.next}", row.text(next=after)
    for field, says in (("need", "needs"), ("forbid", "forbids"),
                        ("does", "does")):
        have = words(getattr(row, field))
        if field == "does" and not moves:
            continue
        for word in have:
            rest = joined([name for name in have if name != word])
            yield f"{says} {word} no more", row.text(**{field: rest})
    taken = words(row.need) + words(row.forbid)
    for fact in [fact for fact in near if fact not in taken][:1]:
        yield (f"needs {fact} too",
               row.text(need=joined(words(row.need) + [fact])))
        yield (f"forbids {fact} too",
               row.text(forbid=joined(words(row.forbid) + [fact])))


def of_table(path, text):
    rows = rows_of(text)
    for i, row in enumerate(rows):
        near = [fact for other in rows[i + 1:i + 4] + rows[max(0, i - 3):i]
                if other.event == row.event
                for fact in words(other.need)]
        for what, instead in of_row(text, row, near):
            end = row.end + (not instead)
            yield Change(path, row.line, row.label(), what,
                         text[:row.start] + instead + text[end:])
        if i + 1 < len(rows) and both_may_fire(text, row, rows[i + 1]):
            after = rows[i + 1]
            yield Change(
                path, row.line, row.label(), f"after {after.label()}",
                text[:row.start] + text[after.start:after.end] +
                text[row.end:after.start] + text[row.start:row.end] +
                text[after.end:])
