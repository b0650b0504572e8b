# SPDX-License-Identifier: Apache-2.0
"""`lazaret policy` and `check-config` on files: what is shown, what differs,
what is refused and with which exit code."""
import json
import os
import subprocess
import tempfile
import unittest

LAZARET = os.path.join(os.environ["LAZARET_BUILD"], "lazaret")
NETWORK = "network: { name: example, inside: [192.0.2.0/24] }\n"
LADDER = """policy:
  version: 8
  ladders:
    - classes: [scanner]
      steps: [ { notice: mail }, { measure: limit, after: 4d } ]
"""


class Policy(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.present = self.write(
            "c.yaml", NETWORK + f"state_dir: {self.folder.name}/state\n")

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_lazaret(self, code, *words):
        environment = dict(os.environ, LAZARET_CONFIG=self.present)
        done = subprocess.run([LAZARET, *words], env=environment, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def lines(self, code, *words):
        done = self.run_lazaret(code, *words)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_show(self):
        words = self.run_lazaret(0, "policy", "show").stdout
        self.assertIn("policy.grace: 3d\n", words)
        self.assertIn(", version 0, shadow\n", words)
        new = self.write("new.yaml", NETWORK + LADDER)
        head, *keys = self.lines(0, "policy", "show", new, "--json")
        self.assertEqual((head["kind"], head["version"], head["live"]),
                         ("policy", 8, False))
        self.assertEqual(len(head["hash"]), 32)
        self.assertIn({"v": 1, "kind": "policy_key",
                       "key": "policy.ladders.1.steps.2.after",
                       "value": "4d"}, keys)

    def test_diff(self):
        same = self.write("same.yaml", NETWORK + "policy: { grace: 72h }\n")
        new = self.write("new.yaml", NETWORK + LADDER)
        self.assertEqual(
            self.run_lazaret(0, "policy", "diff", "present", same).stdout,
            "the same policy\n")
        words = self.run_lazaret(1, "policy", "diff", "present", new).stdout
        self.assertEqual(words.splitlines(), [
            "- policy.ladders: []",
            "+ policy.version: 8",
            "+ policy.ladders.1.classes.1: scanner",
            "+ policy.ladders.1.steps.1.notice: mail",
            "+ policy.ladders.1.steps.2.measure: limit",
            "+ policy.ladders.1.steps.2.after: 4d",
        ])
        back = self.lines(1, "policy", "diff", new, "present", "--json")
        self.assertEqual(back[0], {"v": 1, "kind": "policy_line", "side": "a",
                                   "key": "policy.version", "value": "8"})

    def test_refused(self):
        wrong = self.write("wrong.yaml", NETWORK + "policy: { reason: debt }\n")
        done = self.run_lazaret(3, "policy", "show", wrong)
        self.assertIn("wrong.yaml:2:19: policy.reason: 'debt' is no reason to "
                      "act: a line is limited for security alone: never for "
                      "copyright, content or debt; take it out", done.stderr)
        done = self.run_lazaret(3, "policy", "show", "nonsense")
        self.assertIn("'nonsense' is no policy", done.stderr)
        self.run_lazaret(2, "policy")
        self.run_lazaret(2, "policy", "diff", wrong)
        self.run_lazaret(2, "policy", "try", wrong, "--since", "yesterday")
        self.run_lazaret(5, "policy", "versions")
        self.run_lazaret(5, "policy", "show", "0123456789")

    def test_check_config_explains(self):
        new = self.write("new.yaml", NETWORK + LADDER)
        words = self.run_lazaret(0, "check-config", new).stdout
        for topic in ("Network", "Legal basis", "Who is told and limited when",
                      "People", "Objections", "Trial", "Brakes",
                      "What never happens", "What is kept how long"):
            self.assertIn(f"{topic}\n", words)
        *said, last = self.lines(0, "check-config", new, "--json")
        self.assertEqual({line["kind"] for line in said}, {"statement"})
        self.assertTrue(last["valid"])
        self.assertIn({"v": 1, "kind": "statement",
                       "topic": "Who is told and limited when",
                       "text": "A party seen for scanner:"}, said)


if __name__ == "__main__":
    unittest.main()
