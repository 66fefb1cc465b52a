#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""netstream doctor, and the warnings of a commit.    doctor.py NETSTREAM_FAKE"""
import json
import os
import re
import subprocess
import sys
import tempfile

from replies import HERE, N, Replies, attached, flag, ip6, nest, sampler_nest, text, u16, u32, u8
from run_tests import run_tests

TOOL = sys.argv[1]
FOUND = set()


def run(replies, *command, nft="exit 0", links="", clock="kept", filters="", routes=0):
    """Exit status and output, with an nft of ours."""
    with tempfile.TemporaryDirectory() as tmp:
        env = dict(os.environ, PATH=tmp + ":" + os.environ["PATH"], NETSTREAM_FAKE_LINKS=links,
                   NETSTREAM_FAKE_FILTER=filters, NETSTREAM_FAKE_OFFLOADED_ROUTES=str(routes))
        env.pop("NETSTREAM_FAKE", None)
        if clock == "free":
            env["NETSTREAM_FAKE_CLOCK"] = clock
        if replies:
            env["NETSTREAM_FAKE"] = os.path.join(tmp, "replies")
            replies.write(env["NETSTREAM_FAKE"])
        with open(os.path.join(tmp, "nft"), "w") as f:
            f.write("#!/bin/sh\n%s\n" % nft)
        os.chmod(f.name, 0o755)
        p = subprocess.run([TOOL, *command], capture_output=True, text=True, env=env)
    assert p.returncode in (0, 1) and not p.stderr, p
    return p.returncode, p.stdout


def findings(replies, **how):
    status, out = run(replies, "doctor", "--json", **how)
    found = json.loads(out)
    assert status == bool(found), (status, found)
    FOUND.update(f["finding"] for f in found)
    return [(f["finding"], f["text"], f["mend"]) for f in found]


def only(replies, finding, words, mend, **how):
    """There is this finding and no other."""
    found = findings(replies, **how)
    assert [f[0] for f in found] == [finding], found
    assert words in found[0][1] and mend in found[0][2], found


def item(field, width=0):
    return u16(N["ITEM_A_FIELD"], N["FIELD_" + field]) + (u8(N["ITEM_A_WIDTH"], width) if width else b"")


def record(name, match, collect):
    return nest(N["A_RECORD"], text(N["RECORD_A_NAME"], name),
                *[nest(N["RECORD_A_MATCH"], item(f)) for f in match],
                *[nest(N["RECORD_A_COLLECT"], item(*f)) for f in collect])


GOOD = record("r", ["SRC_ADDR", "INPUT_IF"], [("PACKETS", 64), ("FIRST",), ("LAST",)])


def view(name, inbound=None, outbound=None):
    body = [text(N["IF_A_NAME"], name)]
    body += [u8(N["IF_A_INBOUND"], inbound)] if inbound is not None else []
    body += [u8(N["IF_A_OUTBOUND"], outbound)] if outbound is not None else []
    return nest(N["A_INTERFACE"], *body)


def module(system=(), views=(), hosts=True, interfaces=True, templates=True, records=True):
    r = Replies()
    r.config(system, views)
    r.stats()
    if hosts:
        r.host()
    if interfaces:
        r.interface()
    if templates:
        r.template()
    if records:
        r.record()
    return r


def test_well():
    """a module that is well: nothing, status 0"""
    assert findings(module(views=[GOOD, view("eth0", 1)], system=[text(N["SYSTEM_A_APPLY"], "r")])) == []
    assert run(module(), "doctor") == (0, "Nothing is wrong.\n")
    only(module(hosts=False), "host-none", "no collector", "ipv6 netstream export host")
    status, out = run(module(hosts=False), "doctor")
    assert (status, out) == (1, "1. no collector is configured\n   mend: ipv6 netstream export host "
                                "ipv6 ADDRESS PORT\n"), out
    assert run(module(hosts=False), "-c", "doctor")[0] == 1
    assert run(module(), "-c", "doctor | count")[1] == "Total lines: 1\n"


def test_module():
    """the module is not loaded"""
    only(None, "module", "not loaded", "modprobe netstream")


