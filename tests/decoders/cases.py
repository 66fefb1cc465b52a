# SPDX-License-Identifier: GPL-2.0
"""The records that are exported, and what their data records must contain.

A flow is a dict, field -> value, by the names below; what was sent is the same.
"""
import math
import os

# Fields that a record can have, and the statement of each.
STATEMENTS = {
    "source": "match source address",
    "destination": "match destination address",
    "sport": "match source port",
    "dport": "match destination port",
    "protocol": "match protocol",
    "tos": "match tos",
    "label": "match flow-label",
    "direction": "match direction",
    "input": "match input interface",
    "output": "collect output interface",
    "smask": "match source mask",
    "dmask": "match destination mask",
    "svlan": "match source vlan",
    "dvlan": "match destination vlan",
    "flags": "collect tcp-flag",
    "icmp": "match icmp type-code",
    "next_hop": "collect next-hop",
    "packets": "collect input packets 64",
    "bytes": "collect input bytes 64",
    "packets32": "collect input packets 32",
    "bytes32": "collect input bytes 32",
    "packets16": "collect input packets 16",
    "bytes16": "collect input bytes 16",
    "first": "collect first switched",
    "last": "collect last switched",
    "reason": "collect flow-end-reason",
    "version": "collect ip-version",
}

NAMES = {words: name for name, words in STATEMENTS.items()}


def readme():
    """Fields of README's first example."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
    with open(path) as f:
        text = f.read().split("ipv6 netstream record web\n", 1)[1].split(" quit\n")[0]
    return [NAMES[line.strip()] for line in text.splitlines() if line.strip()]


TUPLE = ["source", "destination", "sport", "dport", "protocol"]
TIMES = ["first", "last"]

# name -> (version, fields; None for original flows, options of the version)
CASES = {
    "original": ("9", None, ""),
    "original-as": ("9", None, "origin-as"),
    "original-ipfix": ("ipfix", None, "peer-as"),
    "readme": ("9", readme(), ""),
    "tuple": ("9", TUPLE + ["packets", "bytes"] + TIMES, ""),
    "as-and-next-hop": ("9", TUPLE + ["packets", "bytes"] + TIMES, "origin-as bgp-nexthop"),
    # the label first: if a decoder assumes another length, all later fields are shifted
    "label-first": ("9", ["label"] + TUPLE + ["tos", "packets32", "bytes32"] + TIMES, ""),
    "everything": ("9", ["direction", "tos", "smask", "dmask", "icmp"] + TUPLE +
                   ["input", "output", "label", "flags", "next_hop", "version", "reason",
                    "packets", "bytes"] + TIMES, ""),
    "without-address": ("9", ["dport", "protocol", "packets", "bytes"] + TIMES, ""),
    "type-and-code": ("9", ["source", "destination", "protocol", "icmp", "packets", "bytes"] + TIMES, ""),
    "narrow": ("9", ["source", "destination", "dport", "protocol", "packets16", "bytes16"] +
               TIMES, ""),
    "protocol-alone": ("9", ["protocol"], ""),
    "port-alone": ("9", ["sport"], ""),
}

ORIGINAL = TUPLE + ["tos", "label", "direction", "input", "output", "flags", "icmp", "next_hop",
                    "version", "reason", "packets", "bytes"] + TIMES + ["svlan", "dvlan"]


def fields(case):
    """Names of the fields in a case's data records, widths left out."""
    names = CASES[case][1] or ORIGINAL
    if not CASES[case][1] and CASES[case][2]:
        names = names + ["smask", "dmask"]
    return [n.rstrip("0123456789") for n in names]


def port(case, collector):
    """The port that a case's host has: nfcapd's, then nfacctd's."""
    return 2100 + 2 * list(CASES).index(case) + collector


def statements(case):
    version, names, options = CASES[case]
    lines = ["ipv6 netstream export version %s %s" % (version, options)]
    if names:
        lines += ["ipv6 netstream record r"] + [STATEMENTS[n] for n in names]
        lines += ["quit", "ipv6 netstream apply record r"]
    for collector in (0, 1):
        lines.append("ipv6 netstream export host ipv6 fd00:3::2 %d" % port(case, collector))
    return "\n".join(lines) + "\n"


def project(flow, names):
    return tuple(flow[n] for n in names)


def off_by(shown, between, tolerance, whole):
    """Seconds by which a time is not between two others; 0 within the tolerance.

    whole: the decoder has rounded it up to a whole second, so the others are rounded as well.
    """
    begin, end = between[0] - tolerance, between[1] + tolerance
    if whole:
        begin, end = math.ceil(begin), math.ceil(end)
    return shown - min(max(shown, begin), end)


def different(got, want, names, tolerance, whole=False):
    """What is wrong with the flows that a decoder has shown, "" for nothing."""
    exact = [n for n in names if n not in TIMES]
    a, b = ({project(f, exact) for f in flows} for flows in (got, want))
    if a != b:
        return "%s: shown %s, sent %s" % (", ".join(exact), sorted(a - b)[:3], sorted(b - a)[:3])
    for flow in got:
        for sent in want:
            if project(flow, exact) != project(sent, exact):
                continue
            for n in TIMES:
                off = off_by(flow[n], sent[n], tolerance, whole) if n in names else 0
                if off:
                    return "%s is off by %.3f s" % (n, off)
    return ""
