#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The sections of docs/collectors.md by which a collector is set up.    collectors.py NETSTREAM"""
import json
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from fleet import LIMIT, export, free_port, local, run_nfacctd
from run_tests import run_tests

TOOL = sys.argv[1]
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "collectors.md")
PORT = 2055
FLOW = ("2001:db8::a", "2001:db8::b", "900")


def setup():
    """(what is common to all, section -> its text)"""
    with open(PAGE) as f:
        part = re.search(r"^## Set up a collector\n(.*?)^## ", f.read(), re.M | re.S).group(1)
    common, *sections = re.split(r"^### ", part, flags=re.M)
    return common, dict(s.split("\n", 1) for s in sections)


COMMON, SECTIONS = setup()


def blocks(kind, text):
    """The fenced blocks of a kind."""
    return re.findall(r"^```%s\n(.*?)^```$" % kind, text, re.M | re.S)


def each(kind):
    """(section, block) of each fenced block of a kind in the sections."""
    return [(name, block) for name, text in SECTIONS.items() for block in blocks(kind, text)]


def check(statements):
    return subprocess.run([TOOL, "--offline", "--check", "-f", "-"], input=statements, capture_output=True, text=True)


def lines(section, program):
    """The command lines of a program in a section, without comments."""
    found = [line for block in blocks("sh", SECTIONS[section]) for line in block.splitlines() if line.startswith(program + " ")]
    assert found, (section, program)
    return found


def wait(what, condition):
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def pending(port):
    """Bytes that a local socket has not read yet; None if there is no socket."""
    with open("/proc/net/udp6") as f:
        for row in (line.split() for line in f):
            if row[1].endswith(":%04X" % port):
                return int(row[4].split(":")[1], 16)
    return None


def recording(path):
    """A file as tcpdump writes it, with the export packet that fleet.py sends: an IPv6 header, UDP, no link layer."""
    payload = export()
    udp = struct.pack("!HHHH", 40000, PORT, 8 + len(payload), 0) + payload
    packet = struct.pack("!IHBB", 6 << 28, len(udp), 17, 64) + socket.inet_pton(socket.AF_INET6, "2001:db8::1") + \
        socket.inet_pton(socket.AF_INET6, "2001:db8::5") + udp
    with open(path, "wb") as f:
        # 101: the packet begins with the IP header
        f.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        f.write(struct.pack("=IIII", int(time.time()), 0, len(packet), len(packet)) + packet)


def test_sections():
    """each collector has a section that says whether it was tried, and the table names each section"""
    assert len(SECTIONS) == 11, sorted(SECTIONS)
    links = re.findall(r"^\| \[[^]]*\]\(#([^)]*)\) \| ([^|]*) \|", COMMON, re.M)
    assert [link for link, _ in links] == [name.lower().replace(" ", "-") for name in SECTIONS], links
    for (_, tried), (name, text) in zip(links, SECTIONS.items()):
        said = re.match(r"\s*\*\*(Tried|Tried in part|Not tried)\*\*(.*?)\.\s", text, re.S)
        assert said and (said.group(1) == "Not tried") == (tried == "no"), name
        version = re.search(r"\d+\.\d+", tried)
        assert not version or version.group(0) in text, (name, tried)


def test_statements():
    """the statements of each section are accepted without a warning, behind those of the beginning"""
    (begin,) = blocks("netstream", COMMON)
    found = each("netstream")
    assert len(found) >= 5, found
    for name, block in [("", "")] + found:
        p = check(begin + block)
        assert p.returncode == 0 and not p.stderr, (name, p.stderr)


def test_in_text():
    """so are statements within sentences"""
    tried = 0
    for statement in re.findall(r"`((?:undo )?ipv6 netstream [^`]*)`", COMMON + "".join(SECTIONS.values())):
        # what takes a value is named without it
        words = " ".join(statement.split())
        assert check(words + "\n").returncode == 0 or check(words + " 1\n").returncode == 0 or \
            check(words + " active 1\n").returncode == 0, words
        tried += 1
    assert tried >= 5, tried


