#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns src/store/sql/SET.sql and its migrations into a C table and an enum.

A query stands under a line `-- name: case_upsert (what goes in and comes out)`.
Lines from `-- sqlite:` or `-- postgres:` up to the next `-- both:`, name or
migration end are for that engine alone.  Migrations are sql/migrate/SET/
NNNN_what.sql, numbered from 0001 without gaps; their SHA-256 goes into the
schema_version table, so that an edited one is noticed.

usage: sql_embed.py OUT.h OUT.c SET.sql...
"""
import glob
import hashlib
import os
import re
import sys

ENGINE = "sqlite"
NAME = re.compile(r"^-- name: (\w+)")
MARK = re.compile(r"^-- (sqlite|postgres|both):\s*$")
MIGRATION = re.compile(r"^(\d{4})_(\w+)\.sql$")


def engine_lines(text):
    """The lines of our engine, comments and blank lines left out."""
    here = True
    for line in text.split("\n"):
        mark = MARK.match(line)
        if mark or NAME.match(line):
            here = not mark or mark.group(1) in ("both", ENGINE)
        if here and (NAME.match(line) or
                     (line.strip() and not line.startswith("--"))):
            yield line.split(" -- ")[0].rstrip()


def queries(path):
    """[(name, SQL)] of a set."""
    found = []
    with open(path, encoding="ascii") as file:
        for line in engine_lines(file.read()):
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
    return [(name, "\n".join(lines)) for name, lines in found]


def migrations(path):
    """[(number, name, sha256, SQL)] of a set, in order."""
    folder = os.path.join(os.path.dirname(path), "migrate",
                          os.path.basename(path)[:-len(".sql")])
    found = []
    for file in sorted(glob.glob(os.path.join(folder, "*"))):
        parts = MIGRATION.match(os.path.basename(file))
        if not parts or int(parts.group(1)) != len(found) + 1:
            sys.exit(f"{file}: expected {len(found) + 1:04d}_WHAT.sql")
        with open(file, "rb") as stream:
            raw = stream.read()
        found.append((len(found) + 1, parts.group(2),
                      hashlib.sha256(raw).hexdigest(),
                      "\n".join(engine_lines(raw.decode("ascii")))))
    return found


def quoted(sql):
    return "\n".join('\t"' + line.replace("\\", "\\\\").replace('"', '\\"')
                     + '\\n"' for line in sql.split("\n"))


def write_set(name, path, header, source):
    upper = name.upper()
    texts = queries(path)
    steps = migrations(path)
    header.append(f"enum sql_{name}_query {{")
    header += [f"\tSQL_{upper}_{query.upper()}," for query, _ in texts]
    header += [f"\tSQL_{upper}_COUNT", "};"]
    source.append(f"static const struct sql_query {name}_queries[] = {{")
    source += [f'\t{{"{query}",\n{quoted(sql)}}},' for query, sql in texts]
    source += ["};",
               f"static const struct sql_migration {name}_migrations[] = {{"]
    source += [f'\t{{{n}, "{what}", "{digest}",\n{quoted(sql)}}},'
               for n, what, digest, sql in steps]
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
