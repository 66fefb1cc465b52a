#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What make bench has measured: tables for people, and JSON.

table.py FOLDER FILE
"""
import json
import pathlib
import re
import statistics
import sys

OURS, PEER = "netstream", "ipt_NETFLOW"
ENDING = 500032     # as in guest-flows: half a million, in whole bursts
PACKET = {
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
RECORDS = {
    "original": "original flows",
    "ten": "a record of ten fields",
    "limits": "... and minimum, maximum of length, hop limit",
    "headers": "... and every field of a packet's headers",
    "second-record": "ten fields, and another record beside it",
    "monitor-1": "original flows, and a monitor's",
    "monitor-2": "... and a second monitor's",
    "monitor-sampled": "original flows, and a monitor's, 1:1000",
}
SIZES = (1000, 100000)
FORWARD = {
    "netstream": "netstream, original flows",
    "netstream-sampled": "netstream, 1:1000",
    "ipt_NETFLOW": "iptables-netflow",
    "softflowd": "softflowd",
    "pmacctd": "pmacctd with nfprobe",
}
LISTENING = ("softflowd", "pmacctd")
FLOWS = {
    "memory": "bytes a flow, 1 000 000 flows, all memory",
    "memory-said": "... as the module says",
    "created": "flows created a second a CPU",
    "ended": "flows aged, encoded, sent a second a CPU",
    "quiet": "1 000 000 flows, no packet: % of a CPU",
    "alive": "1 000 000 flows, kept alive: % of a CPU",
    "timer": "longest timer callback, 1 000 000 end: microseconds",
    "received": "500 000 flows end: nfcapd received",
    "lost": "... said to be lost",
    "seconds": "... seconds until all were sent",
    "dump": "seconds to list 1 000 000 flows, as JSON",
    "dump-kernel": "... of which in the kernel",
    "commit": "milliseconds to commit 1 000 interfaces",
}


def read(log):
    """What a guest has printed, in order: (what, name -> number)."""
    events, what = [], None
    for line in log.read_text(errors="replace").splitlines():
        line = line.partition("nst_bench: ")[2]
        words = dict(re.findall(r"(\S+)=(\S+)", line))
        if line.startswith("what="):
            what = words["what"]
        elif line.startswith("value "):
            name, number = line[6:].split("=", 1)
            if number:
                events.append((name, {"value": float(number)}))
        elif "ps" in words:
            if words["dropped"] != "0":
                sys.exit(f"{log}: {what}: {words['dropped']} packets were dropped")
            events.append((what, {"ns": int(words["ps"]) / 1000, "packets": int(words["packets"])}))
        elif "cpu" in words:
            events.append((what, {"cpu": int(words["cpu"]), "now": int(words["now"])}))
    return events


def packet(log):
    """Nanoseconds that the module adds to the empty hook, by point."""
    ns = {what: e["ns"] for what, e in read(log) if "ns" in e}
    return {what: ns[what] - ns["empty-" + what] for what in PACKET if what in ns}


def records(log):
    """The same by what is asked of a packet, and by number of flows."""
    events = read(log)
    ns = {what: e["ns"] for what, e in events if "ns" in e}
    cached = {what: e["value"] for what, e in events if "value" in e}
    for what, n in cached.items():
        name, flows = what.rsplit("-", 2)[:2]
        tables = {"second-record": 2, "monitor-1": 2, "monitor-2": 3}.get(name, 1)
        if n < tables * int(flows):
            sys.exit(f"{log}: {what}: {n} flows")
    return {what: value - ns["empty-" + what.rsplit("-", 1)[1]] for what, value in ns.items()
            if what.rsplit("-", 1)[0] in RECORDS}


def cpus(log):
    """The same by number of flows and of CPUs, and the empty hook."""
    ns = {what: e["ns"] for what, e in read(log) if "ns" in e}
    result = {}
    for what, value in ns.items():
        m = re.fullmatch(r"((?:flows|memory)-\d+)-cpus-(\d+)", what)
        if m:
            result[what] = value - ns["empty-cpus-" + m.group(2)]
        elif what.startswith("empty"):
            result[what] = value
    return result


def rate(events, name, clock):
    """Packets a second that were forwarded from NAME-begin to NAME-end."""
    begin = next(e for what, e in events if what == name + "-begin")
    end = next(e for what, e in events if what == name + "-end")
    packets = next(e["value"] for what, e in events if what == name + "-forwarded")
    return packets * 1e9 / (end[clock] - begin[clock])


def forward(log):
    """Packets a second with nothing, and percents that metering takes, by number of flows."""
    events = read(log)
    clock = "now" if any(name in log.name for name in LISTENING) else "cpu"
    result = {}
    for flows in (1000, 1000000):
        empty, metered = rate(events, f"empty-{flows}", clock), rate(events, f"with-{flows}", clock)
        result[f"rate-{flows}"] = empty
        result[f"taken-{flows}"] = 100 * (1 - metered / empty)
    return result


def share(events, name):
    """CPU and elapsed time from NAME-begin to NAME-end, without that of packets between."""
    inside, packets, begin = False, 0, None
    for what, e in events:
        if what == name + "-begin":
            inside, begin = True, e
        elif what == name + "-end":
            return e["cpu"] - begin["cpu"] - packets, e["now"] - begin["now"]
        elif inside and "ns" in e:
            packets += e["ns"] * e["packets"]
    return None


def added_share(events, name, empty):
    """Percents of a CPU over those of the same without a module."""
    (cpu, elapsed), (cpu0, elapsed0) = share(events, name), share(events, empty)
    return 100 * (cpu / elapsed - cpu0 / elapsed0)


def flows(log):
    """All that is not a packet's cost."""
    events = read(log)
    value = {what: e["value"] for what, e in events if "value" in e}
    ns = {what: e["ns"] for what, e in events if "ns" in e}
    result = {
        "memory": value["memory"] / 1e6,
        "created": 1e9 / ns["create"],
        "quiet": added_share(events, "quiet", "empty-quiet"),
        "alive": added_share(events, "alive", "empty-alive"),
        "received": value["received"],
        "lost": value["lost"],
    }
    if value["exported"] + value["lost"] >= ENDING:
        result["seconds"] = value["seconds"]
    if value["aging-exported"]:
        used = added_share(events, "aging", "empty-quiet") * share(events, "aging")[1] / 100
        result["ended"] = 1e9 * value["aging-exported"] / used
    if share(events, "dump"):
        result["dump-kernel"] = share(events, "dump")[0] / 1e9
    for name, number, scale in (("memory-said", "memory-said", 1e-6), ("timer", "timer-worst", 1e-3),
                                ("dump", "dump", 1), ("commit", "commit", 1e3)):
        if number in value:
            result[name] = value[number] * scale
    return result


