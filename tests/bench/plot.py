#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Pictures of what make bench has measured, by gnuplot.

plot.py BENCH.JSON FOLDER
"""
import json
import pathlib
import subprocess
import sys

NAME = {"netstream": "netstream", "ipt_NETFLOW": "iptables-netflow"}
# median, least and most of each point; the spread as bars
LINE = "'-' using 1:2:3:4 with yerrorlines title '{}' lw 2 pt 7 ps 0.6 lc rgb '{}'"
COLOR = ("#1f6fb4", "#d1495b", "#66a182")


def lines(part, prefix, suffix=""):
    """Points whose name is PREFIX, a number, SUFFIX."""
    found = []
    for what, s in part.items():
        if what.startswith(prefix) and what.endswith(suffix):
            number = what[len(prefix):len(what) - len(suffix)]
            if number.isdigit():
                found.append((int(number), s["median"], s["least"], s["most"]))
    return sorted(found)


def plot(path, title, xlabel, series, extra=""):
    """One picture: series is a list of (name, points)."""
    series = [(name, points) for name, points in series if points]
    if not series:
        return
    script = f"""set terminal svg size 720,430 font 'sans,13' background '#ffffff'
set output '{path}'
set title "{title}"
set xlabel '{xlabel}'
set ylabel 'ns a packet, added to an empty hook'
set key top left
set grid lc rgb '#dddddd'
set yrange [0:*]
{extra}
"""
    script += "plot " + ", ".join(LINE.format(name, COLOR[i % 3]) for i, (name, _) in enumerate(series)) + "\n"
    for _, points in series:
        script += "".join(" ".join(map(str, p)) + "\n" for p in points) + "e\n"
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    print(path)


def main(data, folder):
    data = json.loads(pathlib.Path(data).read_text())
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    packet, cpus = data.get("packet", {}), data.get("cpus", {}).get("netstream", {})
    plot(folder / "cost-flows.svg", "Cost of a packet, by number of flows", "flows, in random order",
         [(NAME[m], lines(packet[m], "flows-")) for m in packet],
         "set logscale x\nset format x '10^{%L}'\nset xrange [700:1400000]")
    plot(folder / "cost-burst.svg", "Cost of a packet, by length of bursts, 100 000 flows",
         "packets of a flow in a row",
         [(NAME[m], [(1, *p[1:]) for p in lines(packet[m], "flows-") if p[0] == 100000]
           + lines(packet[m], "burst-")) for m in packet],
         "set logscale x 2\nset xrange [0.9:72]\nset key top right")
    plot(folder / "cost-cpus.svg", "Cost of a packet on each of the CPUs that meter at once", "CPUs",
         [(f"{n} flows a CPU", lines(cpus, f"flows-{n}-cpus-")) for n in ("1000", "100000", "1000000")],
         "set xtics 1\nset xrange [0.8:2.2]\nset key outside bottom center horizontal")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
