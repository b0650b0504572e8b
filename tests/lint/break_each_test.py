#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks each check of make lint once and expects it to fail and say where.

Every test makes a small house in a temporary folder: the real rooms.txt, a few
sources, and objects compiled as the release build compiles them. It is clean
first, so that a check that always fails would be seen too.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["LAZARET_SOURCE"]
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
FLAGS = ["-std=c17", "-O2", "-fPIE", "-fstack-protector-strong",
         "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]


class House(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="lazaret-lint-")
        self.addCleanup(shutil.rmtree, self.root)
        self.build = os.path.join(self.root, "build")
        os.mkdir(self.build)
        shutil.copy(os.path.join(SOURCE, "rooms.txt"), self.root)
        shutil.copy(os.path.join(SOURCE, ".clang-format"), self.root)
        self.write("src/base/text.h", SPDX + "int text_one(void);\n")
        self.write("src/base/text.c", SPDX +
                   '#include "base/text.h"\n\nint\ntext_one(void)\n'
                   "{\n\treturn 1;\n}\n")
        self.write("src/detect/rule.h", SPDX + "int rule_run(const int *);\n")
        self.rule("return text_one() + *n;")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def rule(self, body, before="", includes=""):
        """A rule in the pure room detect with this body."""
        self.write("src/detect/rule.c", SPDX +
                   '#include "detect/rule.h"\n#include "base/text.h"\n'
                   f"{includes}\n{before}int\nrule_run(const int *n)\n"
                   f"{{\n\t{body}\n}}\n")

    def objects(self):
        """Archives of every room that has a source, named as meson does."""
        for room in sorted(os.listdir(os.path.join(self.root, "src"))):
            folder = os.path.join(self.root, "src", room)
            made = []
            for name in sorted(os.listdir(folder)):
                if not name.endswith(".c") or name.endswith("main.c"):
                    continue
                target = os.path.join(
                    self.build, f"liblz-{room}.a.p",
                    f"src_{room}_{name}.o")
                os.makedirs(os.path.dirname(target), exist_ok=True)
                subprocess.run(
                    ["gcc", *FLAGS, "-Isrc", "-c", f"src/{room}/{name}",
                     "-o", target], cwd=self.root, check=True)
                made.append(target)
            if made:
                subprocess.run(
                    ["ar", "rcs", f"{self.build}/liblz-{room}.a", *made],
                    check=True)

    def lint(self, check):
        done = subprocess.run(
            [sys.executable, os.path.join(SOURCE, "tools/lint.py"),
             "--root", self.root, "--build", self.build, "--only", check],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        return done.returncode, done.stdout

    def expect_clean(self, check):
        status, said = self.lint(check)
        self.assertEqual((status, said), (0, "lint: clean\n"))

    def expect(self, check, *parts):
        """The check fails, and one line of it holds all the parts."""
        status, said = self.lint(check)
        self.assertEqual(status, 1, said)
        self.assertRegex(said.splitlines()[-1], r"^lint: \d+ problems$")
        self.assertTrue(
            any(all(part in line for part in (f": {check}: ",) + parts)
                for line in said.splitlines()[:-1]), said)


class Text(House):
    def test_spdx(self):
        self.expect_clean("spdx")
        self.write("docs/NOTE.md", "# A page\n\nWithout a licence.\n")
        self.expect("spdx", "docs/NOTE.md:1:")

    def test_format(self):
        self.write("src/base/bad.h", SPDX + "int  bad_one( void );\n")
        self.expect("format", "src/base/bad.h:2:")
        self.write("src/base/bad.h", SPDX + "int bad_one(void);\n")
        self.write("src/detect/rule.c", SPDX)
        self.expect_clean("format")

    def test_function_length(self):
        body = "\tn = n + 1;\n" * 70
        head = SPDX + "int\nlong_one(int n)\n{\n"
        self.write("src/base/long.c", head + body + "}\n")
        self.expect_clean("length")
        self.write("src/base/long.c", head + body + "\treturn n;\n}\n")
        self.expect("length", "src/base/long.c:4:", "long_one has 71 lines")

    def test_command_length(self):
        self.write("src/cmd/run.c", SPDX + "\n" * 149)
        self.expect_clean("length")
        self.write("src/cmd/run.c", SPDX + "\n" * 150)
        self.expect("length", "src/cmd/run.c:151:")

    def test_function_list_is_not_stale(self):
        self.write("tools/lint/long_functions.txt",
                   "src/base/text.c text_one # was long once\n")
        self.expect("length", "text_one isn't long any more")

    def test_markers(self):
        self.expect_clean("markers")
        self.write("src/base/later.h", SPDX + "/* TO" "DO: write it */\n")
        self.expect("markers", "src/base/later.h:2:")

    def test_scripts(self):
        self.write("tools/good.sh", "#!/bin/bash\necho done\n")
        self.write("tools/good.py", "print('done')\n")
        self.expect_clean("scripts")
        self.write("tools/bad.sh", "#!/bin/bash\nif true; then\n")
        self.expect("scripts", "tools/bad.sh:")
        self.write("tools/bad.py", "def broken(:\n")
        self.expect("scripts", "tools/bad.py:1:")


class Includes(House):
    def test_upward(self):
        self.expect_clean("include")
        self.write("src/net/up.c", SPDX + '#include "detect/rule.h"\n')
        self.expect("include", "src/net/up.c:2:", "detect/rule.h")

    def test_sideways(self):
        self.write("src/ident/side.c", SPDX + '#include "case/step.h"\n')
        self.expect("include", "src/ident/side.c:2:", "case/step.h")

    def test_crypto_only_where_named(self):
        self.write("src/fact/id.c", SPDX + '#include "crypto/sha256.h"\n')
        self.expect_clean("include")
        self.write("src/fact/id.c", SPDX + '#include "crypto/keys.h"\n')
        self.expect("include", "src/fact/id.c:2:", "crypto/keys.h")
        self.write("src/fact/id.c", SPDX)
        self.write("src/flow/id.c", SPDX + '#include "crypto/sha256.h"\n')
        self.expect("include", "src/flow/id.c:2:", "crypto/sha256.h")

    def test_conf_headers_of_pure_rooms(self):
        self.write("src/conf/conf.c", SPDX +
                   '#include "detect/detect_conf.h"\n')
        self.expect_clean("include")
        self.write("src/conf/conf.c", SPDX + '#include "detect/rule.h"\n')
        self.expect("include", "src/conf/conf.c:2:", "detect/rule.h")
        self.write("src/conf/conf.c", SPDX + '#include "store/db_conf.h"\n')
        self.expect("include", "src/conf/conf.c:2:", "store/db_conf.h")

    def test_not_rooted(self):
        self.write("src/detect/near.c", SPDX + '#include "rule.h"\n')
        self.expect("include", "src/detect/near.c:2:", "not rooted")

    def test_system_header_in_pure_room(self):
        self.write("src/store/db.c", SPDX + "#include <sqlite3.h>\n"
                   "#include <unistd.h>\n")
        self.expect_clean("include")
        self.rule("return *n;", includes="#include <unistd.h>\n")
        self.expect("include", "src/detect/rule.c:4:", "<unistd.h>")

    def test_library_of_another_room(self):
        self.write("src/spool/db.c", SPDX + "#include <sqlite3.h>\n")
        self.expect("include", "src/spool/db.c:2:", "sqlite3")

    def test_unknown_room(self):
        self.write("src/attic/box.c", SPDX)
        self.expect("include", "src/attic/box.c:1:", "no room attic")


class Symbols(House):
    def check(self, *parts):
        self.objects()
        self.expect("symbol", *parts)

    def test_clean(self):
        self.objects()
        self.expect_clean("symbol")

    def test_getenv_in_detect(self):
        self.rule('return getenv("HOME") != 0 || *n;',
                  includes="#include <stdlib.h>\n")
        self.check("src/detect/rule.c:9:", "detect", "getenv")

    def test_malloc_outside_base(self):
        self.write("src/base/memory.c", SPDX + "#include <stdlib.h>\n"
                   "void *memory_take(size_t n);\n"
                   "void *memory_take(size_t n) { return malloc(n); }\n")
        self.objects()
        self.expect_clean("symbol")
        self.rule("return malloc((size_t)*n) != 0 && rule_keep != 0;",
                  before="extern void *volatile rule_keep;\n"
                  "void *volatile rule_keep;\n"
                  "void *rule_take(void);\n"
                  "void *rule_take(void) { return malloc(9); }\n",
                  includes="#include <stdlib.h>\n")
        self.check("src/detect/rule.c:", "detect", "malloc")

    def test_checked_form_is_no_way_around(self):
        self.rule('return printf("%d", *n);', includes="#include <stdio.h>\n")
        self.check("src/detect/rule.c:", "__printf_chk")

    def test_upward_without_include(self):
        self.write("src/net/up.c", SPDX + "int rule_run(const int *);\n"
                   "int up_one(void);\n"
                   "int up_one(void) { return rule_run(0); }\n")
        self.check("src/net/up.c:2:", "net", "rule_run, which is detect's")

    def test_only_sha256_of_crypto(self):
        self.write("src/crypto/sha256.c", SPDX + "int sha256(void);\n"
                   "int sha256(void) { return 1; }\n")
        self.write("src/crypto/keys.c", SPDX + "int keys_sign(void);\n"
                   "int keys_sign(void) { return 1; }\n")
        self.write("src/fact/id.c", SPDX + "int sha256(void);\n"
                   "int id_one(void);\nint id_one(void)"
                   " { return sha256(); }\n")
        self.objects()
        self.expect_clean("symbol")
        self.write("src/fact/id.c", SPDX + "int keys_sign(void);\n"
                   "int id_one(void);\nint id_one(void)"
                   " { return keys_sign(); }\n")
        self.check("src/fact/id.c:2:", "fact", "keys_sign")

    def test_sql_outside_store(self):
        body = (SPDX + "int sqlite3_close(void *);\nint db_close(void);\n"
                "int db_close(void) { return sqlite3_close(0); }\n")
        self.write("src/store/db.c", body)
        self.objects()
        self.expect_clean("symbol")
        self.write("src/store/db.c", SPDX)
        self.write("src/spool/db.c", body)
        self.check("src/spool/db.c:2:", "spool", "sqlite3_close")

    def test_defined_twice(self):
        self.write("src/fact/text.c", SPDX + "int text_one(void);\n"
                   "int text_one(void) { return 2; }\n")
        self.check("src/fact/text.c", "text_one", "src/base/text.c")


class Data(House):
    def check(self, *parts):
        self.objects()
        self.expect("data", "src/detect/rule.c:", *parts)

    def test_constant_tables_are_fine(self):
        self.rule("return rule_names[*n][0];",
                  before='static const char *const rule_names[] = {"a", "b"};\n')
        self.objects()
        self.expect_clean("data")

    def test_counter(self):
        self.rule("return rule_count += *n;",
                  before="static int rule_count;\n")
        self.check(".bss", "rule_count")

    def test_initialised(self):
        self.rule("return rule_level += *n;",
                  before="static int rule_level = 3;\n")
        self.check(".data", "rule_level")

    def test_thread_local(self):
        self.rule("return rule_mine += *n;",
                  before="static _Thread_local int rule_mine;\n")
        self.check(".tbss", "rule_mine")

    def test_constructor(self):
        self.rule("return *n;", before="__attribute__((constructor)) static "
                  "void rule_early(void) { __asm__ volatile(\"\"); }\n")
        self.check(".init_array")


class Programs(House):
    def setUp(self):
        super().setUp()
        path = os.path.join(self.root, "rooms.txt")
        with open(path, encoding="utf-8") as table:
            rows = [row for row in table if not row.startswith("prog ")]
        rows.append("prog tried-role src/role/tried_main.c base crypto\n")
        self.write("rooms.txt", "".join(rows))

    def program(self, *libraries):
        self.write("src/role/tried_main.c", "int main(void) { return 0; }\n")
        subprocess.run(
            ["gcc", "src/role/tried_main.c", "-o", "build/tried-role",
             "-Wl,--no-as-needed", *libraries], cwd=self.root, check=True)

    def test_library_not_on_the_list(self):
        self.program("-lcrypto")
        self.expect_clean("needed")
        self.program("-lcrypto", "-lsqlite3")
        self.expect("needed", "src/role/tried_main.c:1:", "tried-role",
                    "libsqlite3.so.0")

    def test_missing_main(self):
        self.expect("needed", "tried-role", "doesn't exist")

    def test_main_without_a_row(self):
        self.program("-lcrypto")
        self.write("src/role/other_main.c", "int main(void) { return 0; }\n")
        self.expect("needed", "src/role/other_main.c:1:", "no row")


class Compilers(House):
    def test_header_that_does_not_stand_alone(self):
        self.write("src/base/size.h", SPDX + "#include <stdint.h>\n"
                   "uint8_t size_one(void);\n")
        self.expect_clean("header")
        self.write("src/base/size.h", SPDX + "uint8_t size_one(void);\n")
        self.expect("header", "src/base/size.h:2:", "uint8_t")

    def test_clang_warning(self):
        def commands(name):
            self.write("build/compile_commands.json", json.dumps([{
                "directory": self.build, "file": f"../src/base/{name}",
                "command": "cc -Wall -Wextra -std=c17 -I../src -o x.o -c "
                f"../src/base/{name}"}]))
        commands("text.c")
        self.expect_clean("clang")
        # gcc 12 lets this pass, clang 14 does not.
        self.write("src/base/odd.c", SPDX + "int odd_one(int n);\n"
                   "int odd_one(int n) { n = n; return n; }\n")
        commands("odd.c")
        self.expect("clang", "src/base/odd.c:3:", "explicitly assigning")

    def test_gcc_warning_and_wrong_build(self):
        self.write("src/cmd/main.c", "int main(void) { return 0; }\n")
        self.write("meson.build", "project('x', 'c')\n"
                   "executable('x', 'src/cmd/main.c')\n")

        def setup(*options):
            shutil.rmtree(self.build, ignore_errors=True)
            subprocess.run(["meson", "setup", self.build, *options],
                           cwd=self.root, check=True,
                           stdout=subprocess.DEVNULL)

        setup("--buildtype=release", "-Dwerror=true")
        self.expect_clean("build")
        self.write("src/cmd/main.c",
                   "int main(void) { int unused; return 0; }\n")
        self.expect("build", "src/cmd/main.c:1:", "unused")
        self.write("src/cmd/main.c", "int main(void) { return 0; }\n")
        setup("--buildtype=release", "-Dwerror=true",
              "-Db_sanitize=undefined")
        self.expect("build", "b_sanitize")

    def test_man_page(self):
        self.expect("man", "no manual page")
        page = ('.\\" SPDX-License-Identifier: Apache-2.0\n.Dd June 1, 2024\n'
                ".Dt PAGE 1\n.Os\n.Sh NAME\n.Nm page\n.Nd one page\n")
        self.write("man/page.1", page)
        self.expect_clean("man")
        self.write("man/page.1", page + ".Qq \n.Xx unknown\n")
        self.expect("man", "man/page.1:")


class Driver(House):
    def test_broken_table(self):
        self.write("rooms.txt", "room base pure attic -\n")
        status, said = self.lint("include")
        self.assertEqual(status, 1)
        self.assertIn("rooms.txt:1: rooms: row 1", said)

    def test_a_check_that_breaks_is_a_failure(self):
        status, said = self.lint("clang")
        self.assertEqual(status, 1, said)
        self.assertIn("the check broke", said)

    def fuzz(self):
        done = subprocess.run(
            ["bash", os.path.join(SOURCE, "tools/fuzz.sh"), self.build, "1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            check=False)
        return done.returncode, done.stdout.splitlines()[-1:]

    def test_fuzz_counts_crashes(self):
        def target(name, status):
            self.write(f"build/tests/fuzz_{name}",
                       f"#!/bin/bash\nexit {status}\n")
            os.chmod(os.path.join(self.build, f"tests/fuzz_{name}"), 0o755)
        self.assertEqual(self.fuzz(), (1, []))
        target("good", 0)
        self.assertEqual(self.fuzz(), (0, ["fuzz: 1 targets, 0 crashes"]))
        target("bad", 77)
        self.assertEqual(self.fuzz(), (1, ["fuzz: 2 targets, 1 crashes"]))

    def sums(self, *logs):
        done = subprocess.run(
            [sys.executable, os.path.join(SOURCE, "tools/sum_tests.py"),
             *(os.path.join(self.root, log) for log in logs)],
            stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_sums(self):
        self.write("good", '{"name": "a", "result": "OK"}\n'
                   '{"name": "b", "result": "SKIP", "stdout": "no data"}\n')
        self.write("bad", '{"name": "c", "result": "TIMEOUT"}\n')
        self.write("empty", "")
        self.assertEqual(self.sums("good"),
                         (0, "1 passed, 0 failed, 1 skipped"))
        self.assertEqual(self.sums("good", "bad"),
                         (1, "1 passed, 1 failed, 1 skipped"))
        self.assertEqual(self.sums("good", "empty", "absent"),
                         (1, "1 passed, 2 failed, 1 skipped"))


if __name__ == "__main__":
    unittest.main()
