#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""show statistics --prometheus, its alerts and its dashboard.    metrics.py NETSTREAM_FAKE"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from replies import Replies, HERE, healthy
from run_tests import run_tests

TOOL = sys.argv[1]
DOCS = os.path.join(HERE, "..", "..", "docs")
# where get-promtool puts it
PROMTOOL = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "netstream", "promtool")
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(r"(%s)(?:\{(%s(?:,%s)*)\})? (-?[0-9]+(?:\.[0-9]+)?)" % (NAME, LABEL, LABEL))
TYPES = {"counter", "gauge", "untyped"}


def parse(text):
    """Samples as {(name, labels): value}; whatever the format does not allow is an error."""
    samples, order, described, typed = {}, [], {}, {}
    assert text.endswith("\n"), "the last line has no end"
    for line in text[:-1].split("\n"):
        if m := re.fullmatch(r"# HELP (%s) (.+)" % NAME, line):
            assert m[1] not in described, line
            described[m[1]] = m[2]
            order.append(m[1])
        elif m := re.fullmatch(r"# TYPE (%s) (\w+)" % NAME, line):
            assert m[1] not in typed and order[-1:] == [m[1]] and m[2] in TYPES, line
            typed[m[1]] = m[2]
        else:
            m = SAMPLE.fullmatch(line)
            assert m, "not a sample: %r" % line
            assert order and m[1] == order[-1] and m[1] in typed, "not below its HELP and TYPE: " + line
            assert (typed[m[1]] == "counter") == m[1].endswith("_total"), line
            labels = re.findall(LABEL, m[2] or "")
            assert len(dict(labels)) == len(labels), "a label twice: " + line
            key = m[1], tuple(sorted(labels))
            assert key not in samples, "a sample twice: " + line
            samples[key] = float(m[7])
    assert set(described) == set(typed) == {name for name, _ in samples}, "a metric without samples"
    return samples


def shown(replies, *command):
    with tempfile.NamedTemporaryFile() as f:
        replies.write(f.name)
        p = subprocess.run([TOOL, *command], capture_output=True, env=dict(os.environ, NETSTREAM_FAKE=f.name))
    assert p.returncode == 0 and not p.stderr, p
    return p.stdout.decode("utf-8")


def busy():
    r = Replies()
    r.stats(lost=9, skipped=[("own", 4), ("bridged", 5)])
    r.host()
    r.host(address="10.0.0.9", vrf="red", state="NO_ROUTE", slot=3, in_slot=True, lost_packets=3)
    r.host(address="10.0.0.9", vrf="red", state="FILTERED", slot=0, in_slot=True, new_count=8)
    r.host(address="10.0.0.9", vrf="red", state="ERROR", errno=5, slot=0)
    r.template()
    r.template("web", sent=1, failed=2, slot=3, number=257)
    r.template("web", sent=5, number=258, monitor="m")
    r.host(address="10.0.0.8", monitor="m", lost_packets=6)
    r.monitor("m", ("web",), lost=2, entries=5000, full=3)
    r.monitor("n", metered=7)
    r.record()
    r.record("web")
    r.interface()
    r.interface('e"t\\h', 3, True, True, (5, 6), (5, 6), slot=3)
    return r


METRICS = shown(busy(), "show", "statistics", "--prometheus")


def test_format():
    """each line is what the format allows, and says what is counted"""
    s = parse(METRICS)

    def one(name, **labels):
        found = [v for (n, l), v in s.items() if n == "netstream_" + name and labels.items() <= dict(l).items()]
        assert len(found) == 1, (name, labels, found)
        return found[0]

    assert one("metered_packets_total") == 1000
    assert one("lost_flows_total", reason="no_host") == 9
    assert one("skipped_packets_total", reason="bridged") == 5
    assert one("host_up", host="2001:db8::5", port="2055", state="up") == 1
    assert one("host_up", host="10.0.0.9", vrf="red", slot="3", state="no route") == 0
    assert one("host_up", host="10.0.0.9", view="system", state="Input/output error") == 0
    assert one("host_lost_packets_total", host="10.0.0.9", slot="3") == 3
    assert one("host_new_count_total") == 8
    assert one("interface_packets_total", interface=r'e\"t\\h', direction="outbound", slot="3") == 6
    assert one("monitor_metered_packets_total", monitor="m") == 100
    assert one("monitor_lost_packets_total", monitor="m", reason="no_host") == 2
    assert one("host_lost_packets_total", monitor="m", view="monitor") == 6
    assert one("monitor_ended_flows_total", monitor="m", reason="full") == 3
    assert one("monitor_ended_flows_total", monitor="n", reason="full") == 0
    assert one("monitor_cache_entries_max") == 5000
    assert one("template_sent_total", monitor="m", id="258") == 5
    assert one("template_failed_total", record="web", id="257") == 2
    assert one("timer_worst_seconds") == 0.001234567
    assert not [1 for n, l in s if dict(l).get("interface") == "eth0" and dict(l)["direction"] == "outbound"]


