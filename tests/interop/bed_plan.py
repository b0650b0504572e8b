# SPDX-License-Identifier: Apache-2.0
"""The test bed on paper: who stands where, and how to enter a namespace.

    sub ---+ lz-wire            lz-outside
    neigh -+-------- gw ---------------- out
                     | lz-core
                     +-- resolver, voice, mail

`sub` and `neigh` hang on one wire, as on an access network that keeps its
subscribers apart: the ports of the bridge are isolated and the gateway answers
ARP for the neighbour, so that all traffic between them passes it too.
Documentation addresses only.
"""
import ctypes
import os
import shutil
import socket
import time

NEWNS = 0x00020000
NEWPID = 0x20000000
NEWNET = 0x40000000
MS_BIND = 0x1000
MS_REC = 0x4000
MS_SLAVE = 0x80000

_libc = ctypes.CDLL(None, use_errno=True)

NAMES = ("gw", "sub", "neigh", "out", "resolver", "voice", "mail")
KEEPER = "lz-bed-keeper"  # the process's name
STATE = "state.json"
EXPORTING = "exporting"   # appears when softflowd has begun anew
MARK = ".lz-bed"          # in a folder the bed made, so that it may remove it

NETFLOW_PORT = 2055
SIP_PORT = 5060
RTP_PORT = 6000
C2_PORT = 6667
ZONE = "bed.example"
PREFIX_V6 = "2001:db8:"


class Host:
    """One namespace's addresses; further ones are attributes by name."""

    def __init__(self, name, v4, v6, **more):
        self.name = name
        self.v4 = v4
        self.v6 = v6
        self.__dict__.update(more)

    def __repr__(self):
        return f"{self.name} {self.v4} {self.v6}"


def hosts():
    """All of them by name. `dark`: routed to out, where nobody answers."""
    core = PREFIX_V6 + "c::"
    return {host.name: host for host in (
        Host("gw", "192.0.2.1", PREFIX_V6 + "1:10::1",
             core_v4="203.0.113.1", core_v6=core + "1",
             portal_v4="203.0.113.80", portal_v6=core + "80",
             outside_v4="198.51.100.1", outside_v6=PREFIX_V6 + "f::1"),
        Host("sub", "192.0.2.10", PREFIX_V6 + "1:10::2",
             gateway_v6=PREFIX_V6 + "1:10::1",
             link=PREFIX_V6 + "1:10::/64", delegated=PREFIX_V6 + "a000::/56",
             lan_v6=PREFIX_V6 + "a000:1::5"),
        Host("neigh", "192.0.2.20", PREFIX_V6 + "1:20::2",
             gateway_v6=PREFIX_V6 + "1:20::1",
             link=PREFIX_V6 + "1:20::/64",
             delegated=PREFIX_V6 + "a000:100::/56",
             lan_v6=PREFIX_V6 + "a000:101::5"),
        Host("out", "198.51.100.10", PREFIX_V6 + "f::10",
             c2_v4="198.51.100.20", c2_v6=PREFIX_V6 + "f::20",
             dark_v4="198.51.100.66", dark_v6=PREFIX_V6 + "f::66"),
        Host("resolver", "203.0.113.53", core + "53"),
        Host("voice", "203.0.113.60", core + "60"),
        Host("mail", "203.0.113.25", core + "25"),
    )}


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _checked(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def setns(fd, kind):
    _checked(_libc.setns(fd, kind))


def unshare(kinds):
    _checked(_libc.unshare(kinds))


def mount(source, target, kind, flags, data=None):
    _checked(_libc.mount(source.encode(), target.encode(),
                         kind and kind.encode(), flags,
                         data and data.encode()))


def name_process(name):
    _checked(_libc.prctl(15, name.encode(), 0, 0, 0))


def remove_tree(folder):
    """Also while others, killed but not yet dead, write or remove there. The
    mark goes last: whoever is killed at this leaves it for the next."""
    deadline = time.monotonic() + 10
    while os.path.exists(folder) and time.monotonic() < deadline:
        try:
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path)
                elif entry.name != MARK:
                    os.unlink(entry.path)
            if os.listdir(folder) == [MARK]:
                os.unlink(os.path.join(folder, MARK))
            os.rmdir(folder)
        except OSError:
            time.sleep(0.005)


def use_resolver(folder):
    """A mount namespace for this process, with the bed's resolver instead of
    the machine's."""
    unshare(NEWNS)
    mount("none", "/", None, MS_REC | MS_SLAVE)
    if os.path.exists("/etc/resolv.conf"):
        mine = os.path.join(folder, "resolv.conf")
        mount(mine, "/etc/resolv.conf", None, MS_BIND)