def test_hosts():
    """each state of a collector, what is refused, filtered and too big"""
    for state, words, mend in (
            ("NO_SOURCE", "no source", "ipv6 netstream export source ipv6 ADDRESS"),
            ("NO_ADDRESS", "source address missing", "ip address add 2001:db8::1 dev"),
            ("NO_VRF", "no VRF", "ip link add red type vrf table"),
            ("NO_ROUTE", "no route", "ip -6 route add 2001:db8::5 via GATEWAY vrf red"),
            ("MANAGEMENT", "management interface", "undo management-interface"),
            ("UNREACHABLE", "unreachable", "start the collector"),
            ("FILTERED", "filtered", "accept UDP from port 40000 to 2001:db8::5 port 2055"),
            ("ERROR", "Input/output error", "dmesg")):
        r = module(hosts=False)
        r.host(state=state, vrf="red", errno=5 if state == "ERROR" else 0)
        only(r, "host-state", "collector ipv6 2001:db8::5 2055 vpn-instance red: " + words, mend)
    r = module(hosts=False)
    r.host(address="10.0.0.9", state="NO_ROUTE", source=None)
    only(r, "host-state", "collector 10.0.0.9 2055: no route", "ip route add 10.0.0.9 via")
    for count, finding, words in (("refused_packets", "host-refuses", "nobody listened for at least 3 packets"),
                                  ("filtered", "host-filtered", "has dropped 3 packets"),
                                  ("too_big", "host-mtu", "3 packets were larger")):
        r = module(hosts=False)
        r.host(**{count: 3})
        only(r, finding, words, "")
    r = module(hosts=False)
    r.host(state="IDLE")
    assert findings(r) == []


def test_interfaces():
    """no interface, one that is missing, no packet seen, none metered"""
    only(module(interfaces=False), "interface-none", "no interface is metered", "interface all; ipv6 netstream inbound")
    r = module()
    r.interface("eth9", 0)
    only(r, "interface-missing", "interface eth9 does not exist", "undo interface eth9")
    r = module(interfaces=False)
    r.interface(seen=(0, 0), packets=(0, 0))
    only(r, "nothing-seen", "no IPv6 packet", "show interfaces")
    r = module(interfaces=False)
    r.interface(seen=(7, 0), packets=(0, 0), sampler=("FIX_PACKETS", 1000))
    only(r, "nothing-metered", "none of 7 packets", "sampler")


def test_records():
    """records not in effect, not applied, without times or interfaces, narrow counters"""
    r = module(records=False, views=[GOOD], system=[text(N["SYSTEM_A_APPLY"], "r")])
    r.record("r", "NOT_IN_EFFECT")
    only(r, "record-inert", "record r is applied and not in effect", "ipv6 netstream export version 9")
    only(module(views=[GOOD]), "record-unused", "none is applied", "ipv6 netstream apply record r")
    apply = [text(N["SYSTEM_A_APPLY"], "r")]
    for match, collect, words, mend in (
            (["INPUT_IF"], [("PACKETS", 64)], "no times of", "collect first switched; collect last switched"),
            (["SRC_ADDR"], [("FIRST",), ("LAST",)], "no interfaces", "match input interface"),
            (["SRC_ADDR"], [("FIRST",)], "no times and interfaces", "match input interface; collect first")):
        only(module(apply, [record("r", match, collect)]), "record-bare", "record r has " + words, mend)
    only(module(apply, [record("r", ["OUTPUT_IF"], [("FIRST",), ("LAST",), ("PACKETS", 16)])]), "counter-narrow",
         "collect input packets 16", "collect input packets 64")


def test_export():
    """templates not sent, sequence of flows, sampling that is not announced"""
    r = module(templates=False)
    r.template("web", sent=0)
    only(r, "template-unsent", "template of record web has not been sent", "refresh template")
    slot = nest(N["A_SLOT"], u8(N["SLOT_A_ID"], 3), flag(N["SLOT_A_SEQUENCE_FLOW"]))
    only(module(views=[slot]), "sequence-flow", "slot 3: ip netstream export sequence-mode flow",
         "slot 3; undo ip netstream export sequence-mode flow")
    off = u8(N["SYSTEM_A_OPTION_SAMPLER"], 0)
    sampler = sampler_nest("SYSTEM_A_SAMPLER", "FIX_PACKETS", 1000)
    only(module([off, sampler]), "sampling-hidden", "not told", "ipv6 netstream export template option sampler")
    assert findings(module([sampler])) == []
    assert findings(module([off, sampler_nest("SYSTEM_A_SAMPLER", "FIX_PACKETS", 1)])) == []
    own = nest(N["A_INTERFACE"], text(N["IF_A_NAME"], "eth0"), sampler_nest("IF_A_SAMPLER", "FIX_TIME", 5))
    only(module([off], [own]), "sampling-hidden", "not told", "option sampler")


def monitor(name, hosts=1):
    host = nest(N["MONITOR_A_HOST"], ip6(N["HOST_A_ADDR6"], "2001:db8::6"), u16(N["HOST_A_PORT"], 2055))
    return nest(N["A_MONITOR"], text(N["MONITOR_A_NAME"], name), *[host] * hosts)


def watched(name, by):
    return nest(N["A_INTERFACE"], text(N["IF_A_NAME"], name), attached(by))