def collect(folder, part, module, figures):
    """Median, least and most over the rounds, by figure."""
    rounds = {}
    for log in sorted(folder.iterdir()):
        if not re.fullmatch(f"{part}-{module}-[0-9]+", log.name):
            continue
        for what, figure in figures(log).items():
            rounds.setdefault(what, []).append(figure)
    return {what: {"median": round(statistics.median(v), 4), "least": round(min(v), 4),
                   "most": round(max(v), 4)} for what, v in rounds.items()}


def number(n):
    if abs(n) >= 10000:
        return f"{n:,.0f}".replace(",", " ")
    return f"{n:.1f}" if abs(n) >= 10 else f"{n:.2f}"


def show(s):
    if not s:
        return "-"
    text = number(s["median"])
    if s["least"] != s["most"]:
        text += f" ({number(s['least'])} to {number(s['most'])})"
    return text


def ratio(part, what):
    ours, peer = part[OURS].get(what), part[PEER].get(what)
    return round(ours["median"] / peer["median"], 3) if ours and peer else None


def print_packet(part):
    print("\nnanoseconds a packet, those of an empty hook subtracted: median (least to most)\n")
    print(f"  {'':34} {'netstream':>26} {'iptables-netflow':>26} {'ratio':>6}")
    for what, label in PACKET.items():
        if what in part[OURS]:
            r = ratio(part, what)
            print(f"  {label:34} {show(part[OURS][what]):>26} {show(part[PEER].get(what)):>26} "
                  f"{'' if r is None else format(r, '.2f'):>6}")


def print_records(part):
    print("\nnanoseconds a packet, those of an empty hook subtracted: median (least to most)\n")
    print(f"  {'':46} {'1 000 flows':>26} {'100 000 flows':>26}")
    for module, what, label in [(OURS, *row) for row in RECORDS.items()] + [(PEER, "original", "iptables-netflow")]:
        if part.get(module, {}).get(f"{what}-{SIZES[0]}"):
            print(f"  {label:46} " + " ".join(f"{show(part[module].get(f'{what}-{n}')):>26}" for n in SIZES))


def print_flows(part):
    print("\nwhat flows cost: median (least to most)\n")
    print(f"  {'':48} {'netstream':>34} {'iptables-netflow':>34}")
    for what, label in FLOWS.items():
        print(f"  {label:48} {show(part[OURS].get(what)):>34} {show(part[PEER].get(what)):>34}")


def print_cpus(part):
    print("\nnanoseconds a packet on each CPU, those of an empty hook subtracted: median (least to most)\n")
    for what, s in part[OURS].items():
        label = what.replace("-cpus-", ", CPUs: ").replace("flows-", "flows: ").replace("memory-", "only its memory: ")
        print(f"  {label:34} {show(s):>26}")


def print_forward(part):
    print("\npackets a second that one CPU forwards, and percents of them that metering takes: median (least to most)\n")
    print(f"  {'':28} {'with nothing':>30} {'taken, 1 000 flows':>22} {'taken, 1 000 000':>22}")
    for what, label in FORWARD.items():
        if part.get(what):
            print(f"  {label:28} {show(part[what]['rate-1000']):>30} {show(part[what]['taken-1000']):>22} "
                  f"{show(part[what]['taken-1000000']):>22}")


