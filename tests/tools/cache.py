#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""show cache: filters, sorting, adding up, against the same done here.    cache.py NETSTREAM_FAKE"""
import ipaddress
import json
import os
import random
import subprocess
import sys
import tempfile

from replies import Replies
from run_tests import run_tests

TOOL = sys.argv[1]
KEYS = {"SRC_ADDR": "source_address", "DST_ADDR": "destination_address", "SRC_PORT": "source_port",
        "DST_PORT": "destination_port", "PROTOCOL": "protocol", "INPUT_IF": "input_interface",
        "OUTPUT_IF": "output_interface", "SRC_AS": "source_as", "DST_AS": "destination_as",
        "DIRECTION": "direction", "TOS": "tos"}


def make_flows(count, seed=12):
    """Some of two records, with some keys on two CPUs, and their replies."""
    dice = random.Random(seed)
    replies, flows = Replies(), []
    for n in range(count):
        f = {"SRC_ADDR": str(ipaddress.ip_address("2001:db8:%x::%x" % (dice.randrange(4), dice.randrange(8)))),
             "DST_ADDR": "2001:db8:f0%x0::1" % dice.randrange(16), "PROTOCOL": dice.choice((6, 17, 58)),
             "SRC_PORT": dice.randrange(4), "DST_PORT": dice.choice((53, 443)),
             "INPUT_IF": dice.choice((1, 77)), "OUTPUT_IF": dice.choice((0, 1)), "DIRECTION": dice.randrange(2)}
        record = "original"
        if n % 3 == 0:
            record = "web"
            f = {k: f[k] for k in ("SRC_ADDR", "PROTOCOL")} | {"SRC_AS": dice.randrange(3), "DST_AS": 1}
        totals = {"packets": dice.randrange(1, 99), "octets": dice.randrange(100000), "slot": dice.randrange(2),
                  "first": 1000 + dice.randrange(500), "last": 2000 + dice.randrange(500), "cpu": n % 2}
        replies.flow(record, **totals, **f)
        flows.append(dict(totals, record=record, **f))
    return replies, flows


REPLIES, FLOWS = make_flows(400)
FILE = tempfile.NamedTemporaryFile()
REPLIES.write(FILE.name)


def run(options, status=0, json_too=True):
    p = subprocess.run([TOOL, *(["--json"] if json_too else []), "-c", "show cache " + options],
                       capture_output=True, text=True, env=dict(os.environ, NETSTREAM_FAKE=FILE.name))
    assert p.returncode == status, (options, p.stderr)
    if status:
        return p.stderr
    return json.loads(p.stdout) if json_too else p.stdout


def identity(f):
    """What tells flows apart here, of our flows and of what is shown."""
    return f["packets"], f.get("octets", f.get("bytes")), f.get("first_boot_ms", f["first"]), f["record"]


def inside(address, prefix):
    return ipaddress.ip_address(address) in ipaddress.ip_network(prefix)


def either(a, b, value):
    return lambda f: f.get(a) == value or f.get(b) == value


FILTERS = {
    "": lambda f: True,
    "record web": lambda f: True,      # the kernel chooses records: the fake has all
    "slot 1": lambda f: f["slot"] == 1,
    "source 2001:db8:2::3": lambda f: f["SRC_ADDR"] == "2001:db8:2::3",
    "source 2001:db8:2::/47": lambda f: inside(f["SRC_ADDR"], "2001:db8:2::/47"),
    "source-ipv6 2001:db8:2::/48": lambda f: inside(f["SRC_ADDR"], "2001:db8:2::/48"),
    "destination 2001:db8:f080::/41": lambda f: "DST_ADDR" in f and inside(f["DST_ADDR"], "2001:db8:f080::/41"),
    "destination ::/0": lambda f: "DST_ADDR" in f,
    "address 2001:db8:f000::/36": lambda f: any(
        k in f and inside(f[k], "2001:db8:f000::/36") for k in ("SRC_ADDR", "DST_ADDR")),
    "source-port 2": lambda f: f.get("SRC_PORT") == 2,
    "destination-port 443": lambda f: f.get("DST_PORT") == 443,
    "port 53": either("SRC_PORT", "DST_PORT", 53),
    "protocol UDP": lambda f: f["PROTOCOL"] == 17,
    "protocol 58 source-port 1 slot 0": lambda f: (f["PROTOCOL"], f.get("SRC_PORT"), f["slot"]) == (58, 1, 0),
    "source-interface lo": lambda f: f.get("INPUT_IF") == 1,
    "interface lo": either("INPUT_IF", "OUTPUT_IF", 1),
    "interface 77": either("INPUT_IF", "OUTPUT_IF", 77),
    "destination-interface lo": lambda f: f.get("OUTPUT_IF") == 1,
    "as 2": either("SRC_AS", "DST_AS", 2),
    "outbound": lambda f: f.get("DIRECTION") == 1,
    "inbound protocol tcp": lambda f: f.get("DIRECTION") == 0 and f["PROTOCOL"] == 6,
}


def test_filters():
    """each filter, alone and with others, has the flows that it should"""
    for options, wanted in FILTERS.items():
        have, want = run(options), [f for f in FLOWS if wanted(f)]
        assert want, options
        assert [identity(f) for f in have] == [identity(f) for f in want], options