def test_kinds():
    """no block is of a kind that these tests do not read"""
    kinds = set(re.findall(r"^```(\w*)\n", COMMON + "".join(SECTIONS.values()), re.M))
    assert kinds - {""} == {"netstream", "sh", "nfacctd", "yaml", "toml", "logstash", "perl"}, kinds


def test_shell():
    """command lines are well formed, and collectors listen where the statements send to"""
    for name, block in each("sh"):
        assert subprocess.run(["bash", "-n"], input=block, text=True).returncode == 0, (name, block)
        for line in block.splitlines():
            shlex.split(line)
            port = re.search(r"(?:-p |netflow://:|--collector-port |udp port )(\d+)", line)
            assert not port or int(port.group(1)) == PORT, line


def test_yaml():
    """the YAML files have the address of the exporter, and listen where the statements send to"""
    try:
        import yaml
    except ImportError:
        return "skip"
    found = {}
    for name, block in each("yaml"):
        try:
            found[name] = yaml.safe_load(block)
        except yaml.YAMLError as e:
            raise AssertionError((name, e)) from e
    assert set(found) == {"Akvorado", "Elastic", "Netdata"}, found
    (provider,) = found["Akvorado"]["metadata"]["providers"]
    assert provider["type"] == "static", provider
    for interface in [provider["exporters"]["2001:db8::1"]["default"], *provider["exporters"]["2001:db8::1"]["ifindexes"].values()]:
        assert set(interface) == {"name", "description", "speed"}, interface
    (read,) = found["Elastic"]["filebeat.inputs"]
    assert (read["type"], read["host"], read["protocols"]) == ("netflow", ":%d" % PORT, ["v9", "ipfix"]), read
    assert found["Netdata"]["listener"]["listen"] == ["0.0.0.0:%d" % PORT], found
    exporter = found["Netdata"]["enrichment"]["metadata_static"]["exporters"]["192.0.2.1"]
    assert all(isinstance(index, int) for index in exporter["if_indexes"]), exporter


def test_toml():
    """Telegraf's file is TOML"""
    try:
        import tomllib
    except ImportError:
        return "skip"
    ((_, block),) = each("toml")
    try:
        (read,) = tomllib.loads(block)["inputs"]["netflow"]
    except (tomllib.TOMLDecodeError, KeyError) as e:
        raise AssertionError(e) from e
    assert read["service_address"] == "udp://:%d" % PORT and read["protocol"] in ("ipfix", "netflow v9"), read


def plugins(words):
    """What stands between braces in Logstash's language: plugins with their settings, a dictionary."""
    found = {}
    while words and words[0] != "}":
        name = words.pop(0)
        assert re.fullmatch(r"\w+", name), name
        if words[0] == "=>":
            words.pop(0)
            found[name] = words.pop(0)
            # a codec has settings of its own
            if words and words[0] == "{":
                found[name] = {found[name]: braces(words)}
        else:
            found[name] = braces(words)
    return found


def braces(words):
    assert words.pop(0) == "{", words
    inside = plugins(words)
    assert words and words.pop(0) == "}", "a brace is missing"
    return inside


def test_logstash():
    """Logstash's pipeline is well formed"""
    ((_, block),) = each("logstash")
    pipeline = plugins(re.findall(r'"[^"]*"|\[[^]]*\]|=>|[{}]|[^\s{}\[\]"=]+', block))
    udp = pipeline["input"]["udp"]
    assert udp["port"] == str(PORT) and udp["codec"] == {"netflow": {"versions": "[9, 10]"}}, pipeline
    assert pipeline["output"]["stdout"] == {"codec": "rubydebug"}, pipeline


