#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make cases: the small inputs against their INDEX (cases.py does the work).
exec python3 "$(dirname "$0")/cases.py" "$@"
