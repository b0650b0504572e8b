# SPDX-License-Identifier: Apache-2.0
# A thin layer over meson: every target gets the packages it lacks, builds what
# it needs and ends with one line that says how it went.
#
#   build       the programs, release build
#   build-asan  everything with address and undefined behaviour sanitizers
#   build-fuzz  the fuzz targets with libFuzzer (clang)

VERSION := $(shell sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
ONCE ?=
SECONDS ?= 60
DIR ?=
ONLY ?=
export ONCE

.DEFAULT_GOAL := build
.PHONY: build demo check lint invariants mutate decisions cases interop fuzz bench install clean
MAKEFLAGS += --no-print-directory

build:
	@tools/install-packages.sh build
	@tools/configure.sh build
	@ninja -C build programs
	@echo "built build/lazaret $(VERSION)"

demo:
	@tools/install-packages.sh build demo
	@tools/configure.sh build
	@ninja -C build programs
	@tools/demo.py

check:
	@tools/install-packages.sh build check demo
	@tools/check.sh

lint:
	@tools/install-packages.sh build check
	@tools/configure.sh build
	@ninja -C build
	@tools/lint.py --root . --build build

invariants:
	@tools/install-packages.sh build
	@tools/configure.sh build
	@ninja -C build tests/case_invariants
	@build/tests/case_invariants 2>&1

mutate:
	@tools/install-packages.sh build check
	@tools/configure.sh build
	@ninja -C build
	@tools/mutate.py --root . --build build $(if $(ONLY),--only "$(ONLY)")

decisions:
	@tools/install-packages.sh build
	@tools/configure.sh build
	@ninja -C build tests/case_decisions tests/case_table_said
	@RECORD=1 build/tests/case_table_said >tests/property/case_table.txt
	@RECORD=1 build/tests/case_decisions >tests/property/case_decisions.txt
	@echo "recorded tests/property/case_table.txt and case_decisions.txt"

scenarios:
	@tools/install-packages.sh build
	@tools/configure.sh build
	@ninja -C build tests/scenarios
	@LAZARET_SOURCE="$(CURDIR)" build/tests/scenarios $(DIR)

cases:
	@tools/install-packages.sh build
	@tools/configure.sh build
	@ninja -C build programs
	@LAZARET_SOURCE="$(CURDIR)" LAZARET_BUILD="$(CURDIR)/build" \
		bash tests/cases/cases.sh $(DIR)

interop:
	@tools/install-packages.sh build check demo
	@tools/configure.sh build
	@ninja -C build
	@tools/interop.sh build "$(ONLY)"

fuzz:
	@tools/install-packages.sh build check
	@CC=clang tools/configure.sh build-fuzz
	@ninja -C build-fuzz
	@tools/fuzz.sh build-fuzz "$(SECONDS)"

bench:
	@tools/install-packages.sh build
	@tools/configure.sh build
	@ninja -C build
	@tools/bench.py --build build --only "$(ONLY)"

install: build
	@meson install -C build --no-rebuild
	@echo "installed lazaret $(VERSION)"

clean:
	@rm -rf build build-asan build-fuzz
	@echo "removed build, build-asan, build-fuzz"