def test_sort():
    """sorted by a total or a field, the first of all"""
    keys = {"bytes": lambda f: -f["octets"], "packets": lambda f: -f["packets"], "first": lambda f: f["first"],
            "last": lambda f: -f["last"], "duration": lambda f: f["first"] - f["last"],
            "source-port": lambda f: -f.get("SRC_PORT", -1),
            "source-address": lambda f: ipaddress.ip_address(f["SRC_ADDR"]).packed}
    for key, order in keys.items():
        want = sorted(FLOWS, key=lambda f: (order(f), -f["octets"], f["first"]))
        for limit, count in ("top 7", 7), ("", 100), ("limit 2000", 400):
            have = run("sort %s %s" % (key, limit))
            assert [identity(f) for f in have] == [identity(f) for f in want[:count]], (key, limit)
    assert "'all': flows that are sorted need a limit" in run("sort bytes all", 1)
    assert [identity(f) for f in run("top 3")] == [
        identity(f) for f in sorted(FLOWS, key=lambda f: (-f["octets"], f["first"]))[:3]]


def test_sort_by_any():
    """top N by every field that there is: numbers from the largest, addresses from the lowest"""
    p = subprocess.run([TOOL, "--complete", "show cache sort "], capture_output=True, text=True, check=True)
    keys = [key for key in p.stdout.split() if key not in ("bytes", "packets", "flows", "first", "last", "duration")]
    assert len(keys) >= 50, keys
    ours = {name.replace("_", "-"): field for field, name in KEYS.items()}
    assert set(ours) <= set(keys), set(ours) - set(keys)
    for key in keys:
        have = run("sort %s top 9" % key)
        assert len(have) == 9, key
        if key not in ours:
            continue
        field = ours[key]
        there = [f[field] for f in FLOWS if field in f]
        if field.endswith("ADDR"):
            want = sorted(there, key=lambda a: ipaddress.ip_address(a).packed)[:9]
        else:
            want = (sorted(there, reverse=True) + 9 * [None])[:9]
        shown = [f.get(KEYS[field]) for f in have]
        if field == "DIRECTION":
            shown = [("inbound", "outbound").index(value) for value in shown]
        assert shown == want, (key, shown, want)


def sums(flows, fields, extra=()):
    groups = {}
    for f in flows:
        key = tuple((KEYS[k], f[k]) for k in fields if k in f) + tuple(f[k] for k in extra)
        g = groups.setdefault(key, [0, 0, 0, 1 << 60, 0])
        g[:] = [g[0] + 1, g[1] + f["packets"], g[2] + f["octets"], min(g[3], f["first"]), max(g[4], f["last"])]
    return groups


def shown_sums(flows, fields, extra=()):
    groups = {}
    for f in flows:
        values = []
        for k in fields:
            value = f.get(KEYS[k])
            if k == "DIRECTION" and value is not None:
                value = ("inbound", "outbound").index(value)
            if value is not None:
                values.append((KEYS[k], value))
        key = tuple(values) + tuple(f[k] for k in extra)
        assert key not in groups, "a group twice: %s" % (key,)
        groups[key] = [f["flows"], f["packets"], f["bytes"], f["first_boot_ms"], f["last_boot_ms"]]
    return groups


def test_groups():
    """flows added up by fields: the sums are right, and their order"""
    for names, fields in (("source-address", ["SRC_ADDR"]), ("source-port,protocol", ["SRC_PORT", "PROTOCOL"]),
                          ("destination-as", ["DST_AS"]), ("tos", ["TOS"]), ("input-interface", ["INPUT_IF"])):
        have = run("by " + names)
        assert shown_sums(have, fields) == sums(FLOWS, fields), names
        assert [f["bytes"] for f in have] == sorted((f["bytes"] for f in have), reverse=True)
        assert not {"record", "slot", "cpu"} & set(have[0]), have[0]
    udp = [f for f in FLOWS if f["PROTOCOL"] == 17]
    have = run("protocol udp by source-address sort flows top 5")
    assert [f["flows"] for f in have] == sorted((g[0] for g in sums(udp, ["SRC_ADDR"]).values()), reverse=True)[:5]


def test_cpus():
    """by flow: what several CPUs have seen is one flow"""
    fields = list(KEYS)
    have = run("by flow")
    assert len(have) < len(FLOWS)
    assert shown_sums(have, fields, ("record", "slot")) == sums(FLOWS, fields, ("record", "slot"))


def test_table():
    """a table has its columns, and says how many more there are"""
    text = run("protocol udp by source-address,source-port top 4", json_too=False)
    assert len(text.splitlines()) == 6 and text.splitlines()[0].split()[-1] == "Duration", text
    assert "more: 'limit 40' shows more\n" in text, text
    assert run("slot 9", json_too=False) == "No flows in the cache.\n"
    assert run("slot 9") == []


def test_refusals():
    """wrong options are refused with what was expected"""
    for options, want in (("source 2001:db8::/129", "expected an IPv6 address or prefix"),
                          ("protocol 256", "expected a protocol"), ("port 65536", "expected a port"),
                          ("interface nowhere", "no such interface"), ("sort size", "expected bytes, packets"),
                          ("by source-port,source-port", "expected fields with commas"), ("by", "expected fields"),
                          ("top 0", "expected a number of flows"), ("record web origin", "expected")):
        assert want in run(options, 1), (options, run(options, 1))


def test_many():
    """5 000 groups"""
    global FILE
    replies, before = Replies(), FILE
    for n in range(5000):
        replies.flow(SRC_ADDR="2001:db8::%x:%x" % (n >> 12, n & 0xfff), packets=n + 1, octets=n)
    FILE = tempfile.NamedTemporaryFile()
    replies.write(FILE.name)
    assert [f["bytes"] for f in run("by source-address top 3")] == [4999, 4998, 4997]
    assert len(run("by source-address")) == 5000
    FILE = before


sys.exit(run_tests("cache", globals()))
