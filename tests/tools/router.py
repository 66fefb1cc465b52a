#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Words and listings that an engineer brings from routers; versions.    router.py NETSTREAM_FAKE"""
import json
import os
import subprocess
import sys
import tempfile

from replies import N, healthy, nest, text, u32, u8
from run_tests import run_tests

TOOL = sys.argv[1]


def run(*lines, status=0, replies=None, options=()):
    with tempfile.NamedTemporaryFile() as f:
        env = dict(os.environ)
        if replies:
            replies.write(f.name)
            env["NETSTREAM_FAKE"] = f.name
        options = [*options] if replies else [*options, "--offline"]
        p = subprocess.run([TOOL, *options, *[w for line in lines for w in ("-c", line)]],
                           capture_output=True, text=True, env=env)
    assert p.returncode == status, (lines, p)
    return p.stderr if status else p.stdout


def configured():
    r = healthy()
    r.config([u32(N["SYSTEM_A_TEMPLATE_TIMEOUT"], 1)],
             [nest(N["A_INTERFACE"], text(N["IF_A_NAME"], "eth0"), u8(N["IF_A_INBOUND"], 1)),
              nest(N["A_SLOT"], u8(N["SLOT_A_ID"], 3), text(N["SLOT_A_PORT"], "eth1"))])
    r.template("web", sent=7, failed=2)
    return r


def test_case():
    """keywords in upper and lower case, also abbreviated; names keep theirs"""
    out = run("SYSTEM-VIEW", "IPv6 NetStream Timeout Inactive 7", "INT Eth0", "IPV6 NETSTREAM INB", "RETURN", "COMMIT",
              "DISPLAY CURRENT-CONFIGURATION")
    assert "ipv6 netstream timeout inactive 7\n" in out and "interface Eth0\n ipv6 netstream inbound\n" in out, out
    p = subprocess.run([TOOL, "--offline"], input="SHOW CONF?\n", capture_output=True, text=True)
    assert "configuration" in p.stdout, p


def test_end_and_abort():
    """end keeps the candidate, abort gives it up; both return to the user view"""
    change = "ipv6 netstream timeout inactive 7"
    out = run("system-view", change, "slot 1", "end", "show configuration compare", "commit")
    assert out == "+ %s\n" % change, out
    assert run("system-view", change, "slot 1", "abort", "show configuration compare", "system-view", "quit") == ""
    assert run("abort") == ""
    assert "belongs to the user view" in run("system-view", "end", "system-view", "abort", "system-view", "save",
                                             status=1)


def test_all():
    """show configuration all: with defaults, and input again that makes the same"""
    plain = run("show configuration")
    whole = run("show configuration all")
    assert set(plain.splitlines()) < set(whole.splitlines()), whole
    for line in ("ipv6 netstream export version 9", "ipv6 netstream timeout active 30", "ipv6 netstream timeout tcp-session 2",
                 "ipv6 netstream export template option sampler", "undo ipv6 netstream export template option vrf"):
        assert line in whole.splitlines(), line
    lines = ["ipv6 netstream timeout active 7", "ipv6 netstream export version ipfix",
             "ipv6 netstream export source 10.0.0.1"]
    out = run("system-view", *lines, "return", "commit", "show configuration all")
    assert "timeout active 7\n" in out and "export version ipfix\n" in out and "source 10.0.0.1 40000\n" in out, out
    assert "timeout active 30" not in out and "version 9" not in out
    with tempfile.NamedTemporaryFile("w") as f:
        f.write(out)
        f.flush()
        again = run("commit", "show configuration all", options=["-f", f.name])
    assert again == out, again
    system = json.loads(run("show configuration all --json"))["system"]
    assert system["active_seconds"] == 1800 and system["option_sampler"] is True, system


