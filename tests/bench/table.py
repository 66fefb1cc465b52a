#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Medians of the rounds of make bench: a table for people, and JSON."""
import json
import re
import statistics
import sys

LABEL = [("flows-1000", "1 000 flows"), ("flows-10000", "10 000 flows"),
         ("flows-100000", "100 000 flows"), ("flows-1000000", "1 000 000 flows"),
         ("burst-8", "bursts of 8, 100 000 flows"), ("new", "new flow each packet"),
         ("extension", "an extension header, 1 000 flows"),
         ("narrow", "narrow record, 1 000 flows"), ("sampled", "1:1000, packet not selected")]


def main(rows, out, kernel):
    rounds, what = {}, None
    with open(rows) as f:
        for line in f:
            m = re.search(r"what=(\S+)", line)
            if m:
                what = m.group(1)
                continue
            m = re.match(r"(\d+) .*ps=(\d+) ", line)
            if m and what != "warm":
                rounds.setdefault(m.group(1), {})[what] = int(m.group(2)) / 1000
    result = {}
    print("\nnanoseconds a packet, empty hook subtracted; kernel %s; %d rounds" % (kernel, len(rounds)))
    for key, label in LABEL:
        costs = [r[key] - r["empty"] for r in rounds.values() if key in r and "empty" in r]
        if not costs:
            continue
        result[key] = {"median": round(statistics.median(costs), 1),
                       "least": round(min(costs), 1), "most": round(max(costs), 1)}
        print("  %-34s %7.1f   (%.1f to %.1f)" % (label, statistics.median(costs), min(costs), max(costs)))
    with open(out, "w") as f:
        json.dump({"kernel": kernel, "rounds": len(rounds), "ns": result}, f, indent=1)
    return 0 if result else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
