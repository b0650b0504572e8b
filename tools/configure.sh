#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Sets up one of the build folders the Makefile uses; does nothing to one that
# is set up (ninja reconfigures it by itself when a meson.build changes).
#
#     tools/configure.sh build|build-asan|build-fuzz

set -eu
folder=$1
[ -e "$folder/build.ninja" ] && exit 0
rm -rf "$folder"

case $folder in
build)
	# Warnings are errors where they are known: a newer compiler's new
	# warning must not keep anyone from building.
	case $(${CC:-cc} -dumpversion) in
	12 | 12.*) werror=true ;;
	*) werror=false ;;
	esac
	set -- --buildtype=release -Dwerror=$werror
	;;
build-asan)
	set -- --buildtype=debugoptimized -Db_sanitize=address,undefined
	;;
build-fuzz)
	set -- --buildtype=debugoptimized -Dfuzz=true -Db_lundef=false
	;;
*)
	echo "configure: no build folder is called $folder" >&2
	exit 2
	;;
esac
meson setup "$folder" "$@" >"/tmp/lazaret-configure.$$" 2>&1 || {
	cat "/tmp/lazaret-configure.$$" >&2
	rm -rf "/tmp/lazaret-configure.$$" "$folder"
	exit 1
}
rm -f "/tmp/lazaret-configure.$$"
