#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Every command that prints JSON, against its schema.    schema.py NETSTREAM_FAKE"""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

from replies import N, healthy, ip6, nest, text, u8, u16, u32
from run_tests import run_tests
from schemas import available, misfits, schemas

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

TOOL = sys.argv[1]
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "statements.c")

# The commands, and the schema of what each prints.
COMMANDS = {
    "show configuration": "configuration",
    "show configuration all": "configuration",
    "show configuration candidate": "configuration",
    "show configuration compare": "changes",
    "show configuration compare rollback 0": "changes",
    "show configuration commit list": "commits",
    "show cache": "cache",
    "show cache by flow": "cache",
    "show cache by source-address": "cache",
    "show statistics": "statistics",
    "show statistics slot 3": "slot-statistics",
    "show netstream all": "configuration",
    "show netstream global": "view",
    "show netstream interface eth0": "view",
    "show this": "configuration",
    "show ipv6 netstream statistics interface eth0": "interfaces",
    "show ipv6 netstream export template": "export-templates",
    "show ipv6 netstream export template option": "export-option-templates",
    "show tech": "tech",
    "show hosts": "hosts",
    "show templates": "templates",
    "show records": "records",
    "show interfaces": "interfaces",
    "show monitors": "monitors",
    "show routes": "routes",
    "show routes statistics": "routes-statistics",
    "show version": "version",
    "monitor": "event",
    "doctor": "doctor",
}

# tables of routes are tried with the real module
NOT_FAKED = ("show routes", "show routes statistics")


def replies():
    r = healthy()
    r.config([u32(N["SYSTEM_A_TEMPLATE_TIMEOUT"], 1)],
             [nest(N["A_INTERFACE"], text(N["IF_A_NAME"], "eth0"), u8(N["IF_A_INBOUND"], 1)),
              nest(N["A_SLOT"], u8(N["SLOT_A_ID"], 3), text(N["SLOT_A_PORT"], "eth1"))])
    r.host("10.0.0.2", vrf="red", state="NO_ROUTE", errno=101, source=None, slot=3, in_slot=True)
    r.interface("eth1", sampler=("RANDOM_PACKETS", 100), monitors=[("web",), ("web", 1)])
    r.monitor("web", ("r", "original"), lost=2, entries=5000, full=4)
    r.monitor("all")
    r.host("10.0.0.3", monitor="web")
    r.template("web", monitor="web", number=258)
    r.flow(monitor="web", SRC_ADDR="2001:db8::1")
    r.flow(SRC_ADDR="2001:db8::1", DST_ADDR="2001:db8::2", PROTOCOL=6, INPUT_IF=2,
           SRC_PORT=80)
    r.slot()
    r.option_template()
    events(r)
    return r