def test_monitors():
    """a monitor without a collector, one that is attached nowhere, one whose template is not sent"""
    assert findings(module(views=[monitor("m"), watched("eth0", "m")])) == []
    only(module(views=[monitor("m", 0), watched("eth0", "m")]), "monitor-host", "monitor m has no collector",
         "ipv6 netstream monitor m; ipv6 netstream export host")
    only(module(views=[monitor("m")]), "monitor-unused", "monitor m is attached to no interface",
         "ipv6 netstream monitor m inbound")
    r = module(interfaces=False, views=[monitor("m"), watched("eth0", "m")])
    r.interface(inbound=False, monitors=[("m",)])
    assert findings(r) == []
    r = module(views=[monitor("m"), watched("eth0", "m")])
    r.template(sent=0, monitor="m")
    only(r, "template-unsent", "monitor m: the template of record original", "refresh template")


def test_twice():
    """both directions, tunnels beside what carries them, flowtables"""
    only(module(views=[view("eth0", 1, 0), view("eth1", 0, 1)]), "both-directions",
         "inbound (interface eth0) and outbound (interface eth1)", "interface eth1; undo ipv6 netstream outbound")
    assert findings(module(views=[view("eth0", 1, 0), view("eth1", 1)])) == []
    r = module()
    r.interface("gre1", 7)
    links = "lo=,eth0=,gre1=ip6gre,gre2=ip6gre,br0=bridge"
    only(r, "metered-twice", "interface gre1 (ip6gre)", "interface gre1; undo", links=links)
    assert findings(module(), links=links) == []
    nft = "cat <<'E'\ntable inet filter {\n\tflowtable fast {\n\t\thook ingress priority filter\n\t}\n}\nE"
    only(module(), "bypass", "flowtable fast of table inet filter forwards", "nft delete flowtable inet filter fast", nft=nft)
    assert findings(module(), nft="echo 'table inet filter {'; echo '}'") == []
    assert findings(module(), nft="exit 127") == []


def test_hardware():
    """filters and routes in hardware"""
    only(module(), "bypass", "hardware of interface eth0 applies flower filters of tc",
         "tc filter show dev eth0 ingress", filters="eth0=flower")
    assert findings(module(), filters="eth1=flower") == []
    only(module(), "bypass", "by 3 IPv6 routes", "marked offload", routes=3)


def test_clock():
    """a clock that nobody keeps right"""
    only(module(), "clock", "clock is not synchronized", "set-ntp true", clock="free")


def test_several():
    """several findings, in order, in words and in JSON alike"""
    r = module(hosts=False, views=[view("all", 1, 1)])
    r.host(state="NO_ROUTE")
    r.host(address="2001:db8::6", state="NO_SOURCE", refused_packets=2)
    found = findings(r)
    assert [f[0] for f in found] == ["host-state", "host-state", "host-refuses", "both-directions"], found
    want = "".join("%d. %s\n   mend: %s\n" % (i + 1, f[1], f[2]) for i, f in enumerate(found))
    assert run(r, "doctor") == (1, want)


def test_commit():
    """a commit warns of the same mistakes, of each once, in the same words"""
    lines = ["ipv6 netstream record r", "match source address", "collect input packets 16", "quit",
             "ipv6 netstream apply record r", "slot 3", "ip netstream export sequence-mode flow", "quit",
             "ipv6 netstream sampler fix-packets 1000 inbound",
             "undo ipv6 netstream export template option sampler",
             "interface all", "ipv6 netstream inbound", "ipv6 netstream outbound", "commit",
             "ipv6 netstream sampler fix-packets 2000 outbound", "commit"]
    p = subprocess.run([TOOL, "--offline", *[w for line in lines for w in ("-c", line)]], capture_output=True, text=True)
    assert p.returncode == 0, p
    warned = p.stderr.splitlines()
    assert len(warned) == 5 and all(w.startswith("warning: ") for w in warned), warned
    slot = nest(N["A_SLOT"], u8(N["SLOT_A_ID"], 3), flag(N["SLOT_A_SEQUENCE_FLOW"]))
    r = module([text(N["SYSTEM_A_APPLY"], "r"), u8(N["SYSTEM_A_OPTION_SAMPLER"], 0),
                sampler_nest("SYSTEM_A_SAMPLER", "FIX_PACKETS", 1000)],
               [record("r", ["SRC_ADDR"], [("PACKETS", 16)]), slot, view("all", 1, 1)])
    assert ["warning: " + f[1] for f in findings(r)] == warned, (findings(r), warned)


def test_page():
    """each finding is explained, and each was provoked here"""
    with open(os.path.join(HERE, "..", "..", "docs", "doctor.md")) as f:
        page = set(re.findall(r"^\| `([a-z-]+)` \|", f.read(), re.M))
    with open(os.path.join(HERE, "..", "..", "tools", "finding.c")) as f:
        kinds = set(re.findall(r'\[FINDING_\w+\]\s*= "([a-z-]+)"', f.read()))
    assert len(kinds) > 15 and page == kinds == FOUND, (page ^ kinds, kinds ^ FOUND)


sys.exit(run_tests("doctor", globals()))
