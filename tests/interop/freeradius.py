# SPDX-License-Identifier: Apache-2.0
"""FreeRADIUS and PostgreSQL, private and on loopback or a socket: what takes
accounting beside us, or hands it on to us."""
import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

SECRET = "secret of the test bed"
STOCK = pathlib.Path("/etc/freeradius/3.0/mods-config/sql/main")
LIBRARIES = "/usr/lib/freeradius"
WAIT_S = 20

BASE = """prefix = /usr
libdir = {libraries}
logdir = {folder}
run_dir = {folder}
confdir = {folder}
pidfile = {folder}/freeradius.pid
name = freeradius
max_request_time = 30
cleanup_delay = 0
max_requests = 131072
log {{
    destination = files
    file = {folder}/freeradius.log
}}
security {{
    max_attributes = 200
    reject_delay = 0
    status_server = no
}}
proxy_requests = {proxies}
thread pool {{
    start_servers = 8
    max_servers = 32
    min_spare_servers = 4
    max_spare_servers = 16
    max_queue_size = 65536
    max_requests_per_server = 0
}}
client loopback {{
    ipaddr = 127.0.0.0/8
    secret = "{secret}"
}}
modules {{
{modules}
}}
{more}
server accounting {{
    listen {{
        type = acct
        ipaddr = 127.0.0.1
        port = {port}
    }}
    preacct {{
{preacct}
    }}
    accounting {{
{accounting}
    }}
}}
"""

SQL = """    sql {{
        dialect = "{dialect}"
        driver = "rlm_sql_{dialect}"
{driver}
        acct_table1 = "radacct"
        acct_table2 = "radacct"
        postauth_table = "radpostauth"
        client_table = "nas"
        authcheck_table = "radcheck"
        groupcheck_table = "radgroupcheck"
        authreply_table = "radreply"
        groupreply_table = "radgroupreply"
        usergroup_table = "radusergroup"
        delete_stale_sessions = yes
        read_clients = no
        pool {{
            start = 8
            min = 4
            max = 32
            spare = 16
            uses = 0
            retry_delay = 30
            lifetime = 0
            idle_timeout = 60
        }}
        group_attribute = "SQL-Group"
        $INCLUDE {stock}/{dialect}/queries.conf
    }}"""

DETAIL = """    detail {{
        filename = {path}
        escape_filenames = no
        permissions = 0644
        header = "%t"
    }}"""

PROXY = """home_server lazaret {{
    type = acct
    ipaddr = 127.0.0.1
    port = {port}
    secret = "{secret}"
    response_window = 30
    response_timeouts = 1000
    zombie_period = 30
    revive_interval = 10
    status_check = none
}}
home_server_pool lazaret {{
    type = fail-over
    home_server = lazaret
}}
realm lazaret {{
    acct_pool = lazaret
    nostrip
}}"""

# As FreeRADIUS's own robust-proxy-accounting: from the detail file, one word
# after the other, each again until it is answered.
KEEPER = """server keeper {{
    listen {{
        type = detail
        filename = {path}
        load_factor = 100
        poll_interval = 1
        retry_interval = 1
    }}
    preacct {{
        update control {{
            &Proxy-To-Realm := lazaret
        }}
    }}
    accounting {{
        ok
    }}
}}"""


