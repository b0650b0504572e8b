#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns src/store/sql/SET.sql and its migrations into a C table and an enum.

A query stands under a line `-- name: case_upsert (what goes in and comes out)`.
Lines from `-- sqlite:` or `-- postgres:` up to the next `-- both:`, name or
migration end are for that engine alone; `-- big:` under a name: it may answer
more rows than memory should hold.  Migrations are sql/migrate/SET/
NNNN_what.sql, numbered from 0001 without gaps, each with an NNNN_what.down.sql
that takes it back; the SHA-256 of the former goes into the schema_version
table, so that an edited one is noticed.

usage: sql_embed.py OUT.h OUT.c SET.sql...
"""
import glob
import hashlib
import os
import re
import sys

ENGINES = ("sqlite", "postgres")
NAME = re.compile(r"^-- name: (\w+)")
MARK = re.compile(r"^-- (sqlite|postgres|both):\s*$")
BIG = "-- big:"
MIGRATION = re.compile(r"^(\d{4})_(\w+)\.sql$")


def engine_lines(text, engine):
    """The lines of an engine, comments and blank lines left out."""
    here = True
    for line in text.split("\n"):
        mark = MARK.match(line)
        if mark or NAME.match(line):
            here = not mark or mark.group(1) in ("both", engine)
        if here and (NAME.match(line) or line == BIG or
                     (line.strip() and not line.startswith("--"))):
            yield line.split(" -- ")[0].rstrip()


def engine_queries(path, engine):
    """[(name, SQL, big)] of a set for an engine."""
    found = []
    with open(path, encoding="ascii") as file:
        for line in engine_lines(file.read(), engine):
            name = NAME.match(line)
            if name:
                found.append((name.group(1), []))
            elif not found:
                sys.exit(f"{path}: SQL before the first -- name: line")
            else:
                found[-1][1].append(line)
    names = [name for name, _ in found]
    for name in names:
        if names.count(name) > 1:
            sys.exit(f"{path}: {name} stands twice")
    return [(name, "\n".join(line for line in lines if line != BIG),
             BIG in lines) for name, lines in found]


def queries(path):
    """[(name, [SQL an engine], big)] of a set."""
    both = [engine_queries(path, engine) for engine in ENGINES]
    return [(one[0], [one[1], other[1]], one[2])
            for one, other in zip(*both)]


def engine_texts(file):
    """Its bytes, and [SQL an engine]."""
    with open(file, "rb") as stream:
        raw = stream.read()
    return raw, ["\n".join(engine_lines(raw.decode("ascii"), engine))
                 for engine in ENGINES]


def migrations(path):
    """[(number, name, sha256, [SQL], [SQL that takes it back])], in order."""
    folder = os.path.join(os.path.dirname(path), "migrate",
                          os.path.basename(path)[:-len(".sql")])
    found = []
    for file in sorted(glob.glob(os.path.join(folder, "*"))):
        if file.endswith(".down.sql"):
            continue
        parts = MIGRATION.match(os.path.basename(file))
        if not parts or int(parts.group(1)) != len(found) + 1:
            sys.exit(f"{file}: expected {len(found) + 1:04d}_WHAT.sql")
        raw, texts = engine_texts(file)
        _, undone = engine_texts(file[:-len(".sql")] + ".down.sql")
        found.append((len(found) + 1, parts.group(2),
                      hashlib.sha256(raw).hexdigest(), texts, undone))
    return found


def quoted(sql):
    return "\n".join('\t"' + line.replace("\\", "\\\\").replace('"', '\\"')
                     + '\\n"' for line in sql.split("\n"))


def quoted_each(texts):
    """Both engines' texts as an array; the second NULL where it is the same."""
    first, second = texts
    return "{" + quoted(first) + ",\n" + \
        ("NULL" if second == first else quoted(second)) + "}"


def write_set(name, path, header, source):
    upper = name.upper()
    texts = queries(path)
    steps = migrations(path)
    header.append(f"enum sql_{name}_query {{")
    header += [f"\tSQL_{upper}_{query.upper()}," for query, _, _ in texts]
    header += [f"\tSQL_{upper}_COUNT", "};"]
    source.append(f"static const struct sql_query {name}_queries[] = {{")
    source += [f'\t{{"{query}",\n{quoted_each(sql)}, {str(big).lower()}}},'
               for query, sql, big in texts]
    source += ["};",
               f"static const struct sql_migration {name}_migrations[] = {{"]
    source += [f'\t{{{n}, "{what}", "{digest}",\n{quoted_each(sql)},\n'
               f'{quoted_each(undone)}}},'
               for n, what, digest, sql, undone in steps]
    source += ["};", f"const struct sql_set sql_{name} = {{",
               f'\t"{name}", {len(texts)}, {name}_queries,',
               f"\t{len(steps)}, {name}_migrations,", "};"]


def main():
    spdx = "/* SPDX-License-Identifier: Apache-2.0 */"
    made = f"{spdx}\n/* Made by tools/sql_embed.py; not for editing. */"
    header = [made, "#ifndef STORE_SQL_TEXT_H", "#define STORE_SQL_TEXT_H"]
    source = [made, '#include "store/sql_set.h"']
    for path in sys.argv[3:]:
        name = os.path.basename(path)[:-len(".sql")]
        write_set(name, path, header, source)
    header.append("#endif")
    for path, lines in zip(sys.argv[1:3], (header, source)):
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
