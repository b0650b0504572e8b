#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# tools/interop.sh BUILD [NAME]: the tests against real peers, all of them or
# interop_NAME, in a plain build. What the story of a night measured is shown.
# The last line sums them; ends with 1 when any failed, 2 for an unknown name.

set -u
build=$1 only=${2:-}
names=$(meson test -C "$build" --list 2>/dev/null |
	sed -n "s,.* / \(interop_${only:-.*}\)\$,\1,p")
if [ -z "$names" ]; then
	echo "interop: no test interop_$only; there are:" >&2
	meson test -C "$build" --list 2>/dev/null |
		sed -n 's,.* / interop_,  ,p' >&2
	exit 2
fi
rm -f "$build/meson-logs/testlog.json"
# Word splitting is meant: names have no spaces.
meson test -C "$build" --no-rebuild --print-errorlogs $names
sed -n 's/^night: //p' "$build/meson-logs/testlog.txt"
exec tools/sum_tests.py "$build/meson-logs/testlog.json"
