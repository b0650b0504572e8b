#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages a make target needs, and nothing else:
#
#     tools/install-packages.sh GROUP...      (groups: see packages.txt)
#
# What is missing is shown first and asked about on a terminal unless YES=1;
# without a terminal it goes on. Nothing that comes along is started or stays
# enabled as a service: a policy-rc.d forbids starts for the duration (one that
# is there already is left alone), and units enabled meanwhile are disabled
# again, because policy-rc.d stops starts only.
#
# Ends with 0 when nothing is missing any more, else with 5, and then names
# what is missing and the command that installs it.
#
# LAZARET_ROOT is put before every path that is written or compared: for the
# test of this script (tests/lint/packages_test.sh), which fakes a system.

set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${LAZARET_ROOT:-}
policy=$root/usr/sbin/policy-rc.d
mark="made by lazaret's install-packages.sh, process"
as_root=()
ours=0
before=

say() {
	echo "packages: $*" >&2
}

# The packages of the groups asked for, one a line, each once.
wanted() {
	local group package rest
	while read -r group package rest; do
		case $group in '' | '#'*) continue ;; esac
		case " $* " in *" $group "*) echo "$package" ;; esac
	done <"$here/packages.txt" | sort -u
}

# A package written A|B is not missing where a package that is, or provides, B
# is installed: installing A could ask for that one's removal.
missing() {
	local package other
	for package in $(wanted "$@"); do
		other=${package#*|}
		package=${package%%|*}
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" \
			2>/dev/null)" = installed ] && continue
		[ "$other" != "$package" ] && provided "$other" && continue
		echo "$package"
	done
}

provided() {
	dpkg-query -W -f='${db:Status-Status} ${Package}, ${Provides}\n' \
		2>/dev/null | grep -Eq "^installed (.*[ ,])?$1([ ,(]|\$)"
}

# Everything enabled at boot, one line each: `unit NAME` or `init NAME`. Read
# from the links, because systemctl lists nothing where systemd isn't running.
enabled() {
	local link
	for link in "$root"/etc/systemd/system/*.wants/* \
		"$root"/etc/systemd/system/*.requires/*; do
		[ -L "$link" ] && echo "unit $(basename "$link")"
	done | sort -u
	for link in "$root"/etc/rc[2-5].d/S*; do
		[ -e "$link" ] || [ -L "$link" ] || continue
		link=$(basename "$link")
		echo "init ${link#S??}"
	done | sort -u
}

newly_enabled() {
	comm -13 <(printf '%s\n' "$before" | sort) <(enabled | sort)
}

disable_new() {
	local kind name left
	while read -r kind name; do
		say "disabling $name: installed, but not to run"
		case $kind in
		unit)
			# Where systemd isn't installed there is no systemctl; the
			# helper works for maintainer scripts alone, which it
			# knows by this variable.
			"${as_root[@]}" systemctl disable "$name" \
				>/dev/null 2>&1 ||
				"${as_root[@]}" env \
					DPKG_MAINTSCRIPT_PACKAGE="${name%.*}" \
					deb-systemd-helper disable "$name" \
					>/dev/null 2>&1
			;;
		init)
			"${as_root[@]}" update-rc.d "$name" disable \
				>/dev/null 2>&1
			;;
		esac
	done < <(newly_enabled)
	left=$(newly_enabled)
	[ -z "$left" ] && return 0
	say "still enabled, disable by hand: ${left//$'\n'/, }"
	return 1
}

# A leftover of ours whose process is gone counts as not there.
forbid_starts() {
	local owner
	if [ -e "$policy" ] || [ -L "$policy" ]; then
		owner=$(sed -n "s/^# $mark //p" "$policy" 2>/dev/null)
		if [ -z "$owner" ] || [ -d "/proc/$owner" ]; then
			say "$policy exists and is left alone"
			return 0
		fi
		"${as_root[@]}" rm -f "$policy"
	fi
	# Made complete under another name: a half-written one would allow all.
	if printf '#!/bin/sh\n# %s %s\nexit 101\n' "$mark" $$ |
		"${as_root[@]}" tee "$policy.$$" >/dev/null &&
		"${as_root[@]}" chmod 755 "$policy.$$" &&
		"${as_root[@]}" ln "$policy.$$" "$policy"; then
		ours=1
	fi
	"${as_root[@]}" rm -f "$policy.$$"
	[ "$ours" = 1 ] && return 0
	say "can't write $policy, so nothing is installed"
	return 1
}

allow_starts() {
	[ "$ours" = 1 ] || return 0
	ours=0
	if grep -q "^# $mark $$\$" "$policy" 2>/dev/null; then
		"${as_root[@]}" rm -f "$policy"
	else
		say "$policy was changed meanwhile and is left alone"
	fi
}

# Runs on every way out, Ctrl-C included, once.
finish() {
	local status=$1
	trap '' INT TERM HUP
	trap - EXIT
	disable_new || status=5
	allow_starts
	exit "$status"
}

become_root() {
	if [ "$(id -u)" = 0 ]; then
		as_root=()
	elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null ||
		{ [ -t 0 ] && sudo -v; }; }; then
		as_root=(sudo)
	else
		return 1
	fi
}

main() {
	local lacking answer
	if [ $# = 0 ]; then
		say "usage: install-packages.sh GROUP..."
		exit 2
	fi
	if ! command -v dpkg-query >/dev/null ||
		! command -v apt-get >/dev/null; then
		say "this is no Debian system; packages are installed on" \
			"Debian 12 only"
		say "needed are the equivalents of:" "$(wanted "$@" | tr '\n' ' ')"
		say "with these in place use meson itself:" \
			"meson setup build && ninja -C build"
		exit 5
	fi
	mapfile -t lacking < <(missing "$@")
	[ ${#lacking[@]} = 0 ] && exit 0
	say "missing: ${lacking[*]}"
	if ! become_root; then
		say "neither root nor sudo, so nothing is installed; install:"
		say "    apt-get install --no-install-recommends ${lacking[*]}"
		exit 5
	fi
	if [ -t 0 ] && [ "${YES:-}" != 1 ]; then
		read -r -p "packages: install these now? [Y/n] " answer
		case $answer in
		'' | [yY] | [yY]es) ;;
		*)
			say "nothing installed; the command would be:"
			say "    apt-get install --no-install-recommends" \
				"${lacking[*]}"
			exit 5
			;;
		esac
	fi

	before=$(enabled)
	trap 'finish 5' EXIT
	trap 'finish 130' INT
	trap 'finish 143' TERM HUP
	forbid_starts || exit 5
	"${as_root[@]}" apt-get -q update >&2 ||
		say "apt-get update failed, trying with the lists there are"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 --no-remove \
		install --no-install-recommends "${lacking[@]}" >&2
	mapfile -t lacking < <(missing "$@")
	if [ ${#lacking[@]} != 0 ]; then
		say "could not be installed: ${lacking[*]}"
		finish 5
	fi
	finish 0
}

main "$@"
