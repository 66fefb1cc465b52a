# SPDX-License-Identifier: GPL-2.0
"""What t21_fleet.py has recorded, as nfacctd writes it into PostgreSQL by the files of docs/fleet.

Runs on the machine: the cluster is of a user without privileges, in a temporary folder, and
listens on a socket in that folder only.
"""
import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile

from lib import SLOW, equal

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "fleet")
SUMS = """SELECT exporter, input, output, sum(packets), sum(bytes) FROM named_flows
          WHERE protocol IN ('17', 'udp') GROUP BY exporter, input, output"""


def possible():
    """Whether the programs are there, and a user who may run them."""
    if os.geteuid() == 0 and not [u for u in pwd.getpwall() if u.pw_name == "postgres"]:
        return False
    return bool(glob.glob("/usr/lib/postgresql/*/bin") and shutil.which("nfacctd"))


class Postgres:
    """A cluster with the tables of docs/fleet."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.user = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
            self.user = ["runuser", "-u", "postgres", "--"]
        self.run("initdb", "-U", "postgres", "-D", folder + "/data", "-A", "trust", "-N", "--no-locale", "-E", "UTF8")
        self.run("pg_ctl", "-D", folder + "/data", "-w", "-t", "300", "-l", folder + "/log", "-o",
                 "-c listen_addresses= -c unix_socket_directories=%s -c fsync=off" % folder, "start")
        self.run("createdb", "-U", "postgres", "-h", folder, "netstream")
        with open(DOCS + "/postgresql.sql") as f:
            self.psql("-v", "ON_ERROR_STOP=1", text=f.read())

    def run(self, program, *argv, text=None):
        # a server that pg_ctl starts would keep a pipe open
        with open(self.folder + "/said", "w+") as out:
            p = subprocess.run(self.user + [self.bin + "/" + program, *argv], cwd=self.folder,
                               input=text, stdout=out, stderr=out, text=True, timeout=600 * SLOW)
            out.seek(0)
            said = out.read()
        assert p.returncode == 0, "%s: %s" % (program, said[-600:])
        return said

    def psql(self, *argv, text=None):
        return self.run("psql", "-q", "-U", "postgres", "-h", self.folder, *argv, "netstream", text=text)

    def rows(self, query):
        return [line.split() for line in self.psql("-A", "-t", "-F", " ", "-c", query).splitlines()]

    def stop(self):
        self.run("pg_ctl", "-D", self.folder + "/data", "-m", "immediate", "stop")


def nfacctd(pg, pcap):
    """Let nfacctd read a recording, with the file of docs/fleet but for places; return what it says."""
    with open(DOCS + "/nfacctd-postgresql.conf") as f:
        text = f.read()
    for old, new in (("/etc/pmacct", DOCS), ("/run/postgresql", pg.folder),
                     ("nfacctd_ip: ::\n", ""), ("nfacctd_port: 2055\n", "pcap_savefile: %s\n" % os.path.abspath(pcap))):
        assert old in text, old
        text = text.replace(old, new)
    with open(pg.folder + "/nfacctd.conf", "w") as f:
        f.write(text)
    p = subprocess.run(["nfacctd", "-f", pg.folder + "/nfacctd.conf"], cwd=pg.folder, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300 * SLOW)
    assert p.returncode == 0, p.stdout[-600:]
    return p.stdout


def sums(recorded):
    """Packets and bytes by exporter and by the names of both interfaces."""
    with open(recorded + "/want.json") as f:
        want = sorted(json.load(f))
    with tempfile.TemporaryDirectory() as folder:
        pg = Postgres(folder)
        try:
            said = nfacctd(pg, recorded + "/exports.pcap")
            got = sorted(row[:3] + [int(n) for n in row[3:]] for row in pg.rows(SUMS))
            names = pg.rows("SELECT name FROM interfaces")
        finally:
            pg.stop()
    equal([line for line in said.splitlines() if "ERROR" in line or "WARN" in line], [], "what nfacctd complains about")
    assert len(want) == 6, want
    equal(got, want, "exporter, input, output, packets, bytes")
    assert ["uplink"] in names and ["lo"] in names, names
