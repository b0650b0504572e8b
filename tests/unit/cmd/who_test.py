# SPDX-License-Identifier: Apache-2.0
"""`lazaret who`: the five answers, addresses in every form, JSON, exit codes."""
import json
import os
import subprocess
import tempfile
import unittest

LAZARET = os.path.join(os.environ["LAZARET_BUILD"], "lazaret")
BINDINGS = """address,port_first,port_last,party,start,end
192.0.2.7,,,acct-1,2024-06-01T00:00:00Z,2024-06-20T10:00:00Z
192.0.2.7,,,acct-2,2024-06-20T10:00:00Z,
192.0.2.8,,,acct-3,2024-06-01T00:00:00Z,
192.0.2.8,,,acct-4,2024-06-10T00:00:00Z,
203.0.113.40,1024,1535,acct-5,2024-06-01T00:00:00Z,
203.0.113.40,1536,2047,acct-6,2024-06-01T00:00:00Z,
2001:db8:0:100::/56,,,acct-7,2024-06-01T00:00:00Z,
"""
CONFIG = """network:
  name: example
  inside:
    - 192.0.2.0/24
    - { prefix: 203.0.113.0/24, cgnat: outside, ports: 512, first: 1024 }
    - { prefix: "2001:db8::/32", assign: 56 }
bindings: [ { csv: b.csv } ]
"""
LATER = "2024-06-21T10:00:00Z"