def test_nfsen():
    """NfSen's sources are Perl, with names and ports that it takes"""
    if not shutil.which("perl"):
        return "skip"
    ((_, block),) = each("perl")
    p = subprocess.run(["perl", "-e", block + r'print "$_ $sources{$_}{port} $sources{$_}{IP}\n" for sort keys %sources;'],
                       capture_output=True, text=True)
    assert p.returncode == 0 and not p.stderr, p.stderr
    rows = [line.split() for line in p.stdout.splitlines()]
    assert rows and all(re.fullmatch(r"\w{1,19}", name) and int(port) == PORT for name, port, _ in rows), rows
    assert len({ip for _, _, ip in rows}) == len(rows), rows


def test_nfdump():
    """nfcapd and nfdump, as their section starts them, show a flow"""
    if not shutil.which("nfcapd"):
        return "skip"
    with tempfile.TemporaryDirectory() as d:
        port = free_port()

        def here(line):
            return line.replace("/var/cache/nfdump/router1", d).replace("2001:db8::5", "::1").replace(" %d " % PORT, " %d " % port)
        (line,) = lines("nfdump", "nfcapd")
        # a daemon would outlive the test
        child = subprocess.Popen(shlex.split(here(line).replace(" -D ", " ")), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait("nfcapd listens", lambda: pending(port) is not None or child.poll() is not None)
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
                s.sendto(export(), ("::1", port))
            # at SIGTERM it leaves pending packets unread
            wait("nfcapd has read it", lambda: not pending(port))
        finally:
            child.terminate()
            child.wait(LIMIT)
        shown = [subprocess.run(["bash", "-c", here(line)], capture_output=True, text=True) for line in lines("nfdump", "nfdump")]
        for p, line in zip(shown, lines("nfdump", "nfdump")):
            assert p.returncode == 0 and "nknown" not in p.stdout + p.stderr, (line, p.stdout, p.stderr)
    assert len(shown) == 4, shown
    flow = shown[1].stdout.splitlines()[0].split()
    assert (flow[5], flow[7]) == FLOW[:2] and flow[9:12] == ["2", "3", "7"], flow
    assert "::1" in shown[3].stdout and "version: 9" in shown[3].stdout, shown[3].stdout


def test_nfacctd():
    """nfacctd accepts every line of its section, and writes a flow"""
    if not shutil.which("nfacctd"):
        return "skip"
    ((_, text),) = each("nfacctd")
    assert "nfacctd_port: %d\n" % PORT in text, text
    with tempfile.TemporaryDirectory() as d:
        path = d + "/flows.json"
        text = local(text.replace("nfacctd_ip: 2001:db8::5", "nfacctd_ip: ::").replace("/var/log/pmacct/flows.json", path))
        text = re.sub(r"print_refresh_time.*", "print_refresh_time[flows]: 1", text)
        said = run_nfacctd(text, d, lambda log: os.path.exists(path) and os.path.getsize(path))
        with open(path) as f:
            flow = json.loads(f.readline())
    wrong = [line for line in said.splitlines() if re.search("Unknown|ERROR|Ignoring|not supported|invalid", line)]
    assert not wrong, wrong
    assert (flow["ip_src"], flow["ip_dst"], flow["peer_ip_src"]) == FLOW[:2] + ("::1",), flow
    assert flow["bytes"] % 900 == 0 and "timestamp_start" in flow, flow


def test_tshark():
    """tshark, as its section starts it, shows the fields of a flow"""
    if not shutil.which("tshark"):
        return "skip"
    with tempfile.TemporaryDirectory() as d:
        recording(d + "/exports.pcap")
        shown = [subprocess.run(shlex.split(line), cwd=d, capture_output=True, text=True) for line in lines("tshark", "tshark")]
    assert [p.returncode for p in shown] == [0, 0], [p.stderr for p in shown]
    assert "Template" in shown[0].stdout and FLOW[0] in shown[0].stdout, shown[0].stdout[-2000:]
    assert shown[1].stdout.split() == [FLOW[0], FLOW[1], "7", "900"], shown[1].stdout


if __name__ == "__main__":
    sys.exit(run_tests("collectors", globals()))
