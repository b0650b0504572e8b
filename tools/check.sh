#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# make check: everything in the build with sanitizers, then in the plain
# release build what starts roles or measures time (ASan dies under a role's
# list of system calls), then the checks of make lint. The last line sums all
# three; what failed is named above it. Ends with 1 when anything failed.

set -u
cd "$(dirname "$0")/.." || exit
start=$SECONDS

lap() {
	echo "check: $1 after $((SECONDS - start)) s" >&2
}

rm -f build-asan/meson-logs/testlog.json build/meson-logs/testlog.json \
	build/lint.json

# A build that breaks leaves no log: tools/sum_tests.py counts that as failed.
tools/configure.sh build-asan && ninja -C build-asan &&
	lap "build with sanitizers done" &&
	meson test -C build-asan --no-rebuild --no-suite plain \
		--no-suite bench --print-errorlogs
lap "tests with sanitizers done"
tools/configure.sh build && ninja -C build &&
	lap "plain build done" &&
	meson test -C build --no-rebuild --suite plain --print-errorlogs
lap "plain tests done"
tools/lint.py --root . --build build --json build/lint.json
lap "lint done"

exec tools/sum_tests.py build-asan/meson-logs/testlog.json \
	build/meson-logs/testlog.json build/lint.json