class Who(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.config = self.write("c.yaml", CONFIG)
        self.write("b.csv", BINDINGS)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_who(self, *words):
        environment = dict(os.environ, LAZARET_CONFIG=self.config)
        return subprocess.run([LAZARET, "who", *words], env=environment,
                              text=True, capture_output=True, check=False)

    def ask(self, address, time=LATER, *words):
        """The JSON answer; it must be one."""
        done = self.run_who(address, "--at", time, "--json", *words)
        self.assertEqual((done.returncode, done.stdout.count("\n")), (0, 1),
                         done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["v"], answer["kind"]), (1, "who"))
        return answer

    def test_certain(self):
        answer = self.ask("192.0.2.7")
        self.assertEqual(answer["certainty"], "certain")
        self.assertEqual(answer["party"], "acct-2")
        self.assertEqual(answer["candidates"], 1)
        self.assertEqual(answer["from"], "2024-06-20T10:00:00.000000Z")
        self.assertNotIn("to", answer)
        self.assertTrue(answer["reasons"])
        source = answer["sources"][0]
        self.assertTrue(source["file"].endswith("b.csv"))
        row = BINDINGS.encode()[source["offset"]:].split(b"\n")[0]
        self.assertIn(b"acct-2", row)
        self.assertRegex(source["hash"], "^[0-9a-f]{16}$")

    def test_ends_are_said(self):
        answer = self.ask("192.0.2.7", "2024-06-10T00:00:00Z")
        self.assertEqual(answer["party"], "acct-1")
        self.assertEqual(answer["to"], "2024-06-20T10:00:00.000000Z")
        self.assertEqual(answer["end"], "observed")

    def test_nobody_is_named_where_clocks_can_not_tell(self):
        """Within both clocks' error of a change either may have held it."""
        for moment in ("10:00:00Z", "09:59:59.999999Z", "10:00:04.9Z"):
            answer = self.ask("192.0.2.7", "2024-06-20T" + moment)
            self.assertEqual(answer["certainty"], "ambiguous")
            self.assertEqual(answer["candidates"], 2)
            self.assertNotIn("acct-", json.dumps(answer))
        self.assertEqual(
            self.ask("192.0.2.7", "2024-06-20T10:00:05Z")["party"], "acct-2")
        self.assertEqual(
            self.ask("192.0.2.7", "2024-06-20T09:59:54Z")["party"], "acct-1")

    def test_ambiguous_names_nobody(self):
        answer = self.ask("192.0.2.8")
        self.assertEqual(answer["certainty"], "ambiguous")
        self.assertEqual(answer["candidates"], 2)
        self.assertNotIn("party", answer)
        self.assertNotIn("acct-", json.dumps(answer))

    def test_shared_needs_a_port(self):
        answer = self.ask("203.0.113.40")
        self.assertEqual(answer["certainty"], "ambiguous")
        self.assertNotIn("acct-", json.dumps(answer))
        self.assertIn("port", answer["reasons"][0])
        self.assertEqual(self.ask("203.0.113.40:1535")["party"], "acct-5")
        self.assertEqual(self.ask("203.0.113.40:1536/udp")["party"], "acct-6")
        self.assertEqual(self.ask("203.0.113.40:9000")["certainty"], "nobody")

    def test_nobody(self):
        answer = self.ask("192.0.2.99")
        self.assertEqual(answer["certainty"], "nobody")
        self.assertNotIn("party", answer)
        self.assertNotIn("from", answer)
        before = self.ask("192.0.2.7", "2024-01-01T00:00:00Z")
        self.assertEqual(before["certainty"], "nobody")

    def test_ipv6_with_a_port(self):
        for form in ("2001:db8:0:100::9", "[2001:db8:0:100::9]",
                     "[2001:db8:0:1ff::9]:443/tcp"):
            with self.subTest(form=form):
                self.assertEqual(self.ask(form)["party"], "acct-7")
        self.assertEqual(self.ask("[2001:db8:0:200::9]:443/tcp")["certainty"],
                         "nobody")

    def test_for_people(self):
        done = self.run_who("192.0.2.7", "--at", LATER)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("certainly: acct-2\n"))
        done = self.run_who("192.0.2.8", "--at", LATER)
        self.assertIn("none is named", done.stdout)
        self.assertNotIn("acct-", done.stdout)

    def test_times(self):
        self.assertEqual(
            self.ask("192.0.2.7", "2024-06-20T12:30:00+02:00")["party"],
            "acct-2")
        for time in ("2024-06-20T10:00:00", "yesterday",
                     "2024-02-30T00:00:00Z"):
            with self.subTest(time=time):
                done = self.run_who("192.0.2.7", "--at", time)
                self.assertEqual(done.returncode, 2)
                self.assertIn("--at", done.stderr)

    def test_usage(self):
        for words in ((), ("192.0.2.7",), ("--at", LATER),
                      ("192.0.2.300", "--at", LATER),
                      ("192.0.2.7:70000", "--at", LATER),
                      ("192.0.2.7", "192.0.2.8", "--at", LATER),
                      ("192.0.2.7", "--at", LATER, "--unheard-of")):
            with self.subTest(words=words):
                done = self.run_who(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr)
        self.assertEqual(self.run_who("--help").returncode, 0)

    def test_reveal_adds_nothing(self):
        """And says so, rather than to look as if it had."""
        done = self.run_who("192.0.2.7", "--at", LATER, "--reveal", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout), self.ask("192.0.2.7"))
        self.assertIn("nothing to add", done.stderr)

    def test_what_cant_be_read(self):
        os.unlink(os.path.join(self.folder.name, "b.csv"))
        done = self.run_who("192.0.2.7", "--at", LATER)
        self.assertEqual(done.returncode, 4)
        self.assertIn("b.csv", done.stderr)
        self.write("c.yaml", "netwrk: {}\n")
        done = self.run_who("192.0.2.7", "--at", LATER)
        self.assertEqual(done.returncode, 3)
        self.assertIn("c.yaml:1", done.stderr)

    def test_rows_that_are_wrong_are_named(self):
        self.write("b.csv", BINDINGS + "192.0.2.55,,,acct-9,soon,\n")
        done = self.run_who("192.0.2.7", "--at", LATER, "--json")
        self.assertIn("b.csv", done.stderr)
        self.assertEqual(json.loads(done.stdout)["party"], "acct-2")

    # What RADIUS said of one address, one day of summer 2024.
    DETAIL = """Thu Jun 20 08:00:00 2024
\tAcct-Status-Type = Start
\tUser-Name = "line-1"
\tAcct-Session-Id = "A1"
\tNAS-IP-Address = 198.51.100.1
\tFramed-IP-Address = 192.0.2.30
\tTimestamp = 1718870400

Thu Jun 20 08:30:00 2024
\tAcct-Status-Type = Interim-Update
\tUser-Name = "line-1"
\tAcct-Session-Id = "A1"
\tNAS-IP-Address = 198.51.100.1
\tFramed-IP-Address = 192.0.2.30
\tTimestamp = 1718872200

"""

    def read_files(self):
        """The registrar's files are there, and no registrar has run."""
        state = os.path.join(self.folder.name, "state")
        self.write("detail", self.DETAIL + "Thu Jun 20 09:0")
        self.write("c.yaml", CONFIG + f"state_dir: {state}\n"
                   "registrar:\n  files:\n"
                   "    - { path: detail, format: radius-detail, name: bng }\n")
        return state

    def test_files_without_a_registrar(self):
        """They are read for this question alone; nothing is left behind."""
        state = self.read_files()
        answer = self.ask("192.0.2.30", "2024-06-20T08:20:00Z")
        self.assertEqual((answer["certainty"], answer["party"]),
                         ("certain", "line-1"))
        source = answer["sources"][0]
        self.assertEqual(source["source"], "bng/198.51.100.1")
        self.assertEqual(source["file"],
                         os.path.join(self.folder.name, "detail"))
        self.assertEqual(len(source["hash"]), 64)
        answer = self.ask("192.0.2.30", "2024-06-20T10:00:00Z")
        self.assertEqual(answer["certainty"], "probable")
        # The list counts beside them.
        self.assertEqual(self.ask("192.0.2.7")["party"], "acct-2")
        self.assertFalse(os.path.exists(state))

    def test_files_are_not_all(self):
        """Who would have been heard live could contradict them."""
        state = self.read_files()
        self.write("secret", "of the test\n")
        self.write("c.yaml", CONFIG + f"state_dir: {state}\n"
                   "registrar:\n  accounting: { clients: [ { address: "
                   "198.51.100.1, name: b, secret_file: secret } ] }\n"
                   "  files:\n"
                   "    - { path: detail, format: radius-detail, name: bng }\n")
        done = self.run_who("192.0.2.30", "--at", "2024-06-20T08:20:00Z")
        self.assertEqual((done.returncode, done.stdout), (5, ""))
        self.assertIn("has not run yet", done.stderr)

    def test_a_file_that_is_gone(self):
        """Says which, and answers nothing."""
        self.read_files()
        os.unlink(os.path.join(self.folder.name, "detail"))
        done = self.run_who("192.0.2.30", "--at", LATER)
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("detail", done.stderr)


unittest.main()