def test_equation():
    """metered = exported + cached + pending + lost"""
    s = parse(METRICS)
    for unit in "packets", "bytes":
        def total(name):
            return sum(v for (n, _), v in s.items() if n == "netstream_" + name)
        assert total("metered_%s_total" % unit) == sum(map(total, (
            "exported_%s_total" % unit, "cached_" + unit, "pending_" + unit, "lost_%s_total" % unit)))

    def of_monitor(name):
        return sum(v for (n, l), v in s.items() if n == "netstream_monitor_" + name and ("monitor", "m") in l)
    assert of_monitor("metered_packets_total") == sum(map(of_monitor, (
        "exported_packets_total", "cached_packets", "pending_packets", "lost_packets_total"))) == 100


def test_nothing_configured():
    """without collectors, interfaces and templates no metric lacks its samples"""
    r = Replies()
    r.stats()
    r.record()
    parse(shown(r, "show", "statistics", "--prometheus"))
    assert shown(healthy(), "-c", "show statistics --prometheus") == \
        shown(healthy(), "--prometheus", "show", "statistics")


def test_parser_is_strict():
    """the parser of this test refuses what the format does not allow"""
    good = "# HELP a_total x\n# TYPE a_total counter\na_total{l=\"v\"} 1\n"
    parse(good)
    for bad in (good[:-1], good + "\n", good + "a_total{l=\"v\"} 2\n", good.replace("counter", "meter"),
                good.replace("# HELP a_total x\n", ""), good.replace("# TYPE a_total counter\n", ""),
                good.replace('"v"', "v"), good.replace(" 1", " one"), good + "b 1\n", good.replace("_total", ""),
                good.replace('"v"', '"v",l="w"'), good.replace('"v"', '"\\v"')):
        try:
            parse(bad)
        except AssertionError:
            continue
        raise AssertionError("accepted: %r" % bad)


def named_in(path):
    with open(os.path.join(DOCS, path)) as f:
        text = f.read()
    return set(re.findall(r"\bnetstream_[a-z0-9_]+\b", text))


def test_alerts_dashboard_and_page():
    """every metric that they name is printed, and what is printed is on the page"""
    printed = {name for name, _ in parse(METRICS)}
    with open(os.path.join(DOCS, "monitoring", "dashboard.json")) as f:
        dashboard = json.load(f)
    expressions = [t["expr"] for p in dashboard["panels"] for t in p["targets"]]
    assert len(expressions) > 8 and all("netstream_" in e for e in expressions)
    assert dashboard["title"] and dashboard["uid"] and dashboard["schemaVersion"]
    assert len({p["id"] for p in dashboard["panels"]}) == len(dashboard["panels"])
    for path in "monitoring/dashboard.json", "monitoring/alerts.yml", "monitoring.md":
        assert not named_in(path) - printed - {"netstream_count_", "netstream_host_"}, named_in(path) - printed
    with open(os.path.join(DOCS, "monitoring.md")) as f:
        page = f.read()
    # the counters of collectors go by their names in show hosts
    for name in printed:
        stem = re.sub(r"_(flows|packets|bytes)(_total)?$", "", name)
        assert name in page or stem in page or name.startswith("netstream_host_"), name


def test_promtool():
    """promtool has nothing to say"""
    promtool = shutil.which("promtool") or shutil.which("promtool", path=PROMTOOL)
    if not promtool:
        return "skip"
    p = subprocess.run([promtool, "check", "metrics"], input=METRICS, capture_output=True, text=True)
    assert p.returncode == 0 and not p.stdout + p.stderr, p
    p = subprocess.run([promtool, "check", "rules", os.path.join(DOCS, "monitoring", "alerts.yml")],
                       capture_output=True, text=True)
    assert p.returncode == 0, p


sys.exit(run_tests("metrics", globals()))
