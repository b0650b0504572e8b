#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# tools/install-packages.sh against a faked Debian: dpkg-query, apt-get, id,
# sudo, systemctl and friends are small scripts on PATH that keep their state in
# a temporary folder. Shows what must hold on a user's machine: nothing is
# installed unasked or without rights, no service is started or stays enabled,
# and policy-rc.d is afterwards what it was before, however the run ends.

set -u
unset YES # as the caller may have set it for itself
script=$LAZARET_SOURCE/tools/install-packages.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
	echo "$case: $*"
	sed 's/^/    /' "$work/said"
	failures=$((failures + 1))
}

fake() {
	printf '#!/bin/bash\n%s\n' "$2" >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# A fresh system on which `meson` and `mandoc` are missing.
fresh() {
	case=$1
	rm -rf "$work/root" "$work/bin" "$work/installed"
	mkdir -p "$work/bin" "$work/root/usr/sbin" "$work/root/etc/rc2.d" \
		"$work/root/etc/systemd/system/multi-user.target.wants"
	: >"$work/calls"
	ln -s /lib/old.service "$work/root/etc/systemd/system/$wants/old.service"
	fake dpkg-query 'case ${!#} in
	meson | mandoc) [ -e "'"$work"'/installed" ] && echo installed ;;
	*) echo installed ;;
	esac'
	fake id 'echo 0'
	fake systemctl 'echo "systemctl $*" >>"'"$work"'/calls"
	[ "$1" = disable ] && rm "'"$work/root/etc/systemd/system/$wants"'/$2"'
	fake update-rc.d 'echo "update-rc.d $*" >>"'"$work"'/calls"
	rm "'"$work"'/root/etc/rc2.d/S01$1"'
	# Installs, enables a unit and an init script, and says what policy-rc.d
	# answered meanwhile.
	fake apt-get 'echo "apt-get $*" >>"'"$work"'/calls"
	case $* in *install*) ;; *) exit 0 ;; esac
	"'"$work"'/root/usr/sbin/policy-rc.d" new start
	echo "policy $?" >>"'"$work"'/calls"
	ln -s /lib/new.service "'"$work/root/etc/systemd/system/$wants"'/"
	ln -s ../init.d/older "'"$work"'/root/etc/rc2.d/S01older"
	touch "'"$work"'/installed"
	'"${2:-}"
}

wants=multi-user.target.wants

# run EXPECTED-STATUS [VAR=VALUE...]: no terminal on standard input.
run() {
	local expected=$1
	shift
	# A job in the background is started with SIGINT ignored.
	env --default-signal=INT,TERM,HUP PATH="$work/bin:/usr/bin:/bin" \
		LAZARET_ROOT="$work/root" "$@" \
		bash "$script" build check >"$work/said" 2>&1 </dev/null
	local status=$?
	[ $status = "$expected" ] || fail "ended with $status, not $expected"
}

# The same with a terminal and this answer typed.
run_on_terminal() {
	local expected=$1 answer=$2
	shift 2
	env PATH="$work/bin:/usr/bin:/bin" LAZARET_ROOT="$work/root" "$@" \
		python3 - "$answer" bash "$script" build check \
		>"$work/said" 2>&1 <<-'END'
			import os, pty, sys
			answer, command = sys.argv[1], sys.argv[2:]
			sent = []

			def typed(fd):
			    data = os.read(fd, 1024)
			    if answer and b"[Y/n]" in data and not sent:
			        sent.append(os.write(fd, answer.encode() + b"\n"))
			    return data

			def no_input(fd):
			    return b""

			sys.stdin = open(os.devnull)
			os.dup2(sys.stdin.fileno(), 0)
			status = pty.spawn(command, typed, no_input)
			sys.exit(os.waitstatus_to_exitcode(status))
		END
	local status=$?
	[ $status = "$expected" ] || fail "ended with $status, not $expected"
}

said() {
	grep -q -- "$1" "$work/said" || fail "did not say: $1"
}

called() {
	grep -q -- "$1" "$work/calls" || fail "did not call: $1"
}

not_called() {
	grep -q -- "$1" "$work/calls" && fail "called: $1"
}

no_policy() {
	[ -e "$work/root/usr/sbin/policy-rc.d" ] && fail "policy-rc.d is left"
	ls "$work/root/usr/sbin" | grep -q . && fail "something is left in sbin"
}

only_old_enabled() {
	[ "$(ls "$work/root/etc/systemd/system/$wants")" = old.service ] ||
		fail "enabled: $(ls "$work/root/etc/systemd/system/$wants")"
	[ -z "$(ls "$work/root/etc/rc2.d")" ] || fail "an init script is enabled"
}

fresh "nothing missing"
touch "$work/installed"
run 0
[ -s "$work/said" ] && fail "spoke"
[ -s "$work/calls" ] && fail "called something"

