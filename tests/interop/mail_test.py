#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The notifier in its sandbox on the bed's gateway, and a real OpenSMTPD: it
takes two notices, each arrives once and as it was written; it refuses another,
which fails for good."""
import email
import email.policy
import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bed  # noqa: E402

WAIT_S = 10


def main():
    build = pathlib.Path(os.environ.get("LAZARET_BUILD", "build"))
    program = build / "tests" / "role_notifier_mail"
    with bed.Bed() as b:
        if any(line.startswith("mail:") for line in b.missing):
            print("mail: no OpenSMTPD here")
            return 77
        done = b.run("gw", ["env", f"LAZARET_MAIL_SERVER={b.mail.v4}:25",
                            f"LAZARET_BUILD={build}", str(program)],
                     timeout=60, check=False)
        print(done.stdout + done.stderr)
        if done.returncode != 0:
            return 1
        # Taken is not delivered yet.
        deadline = time.monotonic() + WAIT_S
        while len(b.mails()) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        mails = [email.message_from_bytes(path.read_bytes(),
                                          policy=email.policy.default)
                 for path in b.mails()]
        ids = sorted(mail["Message-ID"] for mail in mails)
        assert ids == [f"<lz-000000000000000{n}@example.net>"
                       for n in (1, 2)], ids
        for mail in mails:
            assert mail["Delivered-To"] == "holder@subscribers.example", mail
            assert mail["Return-Path"] == "<desk@example.net>", mail
            assert mail["To"] == "undisclosed-recipients:;", mail
            assert len(mail.get_all("Date")) == 1
            text = mail.get_content()
            assert text.startswith("A DEVICE ON YOUR LINE"), text
            assert "holder" not in text
    print("mail: 2 accepted and there, 1 refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
