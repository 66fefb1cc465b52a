#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The configuration files of docs/fleet.    fleet.py"""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from run_tests import run_tests

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "fleet")
LIMIT = 60 * int(os.environ.get("NETSTREAM_SLOW", "1"))


def read(name):
    with open(os.path.join(FOLDER, name)) as f:
        return f.read()


def export():
    """A packet of version 9: a template of the fields that the README's record has, and a flow."""
    fields = ((27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (10, 4), (14, 4), (2, 8), (1, 8), (22, 4), (21, 4))
    template = struct.pack("!HH", 1024, len(fields)) + b"".join(struct.pack("!HH", *f) for f in fields)
    flow = socket.inet_pton(socket.AF_INET6, "2001:db8::a") + socket.inet_pton(socket.AF_INET6, "2001:db8::b") + \
        struct.pack("!HHBIIQQII", 1000, 443, 6, 2, 3, 7, 900, 1000, 2000)
    flow += bytes(-len(flow) % 4)
    now = int(time.time())
    return struct.pack("!HHIIII", 9, 2, 10000, now, 0, 0) + \
        struct.pack("!HH", 0, len(template) + 4) + template + struct.pack("!HH", 1024, len(flow) + 4) + flow


def free_port():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.bind(("::1", 0))
        return s.getsockname()[1]


def wait(what, condition, child, log):
    end = time.monotonic() + LIMIT
    while not condition():
        with open(log) as f:
            said = f.read()
        assert child.poll() is None and time.monotonic() < end, "no %s: %s" % (what, said[-800:])
        time.sleep(0.1)


def run_nfacctd(text, folder, done):
    """Run it with this file until @done, while it is sent a flow; return what it says."""
    with open(folder + "/conf", "w") as f:
        f.write(text)
    log = folder + "/log"
    with open(log, "w") as f:
        child = subprocess.Popen(["nfacctd", "-f", folder + "/conf"], stdout=f, stderr=f, start_new_session=True)
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            port = int(re.search(r"nfacctd_port: (\d+)", text).group(1))

            def asked():
                s.sendto(export(), ("::1", port))
                return done(log)
            wait("result", asked, child, log)
    finally:
        # its plugin is a process of its own, which may wait for Kafka
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    with open(log) as f:
        return f.read()


def local(text):
    return re.sub(r"nfacctd_port: .*", "nfacctd_port: %d" % free_port(),
                  text.replace("nfacctd_ip: ::", "nfacctd_ip: ::1"))


def columns():
    """Columns of the table that reads from Kafka."""
    table = re.search(r"CREATE TABLE netstream_queue\n\((.*?)\n\)", read("clickhouse.sql"), re.S).group(1)
    return set(re.findall(r"^    (\w+) ", table, re.M))


def test_accepted():
    """nfacctd accepts every line of its file"""
    if not shutil.which("nfacctd"):
        return "skip"
    with tempfile.TemporaryDirectory() as d:
        said = run_nfacctd(local(read("nfacctd.conf")), d, lambda log: "waiting for NetFlow" in open(log).read())
    wrong = [line for line in said.splitlines() if re.search("Unknown|ERROR|Ignoring|not supported|invalid", line)]
    assert not wrong, wrong


def test_columns():
    """the keys that nfacctd writes are the columns that ClickHouse reads, with the values of a flow"""
    if not shutil.which("nfacctd"):
        return "skip"
    with tempfile.TemporaryDirectory() as d:
        text = local(read("nfacctd.conf")).replace("plugins: kafka[flows]", "plugins: print[flows]")
        text = re.sub(r"kafka_(broker|topic).*\n", "", text).replace("kafka_output", "print_output")
        text = re.sub(r"kafka_refresh_time.*", "print_refresh_time[flows]: 1\nprint_output_file[flows]: %s/flows" % d, text)
        run_nfacctd(text, d, lambda log: os.path.exists(d + "/flows") and os.path.getsize(d + "/flows"))
        with open(d + "/flows") as f:
            flow = json.loads(f.readline())
    missing = columns() - set(flow)
    assert not missing and columns() >= {"packets", "bytes"}, (missing, flow)
    assert (flow["ip_src"], flow["port_dst"], flow["iface_in"], flow["iface_out"]) == ("2001:db8::a", 443, 2, 3), flow
    assert flow["ip_proto"] in ("tcp", "6") and "2001:db8" not in flow["peer_ip_src"], flow


def test_view():
    """the view fills each column of the table"""
    sql = read("clickhouse.sql")
    table = re.search(r"CREATE TABLE netstream\n\((.*?)\n\)", sql, re.S).group(1)
    view = re.search(r"SELECT\n(.*?)\nFROM netstream_queue", sql, re.S).group(1)
    filled = [re.search(r"(\w+),?$", line).group(1) for line in view.splitlines()]
    assert re.findall(r"^    (\w+) ", table, re.M) == filled, filled
    for used in re.findall(r"\b(?:ip|port|iface|timestamp|peer)_\w+", view):
        assert used in columns(), used


if __name__ == "__main__":
    sys.exit(run_tests("fleet", globals()))
