#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a terminal makes of listings: colours, width, detail; and --help.    terminal.py NETSTREAM_FAKE"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

from replies import N, healthy, nest, text, u8
from run_tests import run_tests

TOOL = sys.argv[1]
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "statements.c")
FILE = tempfile.NamedTemporaryFile()
STATE = tempfile.TemporaryDirectory()


def module():
    r = healthy()
    r.config([], [nest(N["A_INTERFACE"], text(N["IF_A_NAME"], "eth0"), u8(N["IF_A_INBOUND"], 1))])
    r.host("2001:db8:1234:5678:9abc:def0:1234:5678", state="NO_ROUTE", errno=101, lost_packets=5, queued=7)
    r.slot()
    r.option_template()
    r.flow(SRC_ADDR="2001:db8:1234:5678:9abc:def0:1234:5678", DST_ADDR="2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
           PROTOCOL=6, INPUT_IF=77, OUTPUT_IF=78, SRC_PORT=65535, DST_PORT=443, TOS=184, DIRECTION=0, TCP_FLAG=255)
    return r


module().write(FILE.name)


def environment(**more):
    env = dict(os.environ, NETSTREAM_FAKE=FILE.name, NETSTREAM_STATE_DIR=STATE.name, TERM="xterm", PAGER="cat")
    env.pop("NO_COLOR", None)
    env.update(more)
    return env


def piped(*argv, **env):
    p = subprocess.run([TOOL, *argv], capture_output=True, text=True, env=environment(**env),
                       stdin=subprocess.DEVNULL)
    assert p.returncode in (0, 1), (argv, p)
    return at_noon(p.stdout)


def at_noon(shown):
    """Times are reckoned from the machine's clocks, which differ by a millisecond now and then."""
    return re.sub(r"\b\d\d:\d\d:\d\d\.\d{3}\b", "12:00:00.000", shown)