fresh "no terminal: shows the list and goes on"
run 0
said "missing: mandoc meson"
called "apt-get .*install .*--no-install-recommends mandoc meson"
called "policy 101"
called "systemctl disable new.service"
called "update-rc.d older disable"
not_called "disable old"
no_policy
only_old_enabled

fresh "an existing policy-rc.d is left alone"
printf '#!/bin/sh\nexit 42\n' >"$work/root/usr/sbin/policy-rc.d"
chmod +x "$work/root/usr/sbin/policy-rc.d"
cp "$work/root/usr/sbin/policy-rc.d" "$work/theirs"
run 0
called "policy 42"
cmp -s "$work/theirs" "$work/root/usr/sbin/policy-rc.d" ||
	fail "their policy-rc.d changed"
only_old_enabled

fresh "one of ours whose process is gone is replaced"
printf '#!/bin/sh\n# %s %s\nexit 101\n' \
	"made by lazaret's install-packages.sh, process" 4194305 \
	>"$work/root/usr/sbin/policy-rc.d"
run 0
called "policy 101"
no_policy

fresh "one that replaced ours meanwhile is not removed" \
	'echo "#!/bin/sh" >"'"$work"'/root/usr/sbin/policy-rc.d"'
run 0
[ "$(cat "$work/root/usr/sbin/policy-rc.d")" = "#!/bin/sh" ] ||
	fail "the other policy-rc.d is gone"

fresh "without root and sudo nothing is installed"
fake id 'echo 1000'
fake sudo 'exit 1'
run 5
said "apt-get install --no-install-recommends mandoc meson"
not_called apt-get
no_policy

fresh "without root but with sudo"
fake id 'echo 1000'
fake sudo 'echo "sudo $*" >>"'"$work"'/calls"
[ "$1" = -n ] && shift
"$@"'
run 0
called "sudo env DEBIAN_FRONTEND=noninteractive apt-get"
called "sudo systemctl disable new.service"
no_policy
only_old_enabled

fresh "an install that fails restores everything" 'rm "'"$work"'/installed"
exit 100'
run 5
said "could not be installed: mandoc meson"
no_policy
only_old_enabled

fresh "Ctrl-C restores everything" 'kill -INT $PPID'
run 130
no_policy
only_old_enabled

fresh "SIGTERM restores everything" 'kill -TERM $PPID'
run 143
no_policy
only_old_enabled

fresh "a unit that can't be disabled is said"
fake systemctl 'exit 1'
fake deb-systemd-helper 'exit 1'
run 5
said "still enabled, disable by hand: unit new.service"
no_policy

fresh "without systemctl the helper of init-system-helpers disables"
fake systemctl 'exit 1'
fake deb-systemd-helper '[ -n "$DPKG_MAINTSCRIPT_PACKAGE" ] || exit 1
rm "'"$work/root/etc/systemd/system/$wants"'/$2"'
run 0
only_old_enabled

fresh "on a terminal: no means no"
run_on_terminal 5 n
said "install these now"
said "nothing installed"
not_called apt-get

fresh "on a terminal: yes means yes"
run_on_terminal 0 y
called "apt-get .*install"
no_policy

fresh "on a terminal: YES=1 isn't asked"
run_on_terminal 0 "" YES=1
called "apt-get .*install"
grep -q "install these now" "$work/said" && fail "asked"

fresh "a package with an alternative that is there is not installed"
fake dpkg-query 'case $* in
*Provides*) echo "removed opensmtpd, mail-transport-agent"
	echo "installed exim4-daemon-light, default-mta, mail-transport-agent" ;;
*opensmtpd) ;;
*) echo installed ;;
esac'
env PATH="$work/bin:/usr/bin:/bin" LAZARET_ROOT="$work/root" \
	bash "$script" demo >"$work/said" 2>&1 </dev/null ||
	fail "did not end with 0"
not_called apt-get

fresh "one whose alternative is only known, not there, is"
fake dpkg-query 'case $* in
*Provides*) echo "installed make, "
	echo "config-files exim4-daemon-light, mail-transport-agent" ;;
*opensmtpd) [ -e "'"$work"'/installed" ] && echo installed ;;
*) echo installed ;;
esac'
env PATH="$work/bin:/usr/bin:/bin" LAZARET_ROOT="$work/root" \
	bash "$script" demo >"$work/said" 2>&1 </dev/null ||
	fail "did not end with 0"
called "apt-get .*--no-remove .*install .* opensmtpd"

fresh "no Debian"
rm "$work/bin/dpkg-query"
mkdir "$work/bin/none"
ln -s /usr/bin/{bash,dirname,tr,sort,env} "$work/bin/none/"
env PATH="$work/bin/none" /bin/bash "$script" build >"$work/said" 2>&1
[ $? = 5 ] || fail "did not end with 5"
said "no Debian system"
said "meson ninja-build"

[ "$failures" = 0 ] || exit 1
echo "all cases hold"
