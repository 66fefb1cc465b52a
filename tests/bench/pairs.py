#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""pairs.py LOG NAME: a table of what tests/bench/against timed.

LOG is a guest's log: each "what=WHICH-POINT" names the figure of the line after it,
WHICH is "here" or "other".  The Nth figures of both belong together.
"""
import re
import statistics
import sys


def figures(lines):
    """{point: {which: [nanoseconds]}}, points in the order of their first turn."""
    found, name = {}, None
    for line in lines:
        if m := re.search(r"what=(\S+)", line):
            name = re.fullmatch(r"(here|other)-(\S+)", m[1])
        elif name and (m := re.search(r"ps=(\d+)", line)):
            found.setdefault(name[2], {"here": [], "other": []})[name[1]].append(int(m[1]) / 1000)
            name = None
    return found


def main():
    with open(sys.argv[1], errors="replace") as f:
        found = figures(f)
    print("\nnanoseconds a packet: least and median; the ratio of a pair: median, and its quartiles\n")
    print(f"{'':14} {'this tree':>17} {sys.argv[2]:>17}   ratio")
    for point, times in found.items():
        here, other = times["here"], times["other"]
        if len(here) != len(other) or len(here) < 2:
            sys.exit(f"{point}: {len(here)} and {len(other)} figures, not two pairs or more")
        low, middle, high = statistics.quantiles([a / b for a, b in zip(here, other)], n=4)
        print(f"{point:14} {min(here):8.1f} {statistics.median(here):8.1f} {min(other):8.1f} "
              f"{statistics.median(other):8.1f}   {middle:.2f} ({low:.2f} to {high:.2f})")


main()