def events(r):
    """One of each."""
    number = u32(N["A_GENERATION"], 8)
    host = [ip6(N["HOST_A_ADDR6"], "2001:db8::5"), u16(N["HOST_A_PORT"], 2055), text(N["HOST_A_VRF"], "red"),
            u8(N["HOST_A_SLOT"], 3), u8(N["HOST_A_VIEW_SLOT"], 3)]
    state = [u8(N["HOST_A_STATE"], N["HOST_NO_ROUTE"]), u32(N["HOST_A_ERRNO"], 101)]
    template = nest(N["A_TEMPLATE"], text(N["TEMPLATE_A_RECORD"], "web"), u8(N["TEMPLATE_A_SLOT"], 3),
                    u8(N["TEMPLATE_A_VERSION"], 9), u16(N["TEMPLATE_A_ID"], 1030))
    other = nest(N["A_TEMPLATE"], text(N["TEMPLATE_A_RECORD"], "original"), u8(N["TEMPLATE_A_SLOT"], 3),
                 u8(N["TEMPLATE_A_VERSION"], 9), u16(N["TEMPLATE_A_ID"], 1031))
    r.event("COMMIT", number)
    r.event("UNCONFIRMED", number, u32(N["A_CONFIRM"], 300))
    r.event("CONFIRMED", number)
    r.event("UNDONE", number)
    r.event("HOST", nest(N["A_HOST"], *host, *state))
    r.event("TEMPLATES", nest(N["A_HOST"], *host), template, other)
    r.event("TEMPLATES_AGAIN", nest(N["A_HOST"], *host), template)
    of_monitor = [*host[:3], text(N["HOST_A_MONITOR"], "web")]
    r.event("HOST", nest(N["A_HOST"], *of_monitor, u8(N["HOST_A_STATE"], N["HOST_UP"])))
    r.event("TEMPLATES", nest(N["A_HOST"], *of_monitor), nest(
        N["A_TEMPLATE"], text(N["TEMPLATE_A_RECORD"], "r"), text(N["TEMPLATE_A_MONITOR"], "web"),
        u8(N["TEMPLATE_A_VERSION"], 10), u16(N["TEMPLATE_A_ID"], 1032)))
    r.event("INTERFACE", nest(N["A_INTERFACE"], text(N["IF_A_NAME"], "eth0"), u32(N["IF_A_IFINDEX"], 2),
                              u8(N["IF_A_INBOUND"], 1), u8(N["IF_A_OUTBOUND"], 0)))
    r.event("CACHE_FULL", max_flows=1000)
    r.event("CACHE_ROOM", max_flows=1000)
    r.event("SUPPRESSED", suppressed=12)


def shown(*lines, module=None, options=()):
    with tempfile.TemporaryDirectory() as d:
        env = dict(os.environ, NETSTREAM_STATE_DIR=d)
        if module:
            module.write(d + "/replies")
            env["NETSTREAM_FAKE"] = d + "/replies"
        p = subprocess.run([TOOL, *options], input="\n".join(lines) + "\n", capture_output=True,
                           text=True, env=env)
    assert p.returncode in (0, 1) and not re.search("expected|Sanitizer", p.stderr), (lines, p)
    return p.stdout


def value_of(command, module=None):
    """What the command prints."""
    if "rollback" in command or "commit list" in command:
        out = shown("system-view", "ipv6 netstream timeout inactive 7", "commit label x",
                    "ipv6 netstream timeout inactive 8", command + " --json", "discard", options=["--offline"])
    else:
        out = shown(command + " --json", module=module or replies())
    if command == "monitor":
        return [json.loads(line) for line in out.splitlines()]
    return json.loads(out, object_pairs_hook=unique)


def unique(pairs):
    """An object, no key of which is there twice."""
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), keys
    return dict(pairs)


def faked():
    """Each command that can be faked, its schema and what it prints."""
    return [(command, name, value_of(command)) for command, name in COMMANDS.items() if command not in NOT_FAKED]


def each_shown():
    """The same, with each line of events by itself."""
    for command, name, value in faked():
        for one in value if command == "monitor" else [value]:
            yield command, name, one


def test_shown():
    """what each command prints fits its schema"""
    if not available():
        return "skip"
    for command, name, value in each_shown():
        assert value or command == "show configuration compare", "%s: prints nothing" % command
        wrong = misfits(name, value)
        assert not wrong, "%s: %s" % (command, wrong)


def test_names():
    """any name that the kernel allows is a string, and is what it was"""
    names = ['e"0', "e\\1", "a\x7fb", "\u00e9t\u00e9", "\x01\x1f", "<&'>"]
    r = healthy()
    for index, name in enumerate(names):
        r.interface(name, index=10 + index)
    shown_names = [i["interface"] for i in json.loads(shown("show interfaces --json", module=r))]
    assert shown_names[1:] == names, shown_names


