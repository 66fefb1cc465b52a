#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What UPDATE messages of captured BGP and BMP sessions say, compared with tshark.

    routes_captures.py DECODER FOLDER

FOLDER has bgp/*.pcap and bmp/*.pcap.
"""
import glob
import ipaddress
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

KIND = {
    "bgp.withdrawn_prefix": "withdraw", "bgp.nlri_prefix": "announce",
    "bgp.mp_reach_nlri_ipv4_prefix": "announce", "bgp.mp_reach_nlri_ipv6_prefix": "announce",
    "bgp.mp_unreach_nlri_ipv4_prefix": "withdraw",
    "bgp.mp_unreach_nlri_ipv6_prefix": "withdraw",
}
PATH = "bgp.update.path_attribute."


def tshark(path, *argv):
    return subprocess.run(["tshark", "-r", path, *argv], check=True, capture_output=True).stdout


def stream(path):
    """The bytes of the TCP connection, in which the first segment is the SYN, too."""
    parts = {}
    for line in tshark(path, "-T", "fields", "-e", "tcp.seq_raw", "-e", "tcp.payload").decode().splitlines():
        seq, payload = line.split("\t")
        parts.setdefault(int(seq), bytes.fromhex(payload))
    return b"".join(parts[seq] for seq in sorted(parts))


def ends(segments):
    """Origin and peer of an AS path: [(type, [AS ...]) ...]"""
    segments = [s for s in segments if s[0] in (1, 2)]

    def end(segment, at):
        return 0 if segment[0] == 1 and len(segment[1]) > 1 else segment[1][at]
    return (end(segments[-1], -1), end(segments[0], 0)) if segments else (0, 0)


def next_hop(message):
    for name in ("mp_reach_nlri.next_hop.ipv6", "mp_reach_nlri.next_hop.ipv4", "next_hop"):
        for f in message.iter("field"):
            if f.get("name") == PATH + name:
                a = ipaddress.ip_address(f.get("show"))
                mapped = a if a.version == 4 else a.ipv4_mapped
                return "::ffff:%s" % mapped if mapped else str(a)
    return "::"


def read_path(message):
    """AS4_PATH does not occur in the captures."""
    segments = []
    for f in message.iter("field"):
        if f.get("name") == PATH + "as_path_segment":
            kind = [int(x.get("show")) for x in f if x.get("name", "").endswith("segment.type")]
            ases = [int(x.get("show")) for x in f
                    if x.get("name", "").endswith((".as2", ".as4"))]
            segments.append((kind[0], ases))
    return segments


def vpn(message):
    """Families other than unicast are passed over."""
    return [f for f in message.iter("field") if f.get("name", "").endswith("_nlri.safi") and
            f.get("show") != "1"]


def oracle(path):
    """A list of sets of lines, one a message, as routes_decode prints them."""
    args = ["-d", "tcp.port==1790,bmp"] if "/bmp/" in path else []
    root = ET.fromstring(tshark(path, *args, "-T", "pdml"))
    messages = []
    for m in root.iter("proto"):
        if m.get("name") != "bgp":
            continue
        if [f.get("show") for f in m if f.get("name") == "bgp.type"] != ["2"]:
            continue
        lines = set()
        origin, peer = ends(read_path(m))
        for parent in m.iter():
            length = None
            for f in parent:
                name = f.get("name")
                if name == "bgp.prefix_length":
                    length = f.get("show")
                elif name in KIND and not vpn(m):
                    prefix = "%s/%s" % (f.get("show"), length)
                    lines.add("withdraw " + prefix if KIND[name] == "withdraw" else
                              "announce %s %d %d %s" % (prefix, origin, peer, next_hop(m)))
        messages.append(lines)
    return messages


def decoded(decoder, path):
    out = subprocess.run([decoder, path.split("/")[-2]], input=stream(path), check=True,
                         capture_output=True).stdout.decode().splitlines()
    messages, faults = [], []
    for line in out:
        if line == "update":
            messages.append(set())
        elif line.startswith(("announce", "withdraw")):
            messages[-1].add(line)
        elif line.startswith("fault"):
            faults.append(line)
    return messages, faults


def main(decoder, folder):
    files = sorted(glob.glob(os.path.join(folder, "b[gm]p", "*.pcap")))
    if not files or not shutil.which("tshark"):
        print("skip routes.captures - %s" % ("no tshark" if files else "no captures here"))
        return 0
    rc = 0
    for path in files:
        name = os.path.basename(path)
        want, (got, faults) = oracle(path), decoded(decoder, path)
        wrong = ["message %d: %s, tshark: %s" % (i, sorted(g - w), sorted(w - g))
                 for i, (g, w) in enumerate(zip(got, want)) if g != w]
        if len(got) != len(want):
            wrong.insert(0, "%d messages, tshark: %d" % (len(got), len(want)))
        count = sum(len(m) for m in want)
        if wrong or faults:
            print("not ok routes.captures.%s - %s" % (name, (wrong + faults)[0][:300]))
            rc = 1
        else:
            print("ok routes.captures.%s (%d entries of %d messages)" % (name, count, len(want)))
    return rc


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
