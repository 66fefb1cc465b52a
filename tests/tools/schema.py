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

from replies import N, healthy, nest, text, u32, u8
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
    "show hosts": "hosts",
    "show templates": "templates",
    "show records": "records",
    "show interfaces": "interfaces",
    "show routes": "routes",
    "show routes statistics": "routes-statistics",
    "show version": "version",
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
    r.interface("eth1", sampler=("RANDOM_PACKETS", 100))
    r.flow(SRC_ADDR="2001:db8::1", DST_ADDR="2001:db8::2", PROTOCOL=6, INPUT_IF=2,
           SRC_PORT=80)
    return r


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
    return json.loads(out)


def faked():
    """Each command that can be faked, its schema and what it prints."""
    return [(command, name, value_of(command)) for command, name in COMMANDS.items() if command not in NOT_FAKED]


def test_shown():
    """what each command prints fits its schema"""
    if not available():
        return "skip"
    for command, name, value in faked():
        assert value or command == "show configuration compare", "%s: prints nothing" % command
        wrong = misfits(name, value)
        assert not wrong, "%s: %s" % (command, wrong)


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
    for command, name, value in faked():
        for key, how, other in changed(name, value) if value else ():
            assert misfits(name, other), (command, key, how)


def test_complete():
    """each statement with --json has a schema, and each schema a statement"""
    with open(SOURCE) as f:
        source = re.sub(r'"\s*\n?\s*(FLOW_FILTER_SYNTAX)?\s*"', "", f.read())
    syntaxes = [s for s in re.findall(r'\{ \w+, "([^"]*)"', source) if "--json" in s]
    assert len(syntaxes) >= 12, syntaxes
    for s in syntaxes:
        words = s.replace("[ipv6 netstream] ", "")
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
