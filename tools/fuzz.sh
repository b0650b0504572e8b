#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# make fuzz: runs every libFuzzer target of a build folder, the seconds shared
# among them (at least 5 each), starting from the committed corpus; what it
# finds stays in BUILD/corpus, an input that crashes in BUILD/crashes.
#
#     tools/fuzz.sh BUILD SECONDS
#
# Ends with 1 when a target crashed, hung or ran out of memory.

set -u
build=$1
seconds=$2
source=$(cd "$(dirname "$0")/.." && pwd)
crashes=0

shopt -s nullglob
programs=()
for program in "$build"/tests/fuzz_*; do
	# Beside each program stands the folder of its objects.
	[ -f "$program" ] && programs+=("$program")
done
targets=${#programs[@]}
if [ "$targets" = 0 ]; then
	echo "fuzz: no targets in $build" >&2
	exit 1
fi
each=$((seconds / targets))
[ "$each" -lt 5 ] && each=5

for program in "${programs[@]}"; do
	name=$(basename "$program")
	name=${name#fuzz_}
	mkdir -p "$build/corpus/$name" "$build/crashes/$name"
	log=$build/crashes/$name.log
	echo "fuzz: $name for $each s" >&2
	if ! "$program" -max_total_time="$each" -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$build/crashes/$name/" \
		"$build/corpus/$name" "$source/tests/fuzz/corpus/$name" \
		>"$log" 2>&1; then
		crashes=$((crashes + 1))
		tail -n 40 "$log"
		echo "fuzz: $name crashed, see $log and $build/crashes/$name"
	else
		grep -h '^stat::number_of_executed_units' "$log" |
			sed "s/^stat::number_of_executed_units: */fuzz: $name inputs: /"
	fi
done
echo "fuzz: $targets targets, $crashes crashes"
[ "$crashes" = 0 ]
