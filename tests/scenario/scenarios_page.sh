#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/SCENARIOS.md is what the scenarios' own program prints today.
set -u
source=${LAZARET_SOURCE:?}
build=${LAZARET_BUILD:?}
page=$(mktemp) || exit 1
trap 'rm -f "$page"' EXIT
"$build/tests/scenarios" --page "$source/tests/scenarios" >"$page" || exit 1
if ! diff -u "$source/docs/SCENARIOS.md" "$page"; then
	echo "docs/SCENARIOS.md is out of date: build/tests/scenarios --page >docs/SCENARIOS.md"
	exit 1
fi