def test_version():
    """show version: tool, module, kernel"""
    lines = dict(line.split(": ", 1) for line in run("show version").splitlines())
    assert set(lines) == {"netstream", "module", "kernel"} and os.uname().release in lines["kernel"], lines
    reply = json.loads(run("display version --json"))
    assert reply["netstream"] == lines["netstream"] and reply["kernel"] == os.uname().release, reply
    p = subprocess.run([TOOL, "--version"], capture_output=True, text=True)
    assert p.stdout.split()[1] == reply["netstream"], p


def test_tech():
    """show tech: everything, each part below its command, also what cannot be shown"""
    out = run("show tech", replies=configured())
    titles = [line for line in out.splitlines() if line.startswith("===== ")]
    assert len(titles) == 9 and titles[0] == "===== show version =====", titles
    for words in ("The accounts balance.", "2001:db8::5", "ipv6 netstream export template timeout-rate 1", "eth0",
                  "No flows in the cache."):
        assert words in out, words
    assert run("show tech").count("not with --offline") == 7, run("show tech")
    assert run("show tech | count", replies=configured()).startswith("Total lines: ")
    whole = json.loads(run("show tech --json", replies=configured()))
    assert list(whole)[0] == "show version" and len(whole) == 9, list(whole)
    assert whole["show statistics"]["balanced"] and whole["show cache top 20"] == [], whole
    assert "offline" in json.loads(run("show tech --json"))["show hosts"]["refused"]


def test_model_listings():
    """display netstream, statistics of an interface, templates, laid out as on the router"""
    r = configured()
    everything = run("display netstream all", replies=r)
    assert everything == ("system\n ipv6 netstream export template timeout-rate 1\nslot 3\n port eth1\n"
                          "interface eth0\n ipv6 netstream inbound\n"), everything
    assert run("dis netstream global", replies=r) == "system\n ipv6 netstream export template timeout-rate 1\n"
    assert run("display netstream interface eth0", replies=r) == "interface eth0\n ipv6 netstream inbound\n"
    assert run("display netstream interface eth9", replies=r) == ""
    assert run("display netstream all") == ""
    out = run("display ip netstream statistics interface eth0", replies=r)
    assert out.splitlines()[1:3] == [" Inbound:", "   IPV6  :100000 Bytes, 1000 Packets"], out
    assert out == run("display ipv6 netstream statistics interface eth0", replies=r)
    assert "'eth9': this interface is not metered" in run("display ip netstream statistics interface eth9", replies=r,
                                                          status=1)
    out = run("display ipv6 netstream export template", replies=r)
    assert [line.split() for line in out.splitlines()] == [
        ["TemplateName", "Success", "Failed"], ["Origin", "4", "0"], ["Record", "web(system)", "7", "2"]], out


def test_monitors():
    """display ipv6 netstream monitor, with all or a name"""
    r = configured()
    r.monitor("m")
    r.monitor("n")
    both = run("display ipv6 netstream monitor all", replies=r)
    assert [w for w in ("Monitor m:", "Monitor n:") if w in both] == ["Monitor m:", "Monitor n:"], both
    assert both == run("display ipv6 netstream monitor", replies=r) == run("show monitors", replies=r)
    assert "Monitor m:" not in run("display ipv6 netstream monitor n", replies=r)


