#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the rounds of make bench have timed: a table for people, and JSON.

table.py FOLDER FILE KERNEL PEER-VERSION
"""
import json
import pathlib
import re
import statistics
import sys

OURS, PEER = "netstream", "ipt_NETFLOW"
LABEL = {
    "flows-1000": "1 000 flows, in random order",
    "flows-10000": "10 000 flows, in random order",
    "flows-100000": "100 000 flows, in random order",
    "flows-1000000": "1 000 000 flows, in random order",
    "once": "1 000 000 flows, in order",
    "burst-2": "bursts of 2, 100 000 flows",
    "burst-4": "bursts of 4, 100 000 flows",
    "burst-8": "bursts of 8, 100 000 flows",
    "burst-16": "bursts of 16, 100 000 flows",
    "burst-64": "bursts of 64, 100 000 flows",
    "new": "a new flow each packet",
    "extension": "an extension header, 1 000 flows",
    "narrow": "a narrow record, 1 000 flows",
    "sampled": "1:1000, packet not selected",
}


def read(log):
    """Nanoseconds a packet by label, as the guest's kernel log has them."""
    costs, what = {}, None
    for line in log.read_text(errors="replace").splitlines():
        m = re.search(r"what=(\S+)", line)
        if m:
            what = m.group(1)
        m = re.search(r" ps=(\d+) .*dropped=(\d+)", line)
        if m and int(m.group(2)):
            sys.exit(f"{log}: {what}: {m.group(2)} packets were dropped")
        if m:
            costs[what] = int(m.group(1)) / 1000
    return costs


def added(folder, module):
    """What the module adds to an empty hook: for each label, a list over the rounds."""
    result = {}
    for log in sorted(folder.glob(f"packet-{module}-*[0-9]")):
        costs = read(log)
        for what in LABEL:
            if what in costs:
                result.setdefault(what, []).append(costs[what] - costs["empty-" + what])
    return result


def summary(costs):
    return {"median": round(statistics.median(costs), 1),
            "least": round(min(costs), 1), "most": round(max(costs), 1)}


def show(s):
    return f"{s['median']:7.1f} ({s['least']:.1f} to {s['most']:.1f})"


def main(folder, out, kernel, version):
    folder = pathlib.Path(folder)
    ours = {k: summary(v) for k, v in added(folder, OURS).items()}
    peers = {k: summary(v) for k, v in added(folder, PEER).items()}
    if not ours or not peers:
        sys.exit("nothing was timed")
    rounds = len(list(folder.glob(f"packet-{OURS}-*[0-9]")))
    print(f"\nnanoseconds a packet, that of an empty hook subtracted: median ({'least to most'}) of {rounds} boots")
    print(f"User Mode Linux {kernel}, beside iptables-netflow {version}\n")
    print(f"  {'':34} {'netstream':>24} {'iptables-netflow':>24} {'ratio':>6}")
    for what, label in LABEL.items():
        if what not in ours:
            continue
        line = f"  {label:34} {show(ours[what]):>24}"
        if what in peers:
            ours[what]["ratio"] = round(ours[what]["median"] / peers[what]["median"], 2)
            line += f" {show(peers[what]):>24} {ours[what]['ratio']:6.2f}"
        print(line)
    with open(out, "w", encoding="ascii") as f:
        json.dump({"kernel": kernel, "peer": version, "rounds": rounds,
                   "ns": {OURS: ours, PEER: peers}}, f, indent=1)
        f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