def goals(data):
    """The issue's table: figure, goal, what was measured, whether it is reached."""
    rows = []

    def goal(figure, limit, measured, reached):
        if measured is not None:
            rows.append({"figure": figure, "goal": limit, "measured": measured, "reached": reached})

    def at_most(figure, measured, most, unit=""):
        if measured is not None:
            goal(figure, f"at most {most}{unit}", measured, measured <= most)

    def median(part, what, module=OURS):
        s = data.get(part, {}).get(module, {}).get(what)
        return s and s["median"]

    if "packet" in data:
        for what, most in (("flows-1000", 0.4), ("flows-100000", 0.15), ("flows-1000000", 0.2),
                           ("burst-8", 0.25), ("new", 0.35)):
            at_most(PACKET[what] + ", of the peer's", ratio(data["packet"], what), most)
        at_most(PACKET["sampled"], median("packet", "sampled"), 5, " ns")
    for n in SIZES:
        ns = {what: median("records", f"{what}-{n}") for what in RECORDS}
        if ns["original"] is None:
            continue
        of = f", {n:,} flows".replace(",", " ").replace("  ", ", ", 1)
        for what, most in (("ten", 1.5), ("limits", 1.7), ("headers", 3)):
            at_most(RECORDS[what] + of + ", of original", round(ns[what] / ns["original"], 3), most)
        for label, what, fewer, one in (("a second record", "second-record", "ten", "ten"),
                                        ("a first monitor", "monitor-1", "original", "original"),
                                        ("a second monitor", "monitor-2", "monitor-1", "original")):
            at_most(label + of + ", of the first", round((ns[what] - ns[fewer]) / ns[one], 3), 0.8)
        at_most("not selected by a monitor" + of, round(ns["monitor-sampled"] - ns["original"], 2), 5, " ns")
    for n in (1000, 100000, 1000000):
        one, two = median("cpus", f"flows-{n}-cpus-1"), median("cpus", f"flows-{n}-cpus-2")
        if one and two:
            at_most(f"two CPUs against one, {number(n) if n > 1000 else '1 000'} flows", round(two / one, 3), 1.05)
            one, two = median("cpus", f"memory-{n}-cpus-1"), median("cpus", f"memory-{n}-cpus-2")
            if one and two and n > 1000:
                goal("  only the misses that this takes", "(limit)", round(two / one, 3), None)
    at_most("memory a flow", median("flows", "memory"), 144, " bytes")
    narrow, original = median("packet", "narrow"), median("packet", "flows-1000")
    if narrow and original:
        goal("a narrow record", f"below {number(original)} ns", narrow, narrow < original)
    received = median("flows", "received")
    goal("500 000 flows end, nfcapd receives", "all", received, received == ENDING)
    alive = median("flows", "alive")
    goal("1 000 000 flows kept alive", "under 1 % of a CPU", alive, alive is not None and alive < 1)
    timer = data.get("flows", {}).get(OURS, {}).get("timer", {}).get("most")
    goal("longest timer callback", "under 1 000 us", timer, timer is not None and timer < 1000)
    for flows in (1000, 1000000):
        what = f"taken-{flows}"
        ours, sampled, peer = (median("forward", what, m) for m in (OURS, "netstream-sampled", PEER))
        at_most("forwarding, " + f"{flows:,}".replace(",", " ") + " flows", ours, 3, " %")
        at_most("  1:1000", sampled, 0.5, " %")
        if ours is not None and peer:
            at_most("  of what the peer takes", round(ours / peer, 3), 0.334)
    return rows


def print_goals(rows):
    print(f"\n  {'figure':58} {'goal':>20} {'measured':>10}  reached\n")
    for r in rows:
        print(f"  {r['figure']:58} {r['goal']:>20} {number(r['measured']):>10}  "
              f"{'' if r['reached'] is None else 'yes' if r['reached'] else 'NO'}")


def main(folder, out):
    folder = pathlib.Path(folder)
    data = dict(line.split(" ", 1) for line in (folder / "about").read_text().splitlines())
    figures = {"packet": packet, "records": records, "flows": flows, "cpus": cpus, "forward": forward}
    for part, read_part in figures.items():
        found = {module: collect(folder, part, module, read_part)
                 for module in (FORWARD if part == "forward" else (OURS, PEER))}
        if found[OURS]:
            data[part] = found
    print(f"\nUser Mode Linux, {data['rounds']} rounds")
    for part, show_part in (("packet", print_packet), ("records", print_records), ("flows", print_flows), ("cpus", print_cpus),
                            ("forward", print_forward)):
        if part in data:
            print(f"\n{part}: {data['kernel-' + part]}"
                  + (f", beside iptables-netflow {data['peer']}" if data[part][PEER] else ""))
            show_part(data[part])
    data["goals"] = goals(data)
    print_goals(data["goals"])
    with open(out, "w", encoding="ascii") as f:
        json.dump(data, f, indent=1)
        f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