def test_slot_statistics():
    """display ipv6 netstream statistics slot, laid out as on the router"""
    r = configured()
    r.slot()
    out = run("display ipv6 netstream statistics slot 3", replies=r)
    lines = [line.split() for line in out.splitlines()]
    assert out.startswith(" Netstream statistic information on slot 3:\n"), out
    assert max(map(len, out.splitlines())) <= 80, out
    # of lengths the packet path counts nothing, which the router shows as ---
    assert ["65", "~", "128", ":", "---", "IPV6", ":", "800"] in lines, out
    assert ["longer", "than", "1500", ":", "---"] in lines and ["513", "~", "1024", ":", "---", "Total", ":", "800"] in lines
    rows = lines[lines.index(["Created", "Streams", "Exported", "Packets", "Exported", "Streams"]) + 2:]
    assert rows == [["origin", "2", "6"], ["8", "3", "5"], ["system:", "web", "1", "9"], ["10", "4", "8"],
                    ["all-aggre", "1", "9"], ["10", "4", "8"]], rows
    assert out == run("show statistics slot 3", replies=r)
    value = json.loads(run("show statistics slot 3 --json", replies=r))
    assert value["inbound"] == {"seen": 900, "packets": 800, "bytes": 80000} and value["slot"] == 3, value
    assert value["records"][1] == {"record": "web", "current_flows": 1, "ended_flows": 9, "created_flows": 10,
                                   "exported_packets": 4, "exported_flows": 8}, value
    assert "expected a slot number" in run("display ipv6 netstream statistics slot 256", replies=r, status=1)
    assert run("reset ipv6 netstream cache slot 3", "reset cache slot 0", "reset cache", replies=r) == ""
    for line, expected in (("reset cache slot x", "expected a slot number (0-255)"),
                           ("reset statistics slot 3", "expected end of line")):
        p = subprocess.run([TOOL, "--offline"], input=line + "\n", capture_output=True, text=True)
        assert p.returncode == 1 and expected in p.stderr, p


def test_option_templates():
    """display ipv6 netstream export template option"""
    r = configured()
    r.option_template()
    r.option_template("interface", version=10, number=1041, sent=9, failed=0)
    out = run("display ipv6 netstream export template option", replies=r)
    assert [line.split() for line in out.splitlines()] == [
        ["TemplateName", "Success", "Failed"], ["Option", "sampler", "(9)", "3", "1"],
        ["Option", "interface", "(ipfix)", "9", "0"]], out
    value = json.loads(run("display ip netstream export template option --json", replies=r))
    assert value[0] == {"template": "sampler", "id": 1040, "version": "9", "success": 3, "failed": 1}, value
    value = json.loads(run("display ip netstream export template --json", replies=r))
    assert [t["template"] for t in value] == ["Origin", "Record web(system)"], value


def test_views_in_json():
    """display netstream and display this in JSON: the view and nothing else"""
    r = configured()
    r.config([], [])
    value = json.loads(run("display netstream global --json", replies=configured()))
    assert set(value) == {"generation", "system", "hosts"} and value["system"]["template_timeout_minutes"] == 1, value
    value = json.loads(run("display netstream interface eth0 --json", replies=configured()))
    assert [i["interface"] for i in value["interfaces"]] == ["eth0"] and "system" not in value, value
    assert json.loads(run("display netstream interface eth9 --json", replies=configured()))["interfaces"] == []
    whole = json.loads(run("display netstream all --json", replies=configured()))
    assert whole == json.loads(run("show configuration --json", replies=configured())), whole
    for view, statement, key in (("slot 3", "port eth1", "slots"), ("ipv6 netstream record x", "match protocol", "records"),
                                 ("interface eth0", "ipv6 netstream inbound", "interfaces")):
        value = json.loads(run("system-view", view, statement, "display this --json", "abort"))
        assert len(value[key]) == 1 and set(value) == {"generation", key}, value
    value = json.loads(run("display ip netstream statistics interface eth0 --json", replies=configured()))
    assert [i["interface"] for i in value] == ["eth0"] and value[0]["inbound"]["packets"] == 1000, value


def test_model_cache():
    """display ipv6 netstream cache flexflowtpl and origin, with the model's filters"""
    r = configured()
    r.flow("web", slot=0, SRC_ADDR="2001:db8::1", PROTOCOL=6, SRC_PORT=5)
    r.flow("web", slot=1, SRC_ADDR="2001:db8::1", PROTOCOL=17, SRC_PORT=5)
    for line, count in (("cache flexflowtpl web slot 0", 1), ("cache flexflowtpl web", 2),
                        ("cache origin source-ipv6 2001:db8::1 source-port 5 protocol udp slot 1", 1)):
        out = run("display ipv6 netstream " + line, replies=r, options=["--json"])
        assert len(json.loads(out)) == count, (line, out)


sys.exit(run_tests("router", globals()))