def terminal(*argv, columns=80, **env):
    """The same on a terminal with so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    p = subprocess.Popen([TOOL, *argv], stdin=theirs, stdout=theirs, stderr=subprocess.STDOUT,
                         env=environment(**env))
    os.close(theirs)
    out = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:    # the other end is closed
            break
        if not part:
            break
        out += part
    os.close(ours)
    assert p.wait() in (0, 1), (argv, out)
    return at_noon(out.decode().replace("\r\n", "\n"))


def test_colours():
    """colours on a terminal, and nowhere else unless they are asked for"""
    for line in ("show hosts", "show statistics", "doctor", "show records"):
        assert "\x1b" in terminal(*line.split()), line
        assert "\x1b" not in piped(*line.split()), line
        assert re.sub(r"\x1b\[\d*m", "", terminal(*line.split(), columns=400)) == piped(*line.split()), line
    shown = terminal("show", "hosts")
    assert "\x1b[32mup\x1b[0m" in shown and "\x1b[31mno route\x1b[0m" in shown and "\x1b[1mHost\x1b[0m" in shown, shown
    assert "\x1b[32mThe accounts balance.\x1b[0m" in terminal("show", "statistics")
    hosts = "show", "hosts"
    assert "\x1b" not in terminal(*hosts, NO_COLOR="1")
    assert "\x1b" in terminal(*hosts, NO_COLOR="")
    assert "\x1b" not in terminal(*hosts, TERM="dumb")
    assert "\x1b" not in terminal(*hosts, "--color", "never")
    assert "\x1b" in terminal(*hosts, "--color", "auto")
    assert "\x1b" in piped(*hosts, "--color=always") and "\x1b" in terminal(*hosts, "--color=always", NO_COLOR="1")
    assert "\x1b" not in terminal(*hosts, "--json") and "\x1b" not in piped(*hosts, "--json", "--color=always")
    p = subprocess.run([TOOL, "--color", "sometimes", *hosts], capture_output=True, text=True, env=environment())
    assert p.returncode == 2 and "expected auto, always or never" in p.stderr, p


def test_filters():
    """a filter sees lines as they are without colours, and whole"""
    shown = terminal("-c", "show hosts | include (up|no route) +")
    assert "\x1b" not in shown and shown.count("\n") == 2, shown
    assert "\x1b" in terminal("-c", "show hosts | no-more")
    # a pager of which nothing is known gets plain text; less is told to show colours
    pager = os.path.join(STATE.name, "less")
    with open(pager, "w") as f:
        f.write("#!/bin/sh\nexec cat -v\n")
    os.chmod(pager, 0o700)
    path = STATE.name + ":" + os.environ["PATH"]
    assert "^[" not in terminal("show", "hosts", PAGER=pager)
    env = environment(PATH=path)
    del env["PAGER"]
    for less, colours in (("", False), ("-i", False), ("-iR", True), ("FRX", True)):
        ours = terminal_without_pager(env, LESS=less)
        assert ("^[[" in ours) == colours, (less, ours)
    assert "^[[" in terminal_without_pager(env)


def terminal_without_pager(env, **more):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    env = {k: v for k, v in dict(env, **more).items() if k != "LESS" or "LESS" in more}
    p = subprocess.Popen([TOOL, "show", "hosts"], stdin=theirs, stdout=theirs, env=env)
    os.close(theirs)
    out = b""
    try:
        while part := os.read(ours, 65536):
            out += part
    except OSError:
        pass
    os.close(ours)
    p.wait()
    return out.decode()


def test_width():
    """a table fits 80 columns of a terminal; what has no room is named, what matters stays"""
    for line, kept in (("show hosts", ("Host", "State")), ("show cache", ("Source", "Destination")),
                       ("show cache by source-address", ("Source", "Packets", "Bytes")),
                       ("show interfaces", ("Interface",)), ("show records", ("Record", "State")),
                       ("show templates", ("Record", "ID"))):
        lines = terminal(*line.split(), NO_COLOR="1").splitlines()
        table = [text for text in lines if not text.startswith("No room for: ")]
        # two addresses of full length leave no room for more
        assert max(map(len, table)) <= 80 or table[0].split() == ["Source"], (line, lines)
        assert all(k in table[0].split() or k == "Destination" for k in kept), (line, table[0])
        whole = piped(*line.split()).splitlines()[0]
        if len(table[0].split()) < len(whole.split()):
            assert lines[-1].startswith("No room for: ") and lines[-1].endswith("; 'detail' shows all"), lines
        assert terminal(*line.split(), NO_COLOR="1", columns=400).splitlines()[0] == whole, line
        # narrower terminals are not catered for
        assert terminal(*line.split(), NO_COLOR="1", columns=20) == "\n".join(lines) + "\n", line


def test_detail():
    """detail: each row a paragraph, with every value that the table has"""
    for line in "show hosts", "show cache", "show interfaces", "show records", "show templates":
        shown = piped(*line.split(), "detail")
        assert shown == re.sub(r"\x1b\[\d*m", "", terminal(*line.split(), "detail")), line
        table = piped(*line.split()).splitlines()
        paragraphs = shown.rstrip("\n").split("\n\n")
        assert len(paragraphs) == len(table) - 1, (line, shown)
        for paragraph, row in zip(paragraphs, table[1:]):
            values = [re.fullmatch(r"([^:]+): +(\S.*)", one).groups() for one in paragraph.splitlines()]
            assert [v for _, v in values] == [v for v in re.split(r"  +", row.strip()) if v != "-"], (paragraph, row)
    assert "No room" not in terminal("show", "hosts", "detail")


def syntaxes():
    """Those of the commands of the user view, as the source has them."""
    with open(SOURCE) as f:
        source = f.read()
    source = re.sub(r'FLOW_FILTER_SYNTAX', '" FILTER"', source[source.index("openings[] = {"):])
    source = re.sub(r'"\s*\n?\s*"', "", source[:source.index("const struct keyword")])
    return re.findall(r'\{ (?:USER|ANY), "([^"]*)"', source)


def test_help():
    """--help: each command has examples, and they can be typed"""
    all_of_them, blocks = syntaxes(), []
    assert len(all_of_them) > 40, all_of_them
    for first in sorted({s.split()[0].split("/")[0] for s in all_of_them}):
        p = subprocess.run([TOOL, first, "--help"], capture_output=True, text=True, env=environment())
        assert p.returncode == 0 and not p.stderr, (first, p)
        blocks += p.stdout.split("\n\n")[:-1]
    assert len(blocks) == len(all_of_them), (len(blocks), len(all_of_them))
    for block in blocks:
        lines = block.splitlines()
        examples = [line[4:] for line in lines[2:] if line.startswith("    ") and line[4] != " "]
        assert examples and lines[1].startswith("  ") and len(lines) == 2 + 2 * len(examples), block
        for example in examples:
            typed(example)
    general = piped("--help")
    assert general == piped("routes", "follow", "--help") and general.startswith("Usage: ")
    assert "--color" in general
    p = subprocess.run([TOOL, "nonsense", "--help"], capture_output=True, text=True, env=environment())
    assert p.returncode == 2 and "no such command" in p.stderr, p
    assert piped("dis", "ipv6", "netstream", "stat", "slot", "3", "--help") == piped("show", "statistics", "slot", "--help")


def typed(example):
    """An example is understood; what it would write outside of the test is not written."""
    if example.split()[-1] in ("save", "memory", "startup-config") or "save /" in example:
        return
    if example.startswith("netstream "):
        p = subprocess.run([TOOL + example[len("netstream"):]], shell=True, capture_output=True, text=True,
                           env=environment(), stdin=subprocess.DEVNULL)
    else:
        p = subprocess.run([TOOL, "--offline"], input=example + "\n", capture_output=True, text=True,
                           env=environment())
    assert p.returncode in (0, 1) and "expected" not in p.stderr and "Sanitizer" not in p.stderr, (example, p)


sys.exit(run_tests("terminal", globals()))