def test_everything():
    """a configuration with every statement fits, and so do its changes"""
    if not available():
        return "skip"
    from t09_tool import EVERYTHING
    lines = (EVERYTHING + ROUTES).splitlines()
    for command, name in (("show configuration candidate", "configuration"),
                          ("show configuration compare", "changes")):
        out = shown("system-view", *lines, command + " --json", "discard", options=["--offline"])
        wrong = misfits(name, json.loads(out))
        assert not wrong, wrong


# every statement of the routes view: the kernel may lack what the keys need, so it is not in EVERYTHING
ROUTES = """routes
 neighbor 2001:db8::1 remote-as 4200000000 local-as 2 port 1179 source 2001:db8::2 password unseen
 neighbor 10.0.0.1 remote-as 1 local-as 2 tcp-ao 7 unseen hold-time 20 preference 50 passive vpn-instance red
 bmp listen :: 1790 vpn-instance red
 stale-time 60
 other-loader yield
 router-id 10.9.8.7
 quit
"""


def changed(name, value):
    """The value without a key that its schema requires, and with one of another type."""
    schema = schemas()[name]
    key = sorted(schema.get("items", schema)["required"])[0]
    for how in ("gone", "type"):
        other = copy.deepcopy(value)
        inner = other[0] if isinstance(other, list) else other
        if how == "gone":
            del inner[key]
        else:
            inner[key] = [inner[key], {}]
        yield key, how, other


def test_misfits():
    """what lacks a key or has another type does not fit"""
    if not available():
        return "skip"
    for command, name, value in each_shown():
        for key, how, other in changed(name, value) if value else ():
            assert misfits(name, other), (command, key, how)


def test_events():
    """each event is a line of text, with what it is about"""
    out = shown("monitor", module=replies()).splitlines()
    at = r"2025-11-2\dT\d\d:\d\d:00\.123[+-]\d\d:\d\d "
    host = r"2001:db8::5 2055 vpn-instance red of slot 3"
    expected = ["commit 8", r"unconfirmed 8: will be undone in 300 s", "confirmed 8",
                "undone: 8 is what was confirmed last", "host %s no route" % host,
                r"templates to %s slot 3 version 9: web 1030, original 1031" % host,
                r"templates-again to %s slot 3 version 9: web 1030" % host,
                r"host 2001:db8::5 2055 vpn-instance red of monitor web up",
                r"templates to 2001:db8::5 2055 vpn-instance red of monitor web monitor web version ipfix: r 1032",
                r"interface eth0 \(2\) metered inbound", "cache-full of 1000 flows",
                "cache-room of 1000 flows", "suppressed 12 events: there were too many"]
    assert len(out) == len(expected), out
    for line, pattern in zip(out, expected):
        assert re.fullmatch(at + pattern, line), (line, pattern)


def test_complete():
    """each statement with --json has a schema, and each schema a statement"""
    with open(SOURCE) as f:
        source = re.sub(r'"\s*\n?\s*(FLOW_FILTER_SYNTAX)?\s*"', "", f.read())
    syntaxes = [s for s in re.findall(r'\{ \w+, "([^"]*)"', source) if "--json" in s]
    assert len(syntaxes) >= 12, syntaxes
    for s in syntaxes:
        # of alternatives the last, without what it takes
        words = re.sub(r"\{(?:[^{}|]*\|)*(\w+)[^{}]*\}", r"\1", s.replace("[ipv6 netstream] ", ""))
        while words != (less := re.sub(r"\[[^][]*\]|\{[^{}]*\}|/\S+|<[^>]*>", "", words)):
            words = less
        words = words.split()
        assert any(c.split()[:len(words)] == words or c.split() == words for c in COMMANDS), (s, words)
    assert set(schemas()) == set(COMMANDS.values()), set(schemas()) ^ set(COMMANDS.values())
    for name, schema in schemas().items():
        assert schema["$id"] == "netstream:1/" + name and schema["title"], name
    assert json.loads(shown("show version --json", options=["--offline"]))["schema"] == 1


if __name__ == "__main__":
    sys.exit(run_tests("schema", globals()))