def program(name):
    """Its path; None where it isn't installed."""
    return shutil.which(name, path=os.environ["PATH"] +
                        ":/usr/sbin:/usr/lib/postgresql/15/bin")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def processor_seconds(pid, thread=None):
    """Of a process or one of its threads."""
    with open(f"/proc/{pid}/task/{thread}/stat" if thread else
              f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class FreeRadius:
    """One that takes accounting on `port` and does what `modules` say."""

    def __init__(self, folder, modules, accounting, preacct="", more="",
                 secret=SECRET):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port = free_port()
        (self.folder / "radiusd.conf").write_text(BASE.format(
            libraries=LIBRARIES, folder=self.folder, port=self.port,
            proxies="yes" if more else "no", more=more, modules=modules,
            preacct=preacct, accounting=accounting, secret=secret))
        self.process = None
        self.start()

    def start(self):
        out = self.folder / "out"
        with open(out, "ab") as log:
            self.process = subprocess.Popen(
                [program("freeradius"), "-f", "-d", self.folder, "-n",
                 "radiusd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + WAIT_S
        while "Ready to process requests" not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("freeradius:\n" + self.said() +
                                   out.read_text())
            time.sleep(0.02)

    def said(self):
        log = self.folder / "freeradius.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def processor_seconds(self):
        return processor_seconds(self.process.pid)

    def end(self):
        end(self.process)


UNIQUE = """        update request {
            &Acct-Unique-Session-Id := "%{md5:%{User-Name},%{Acct-Session-Id},%{NAS-IP-Address},%{NAS-Port-Id}}"
        }"""


def into_sqlite(folder):
    driver = f"""        sqlite {{
            filename = "{folder}/radius.db"
            busy_timeout = 2000
            bootstrap = "{STOCK}/sqlite/schema.sql"
        }}"""
    return FreeRadius(folder, SQL.format(dialect="sqlite", driver=driver,
                                         stock=STOCK) + "\n    expr {\n    }",
                      "        sql", UNIQUE)


def into_postgresql(folder, postgres):
    postgres.run(STOCK / "postgresql" / "schema.sql")
    driver = f"""        server = "{postgres.folder}"
        login = "postgres"
        radius_db = "host={postgres.folder} user=postgres dbname=postgres"
        postgresql {{
            send_application_name = yes
        }}"""
    return FreeRadius(folder, SQL.format(dialect="postgresql", driver=driver,
                                         stock=STOCK) + "\n    expr {\n    }",
                      "        sql", UNIQUE)


def into_detail(folder, path):
    return FreeRadius(folder, DETAIL.format(path=path), "        detail")


def through_to(folder, port, detail=None, secret=SECRET):
    """Hands everything on to the home server at `port`: the NAS is answered
    when that has answered.  Beside it a detail file, where asked for."""
    modules = "    always ok {\n        rcode = ok\n    }\n"
    if detail:
        modules += DETAIL.format(path=detail)
    return FreeRadius(
        folder, modules, "        detail" if detail else "        ok",
        "        update control {\n            &Proxy-To-Realm := lazaret\n"
        "        }", PROXY.format(port=port, secret=secret))


def keeping_for(folder, port, path):
    """Answers the NAS itself as soon as `path` has it, and hands on from
    there."""
    modules = "    always ok {\n        rcode = ok\n    }\n"
    return FreeRadius(
        folder, modules + DETAIL.format(path=path), "        detail",
        more=PROXY.format(port=port, secret=SECRET) + "\n" +
        KEEPER.format(path=path))


class PostgreSQL:
    """A cluster of its own on a Unix socket in `folder`; what it commits is
    durable."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.user = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.user = {"user": owner.pw_uid, "group": owner.pw_gid,
                         "extra_groups": []}
        data = self.folder / "data"
        subprocess.run([program("initdb"), "-D", data, "-A", "trust", "-U",
                        "postgres", "--no-sync"], check=True, cwd="/",
                       stdout=subprocess.DEVNULL, **self.user)
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [program("postgres"), "-D", data, "-k", self.folder, "-c",
                 "listen_addresses=", "-c", "synchronous_commit=on", "-c",
                 "fsync=on"], cwd="/", stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, **self.user)
        deadline = time.monotonic() + WAIT_S
        while self.ask("SELECT 1") != "1":
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("postgres:\n" +
                                   (self.folder / "log").read_text())
            time.sleep(0.05)

    def psql(self, *words):
        return subprocess.run(
            [program("psql"), "-XAtq", "-h", self.folder, "-U", "postgres",
             "-v", "ON_ERROR_STOP=1", *words], text=True, cwd="/",
            capture_output=True, check=False)

    def ask(self, statement):
        return self.psql("-c", statement).stdout.strip()

    def run(self, path):
        done = self.psql("-f", path)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def processor_seconds(self):
        """Of all its processes."""
        pids = [self.process.pid]
        children = f"/proc/{pids[0]}/task/{pids[0]}/children"
        with open(children, encoding="ascii") as listed:
            pids += [int(pid) for pid in listed.read().split()]
        total = 0
        for pid in pids:
            with contextlib.suppress(FileNotFoundError):
                total += processor_seconds(pid)
        return total

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(2)  # fast: not waiting for sessions
            self.process.wait(WAIT_S)
